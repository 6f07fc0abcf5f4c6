"""The books: our fills against the venue's income, row by row, to the last decimal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event, Installation
from exchange.types import IncomeRow
from trading.core.client_ids import is_ours
from trading.core.tally import COMMISSION_ASSET
from trading.models import Fill, Order
from trading.venue import Venue

REALIZED_PNL, COMMISSION = "REALIZED_PNL", "COMMISSION"
SAID = 5  # rows named in an alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One income entry of a trade that one side lacks or has otherwise. In ``asset``, signed as income."""

    symbol: str
    trade_id: str
    income_type: str
    asset: str
    ours: Decimal
    theirs: Decimal

    def __str__(self) -> str:
        return (
            f"{self.symbol} trade {self.trade_id} {self.income_type}: "
            f"ours {self.ours:f}, theirs {self.theirs:f} {self.asset}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Outcome of comparing the books over a period. Sums in USDT; trades that are not ours count on neither side."""

    ours: Decimal
    theirs: Decimal
    rows: int
    discrepancies: Sequence[Discrepancy]

    @property
    def difference(self) -> Decimal:
        """Ours minus theirs, USDT."""
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """What names a row of the books."""

    symbol: str
    trade_id: str
    income_type: str
    asset: str


def compare(venue: Venue, *, start: datetime, end: datetime) -> Comparison:
    """Compare realised PnL and commission of [start, end] with the venue's income. Raises ExchangeError."""
    fills = list(Fill.objects.filter(account=venue.account, at__gte=start, at__lte=end))
    income = venue.trading.income(start=start, end=end)
    theirs = _by_trade(row for row in income if row.income_type in (REALIZED_PNL, COMMISSION))
    ours = _ours(fills)
    unlike = {key for key in ours.keys() | theirs.keys() if ours.get(key, 0) != theirs.get(key, 0)}
    foreign = _foreign(unlike, fills, venue)
    keys = sorted(key for key in ours.keys() | theirs.keys() if (key.symbol, key.trade_id) not in foreign)
    return Comparison(
        ours=_usdt(ours, keys),
        theirs=_usdt(theirs, keys),
        rows=len(keys),
        discrepancies=[_discrepancy(key, ours, theirs) for key in keys if key in unlike],
    )


def _by_trade(rows: Iterable[IncomeRow]) -> dict[_Key, Decimal]:
    sums: dict[_Key, Decimal] = {}
    for row in rows:
        key = _Key(row.symbol, row.trade_id, row.income_type, row.asset)
        sums[key] = sums.get(key, Decimal(0)) + row.income
    return sums


def _ours(fills: Iterable[Fill]) -> dict[_Key, Decimal]:
    sums: dict[_Key, Decimal] = {}
    for fill in fills:
        trade_id = str(fill.trade_id)
        sums[_Key(fill.symbol, trade_id, REALIZED_PNL, COMMISSION_ASSET)] = fill.realized_pnl
        sums[_Key(fill.symbol, trade_id, COMMISSION, fill.commission_asset)] = -fill.commission
    return {key: income for key, income in sums.items() if income}


def _usdt(sums: dict[_Key, Decimal], keys: Iterable[_Key]) -> Decimal:
    return sum((sums.get(key, Decimal(0)) for key in keys if key.asset == COMMISSION_ASSET), Decimal(0))


def _discrepancy(key: _Key, ours: dict[_Key, Decimal], theirs: dict[_Key, Decimal]) -> Discrepancy:
    return Discrepancy(
        symbol=key.symbol,
        trade_id=key.trade_id,
        income_type=key.income_type,
        asset=key.asset,
        ours=ours.get(key, Decimal(0)),
        theirs=theirs.get(key, Decimal(0)),
    )


def _foreign(unlike: Iterable[_Key], fills: Sequence[Fill], venue: Venue) -> set[tuple[str, str]]:
    """Symbol and id of the trades among ``unlike`` that were made by orders of others."""
    booked = {(fill.symbol, str(fill.trade_id)): fill for fill in fills}
    trades = {(key.symbol, key.trade_id) for key in unlike}
    by_others = {trade for trade in trades if trade in booked and booked[trade].order_id is None}
    unbooked = {(symbol, trade_id) for symbol, trade_id in trades - booked.keys() if trade_id.isdecimal()}
    return by_others | {trade for trade in unbooked if _is_of_others(*trade, venue=venue)}


def _is_of_others(symbol: str, trade_id: str, *, venue: Venue) -> bool:
    """What the venue cannot tell counts as ours: an alarm too many is better than one too few."""
    orders = Order.objects.filter(account=venue.account, symbol=symbol)
    if not orders.exists():
        return True
    trade = next((t for t in venue.trading.trades(symbol, from_id=int(trade_id)) if str(t.trade_id) == trade_id), None)
    if trade is None or orders.filter(venue_order_id=trade.order_id).exists():
        return False
    state = venue.trading.order_by_id(symbol, trade.order_id)
    return state is not None and not is_ours(state.client_order_id, nonce=Installation.current().nonce)


def alarm(comparison: Comparison, venue: Venue) -> None:
    """Record differences, naming the rows; silent when the books agree or all that is wrong was told before."""
    rows = {str(discrepancy) for discrepancy in comparison.discrepancies}
    now = venue.now()
    with transaction.atomic():
        told = Event.objects.filter(kind=EventKind.LEDGER_DIFFERS, account=venue.account)
        fresh = sorted(rows.difference(*(event.facts.get("all_rows", ()) for event in told)))
        if not fresh:
            return
        events.record(
            EventKind.LEDGER_DIFFERS,
            at=now,
            account=venue.account,
            difference=comparison.difference,
            rows="; ".join(fresh[:SAID]),
            count=len(fresh),
            all_rows=fresh,
        )
