"""The books: our fills and income rows against the venue's income, row by row, to the last decimal."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event
from desk.money import round_significant
from exchange.rules import plain
from exchange.types import IncomeRow
from trading.core.states import Book
from trading.core.tally import COMMISSION_ASSET, tally
from trading.models import BooksDay, Fill, Income, Order, Position
from trading.services.strangers import trades_of_others
from trading.venue import Venue

REALIZED_PNL, COMMISSION = "REALIZED_PNL", "COMMISSION"
OF_TRADES = (REALIZED_PNL, COMMISSION)
ENTERED, EXITED, EXECUTED = "ENTERED", "EXITED", "EXECUTED"  # what our own rows say of one another, in base asset
MISSING_HERE, MISSING_THERE, DIFFERING = "missing here", "missing there", "differing"
SAID = 5  # rows named in an alarm
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One row that one side lacks or has otherwise. ``row`` names it; amounts in ``asset``, signed as income.

    A row of ours that our other rows contradict has the fills as ``ours`` and what they should sum up to as ``theirs``.
    """

    symbol: str
    row: str
    income_type: str
    asset: str
    ours: Decimal
    theirs: Decimal
    state: str

    @property
    def trade_id(self) -> str:
        return self.row.removeprefix("trade ")

    def __str__(self) -> str:
        name = f"{self.symbol} {self.row} {self.income_type}".strip()
        amounts = f"ours {plain(self.ours)}, theirs {plain(self.theirs)} {self.asset}".rstrip()
        return f"{name}: {amounts} ({self.state})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Outcome of comparing the books over a period. Sums in USDT; trades that are not ours count on neither side."""

    ours: Decimal
    theirs: Decimal
    rows: int
    discrepancies: Sequence[Discrepancy]
    differences: Mapping[str, Decimal]

    @property
    def difference(self) -> Decimal:
        """Ours minus theirs, USDT. ``differences`` has every asset in which they differ."""
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """What names a row of the books."""

    symbol: str
    row: str
    income_type: str
    asset: str

    @property
    def trade_id(self) -> str:
        return self.row.removeprefix("trade ") if self.income_type in OF_TRADES else ""


Amounts = dict[_Key, Decimal]


def compare(
    venue: Venue,
    *,
    start: datetime,
    end: datetime,
    kept_until: datetime | None = None,
    income: Iterable[IncomeRow] | None = None,
) -> Comparison:
    """Compare every movement of the balance in [start, end] with the venue's income. Raises ExchangeError.

    Rows that are no trade's count as far as they were kept, by default until the last closing of the books. ``income``
    is what the venue listed, by default what it lists now.
    """
    until = min(end, kept_until or _kept_until(venue, otherwise=start))
    fills = list(Fill.objects.filter(account=venue.account, at__gte=start, at__lte=end))
    listed = venue.trading.income(start=start, end=end) if income is None else income
    theirs = _theirs(row for row in listed if start <= row.at <= (end if row.income_type in OF_TRADES else until))
    ours = _of_fills(fills) | _of_income(venue, start=start, end=until)
    foreign = _foreign(_unlike(ours, theirs), fills, venue)
    keys = sorted(key for key in ours.keys() | theirs.keys() if (key.symbol, key.trade_id) not in foreign)
    return _compared(ours, theirs, keys, contradictions=_contradictions(venue, start=start, end=end))


def compare_kept(
    venue: Venue, *, start: datetime, end: datetime, income: Iterable[IncomeRow], kept: int | None
) -> Comparison:
    """Compare the rows of [start, end] that are no trade's with what the venue listed. Nothing is asked.

    ``kept`` is how many we had when they were compared before, None where that was not counted: with as many still
    here none is lost, and what is missing was listed late.
    """
    theirs = _theirs(row for row in income if row.income_type not in OF_TRADES and start <= row.at <= end)
    ours = _of_income(venue, start=start, end=end)
    if kept is not None and count_kept(venue, start=start, end=end) >= kept:
        theirs = {key: amount for key, amount in theirs.items() if key in ours}
    return _compared(ours, theirs, sorted(ours.keys() | theirs.keys()))


def count_kept(venue: Venue, *, start: datetime, end: datetime) -> int:
    """How many income rows of [start, end] we have."""
    return Income.objects.filter(account=venue.account, at__gte=start, at__lte=end).count()


def _unlike(ours: Amounts, theirs: Amounts) -> set[_Key]:
    return {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)}


def _compared(
    ours: Amounts, theirs: Amounts, keys: Sequence[_Key], *, contradictions: Sequence[Discrepancy] = ()
) -> Comparison:
    unlike = _unlike(ours, theirs)
    differing = [_discrepancy(key, ours, theirs) for key in keys if key in unlike]
    return Comparison(
        ours=_sum(ours, keys, COMMISSION_ASSET),
        theirs=_sum(theirs, keys, COMMISSION_ASSET),
        rows=len(keys),
        discrepancies=[*differing, *contradictions],
        differences=_differences(ours, theirs, keys),
    )


def _kept_until(venue: Venue, *, otherwise: datetime) -> datetime:
    newest = BooksDay.objects.filter(account=venue.account).order_by("-compared_until").first()
    return otherwise if newest is None else newest.compared_until


