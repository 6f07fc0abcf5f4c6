"""The books: our fills against the venue's income, row by row, to the last decimal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk import events
from desk.event_kinds import EventKind
from exchange.types import IncomeRow
from trading.models import Fill
from trading.venue import Venue

REALIZED_PNL, COMMISSION = "REALIZED_PNL", "COMMISSION"
SAID = 5  # rows named in an alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One income entry of a trade that one side lacks or has otherwise. USDT, signed as income."""

    symbol: str
    trade_id: str
    income_type: str
    ours: Decimal
    theirs: Decimal

    def __str__(self) -> str:
        return f"{self.symbol} trade {self.trade_id} {self.income_type}: ours {self.ours:f}, theirs {self.theirs:f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Outcome of comparing the books over a period; ``difference`` is ours minus theirs, USDT."""

    ours: Decimal
    theirs: Decimal
    rows: int
    discrepancies: Sequence[Discrepancy]

    @property
    def difference(self) -> Decimal:
        return self.ours - self.theirs


def compare(venue: Venue, *, start: datetime, end: datetime) -> Comparison:
    """Compare realised PnL and commission of [start, end] with the venue's income. Raises ExchangeError."""
    theirs = _by_trade(
        row for row in venue.trading.income(start=start, end=end) if row.income_type in (REALIZED_PNL, COMMISSION)
    )
    ours = _ours(Fill.objects.filter(account=venue.account, at__gte=start, at__lte=end))
    keys = sorted(ours.keys() | theirs.keys())
    return Comparison(
        ours=sum(ours.values(), Decimal(0)),
        theirs=sum(theirs.values(), Decimal(0)),
        rows=len(keys),
        discrepancies=[
            Discrepancy(
                symbol=key[0],
                trade_id=key[1],
                income_type=key[2],
                ours=ours.get(key, Decimal(0)),
                theirs=theirs.get(key, Decimal(0)),
            )
            for key in keys
            if ours.get(key, Decimal(0)) != theirs.get(key, Decimal(0))
        ],
    )


_Key = tuple[str, str, str]


def _by_trade(rows: Iterable[IncomeRow]) -> dict[_Key, Decimal]:
    sums: dict[_Key, Decimal] = {}
    for row in rows:
        key = (row.symbol, row.trade_id, row.income_type)
        sums[key] = sums.get(key, Decimal(0)) + row.income
    return sums


def _ours(fills: Iterable[Fill]) -> dict[_Key, Decimal]:
    sums: dict[_Key, Decimal] = {}
    for fill in fills:
        sums[fill.symbol, str(fill.trade_id), REALIZED_PNL] = fill.realized_pnl
        sums[fill.symbol, str(fill.trade_id), COMMISSION] = -fill.commission
    return {key: income for key, income in sums.items() if income}


def alarm(comparison: Comparison, venue: Venue) -> None:
    """Record a difference, naming the rows; silent when the books agree."""
    if not comparison.discrepancies:
        return
    named = "; ".join(str(discrepancy) for discrepancy in comparison.discrepancies[:SAID])
    events.record(
        EventKind.LEDGER_DIFFERS,
        at=venue.now(),
        account=venue.account,
        difference=comparison.difference,
        rows=named,
        count=len(comparison.discrepancies),
    )