def _theirs(rows: Iterable[IncomeRow]) -> Amounts:
    sums: Amounts = {}
    for row in rows:
        name = f"trade {row.trade_id}" if row.income_type in OF_TRADES else f"income {row.transaction_id}"
        key = _Key(row.symbol, name, row.income_type, row.asset)
        sums[key] = sums.get(key, ZERO) + row.income
    return {key: amount for key, amount in sums.items() if amount}


def _of_fills(fills: Iterable[Fill]) -> Amounts:
    sums: Amounts = {}
    for fill in fills:
        name = f"trade {fill.trade_id}"
        sums[_Key(fill.symbol, name, REALIZED_PNL, COMMISSION_ASSET)] = fill.realized_pnl
        sums[_Key(fill.symbol, name, COMMISSION, fill.commission_asset)] = -fill.commission
    return {key: income for key, income in sums.items() if income}


def _of_income(venue: Venue, *, start: datetime, end: datetime) -> Amounts:
    rows = Income.objects.filter(account=venue.account, at__gte=start, at__lte=end)
    kept = {_Key(row.symbol, f"income {row.transaction_id}", row.income_type, row.asset): row.amount for row in rows}
    return {key: amount for key, amount in kept.items() if amount}


def _sum(amounts: Amounts, keys: Iterable[_Key], asset: str) -> Decimal:
    return sum((amounts.get(key, ZERO) for key in keys if key.asset == asset), ZERO)


def _differences(ours: Amounts, theirs: Amounts, keys: Collection[_Key]) -> Mapping[str, Decimal]:
    assets = sorted({key.asset for key in keys})
    sums = {asset: _sum(ours, keys, asset) - _sum(theirs, keys, asset) for asset in assets}
    return {asset: difference for asset, difference in sums.items() if difference}


def _discrepancy(key: _Key, ours: Amounts, theirs: Amounts) -> Discrepancy:
    return Discrepancy(
        symbol=key.symbol,
        row=key.row,
        income_type=key.income_type,
        asset=key.asset,
        ours=ours.get(key, ZERO),
        theirs=theirs.get(key, ZERO),
        state=_state(key, ours, theirs),
    )


def _state(key: _Key, ours: Amounts, theirs: Amounts) -> str:
    if key not in ours:
        return MISSING_HERE
    return DIFFERING if key in theirs else MISSING_THERE


def _contradictions(venue: Venue, *, start: datetime, end: datetime) -> Sequence[Discrepancy]:
    """Positions and orders of the period that are not the sum of their fills: a fill that moved no money is lost."""
    lived = Q(created_at__lte=end) & (Q(closed_at=None) | Q(closed_at__gte=start))
    positions = Position.objects.filter(lived, account=venue.account)
    found = [each for position in positions.prefetch_related("fills").order_by("id") for each in _summed(position, end)]
    # Those of an open position may have trades on their way.
    orders = Order.objects.filter(position__in=positions.filter(closed_at__lte=end), book=Book.ORDINARY)
    executed = [_executed(order) for order in orders.prefetch_related("fills").order_by("id")]
    return found + [each for each in executed if each is not None]


def _summed(position: Position, end: datetime) -> Iterator[Discrepancy]:
    """What the position's fills do not sum up to; one that is closed by ``end`` has gone as it came."""
    name, sums = f"position {position.pk}", tally(position.fills.all(), entry_side=position.side.entry_side)
    if round_significant(sums.entered) != position.entered_quantity:
        yield _lacking(name, ENTERED, position.symbol, sums.entered, position.entered_quantity)
    if position.closed_at is not None and position.closed_at <= end and sums.open_quantity:
        yield _lacking(name, EXITED, position.symbol, sums.exited, sums.entered)


def _executed(order: Order) -> Discrepancy | None:
    filled = sum((fill.quantity for fill in order.fills.all()), ZERO)
    if filled >= order.executed_quantity:
        return None
    return _lacking(f"order {order.client_order_id}", EXECUTED, order.symbol, filled, order.executed_quantity)


def _lacking(row: str, what: str, symbol: str, filled: Decimal, wanted: Decimal) -> Discrepancy:
    return Discrepancy(
        symbol=symbol, row=row, income_type=what, asset="", ours=filled, theirs=wanted, state=MISSING_HERE
    )


def _foreign(unlike: Iterable[_Key], fills: Sequence[Fill], venue: Venue) -> set[tuple[str, str]]:
    """Symbol and id of the trades among ``unlike`` that were made by orders of others."""
    booked = {(fill.symbol, str(fill.trade_id)): fill for fill in fills}
    trades = {(key.symbol, key.trade_id) for key in unlike}
    by_others = {trade for trade in trades if trade in booked and booked[trade].order_id is None}
    unbooked = {(symbol, trade_id) for symbol, trade_id in trades - booked.keys() if trade_id.isdecimal()}
    return by_others | trades_of_others(unbooked, venue)


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
            differences={asset: plain(amount) for asset, amount in comparison.differences.items()},
            rows="; ".join(fresh[:SAID]),
            count=len(fresh),
            all_rows=fresh,
        )
