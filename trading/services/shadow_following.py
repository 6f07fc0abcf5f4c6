"""Following shadows: due rows are worked with the bars of their time, one read per symbol and hour of market time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from desk.guarding import guarded
from desk.models import accounts_of_this_environment
from exchange.types import Kline, PositionSide
from risk.what_if import fee_of
from signals.models import ShadowStatus, ShadowTrade
from signals.shadow import Followed, ShadowEntry, follow_judged
from signals.strategies.base import Strength
from signals.strategies.registry import strategy_of
from trading.core.exits import take_profit_price
from trading.core.states import ExitReason
from trading.paged_bars import PAGE_BARS, BarSource, KnownBars, finished_between
from trading.services.shadow_plan import LOOK_EVERY
from trading.shadow_judging import judge_by, rules_of_tick

INTERVAL, LENGTH = "5m", timedelta(minutes=5)
NO_DATA = "no_data"
GIVEN_UP_AFTER = timedelta(hours=24)  # market, beyond the time limit: the contract has no bars any more


def follow_due(market: BarSource, *, now: datetime) -> int:
    """Work every shadow that is due and return how many were looked at; one symbol's trouble stops no other."""
    by_symbol: dict[str, list[ShadowTrade]] = defaultdict(list)
    due = ShadowTrade.objects.filter(
        signal__bot__account__in=accounts_of_this_environment(), due_at__lte=now
    ).exclude(status=ShadowStatus.ENDED)  # fmt: skip
    for row in due.select_related("signal", "config_version__bot").order_by("due_at"):
        by_symbol[row.signal.symbol].append(row)
    for symbol, rows in by_symbol.items():
        with guarded("follow_shadows", symbol=symbol):
            _follow_symbol(symbol, rows, market, now=now)
    return sum(map(len, by_symbol.values()))


def _follow_symbol(symbol: str, rows: Sequence[ShadowTrade], market: BarSource, *, now: datetime) -> None:
    since = min(_first_bar(row, now=now) for row in rows)
    bars = finished_between(market, symbol, INTERVAL, start=since, now=now)
    known = KnownBars(market, interval=INTERVAL, since=since, bars=bars)
    for row in rows:
        with guarded("follow_shadow", symbol=symbol, signal=row.signal_id):
            _keep(row, *_followed(row, bars, known, now=now), now=now)


def _first_bar(row: ShadowTrade, *, now: datetime) -> datetime:
    """All bars of the shadow where one answer holds them: the judgements look back. Else what is new."""
    return min(row.followed_until, max(row.planned_at, now - (PAGE_BARS - 1) * LENGTH))


def _followed(
    row: ShadowTrade, bars: Sequence[Kline], known: BarSource, *, now: datetime
) -> tuple[Followed | None, datetime]:
    """What the bars tell of the shadow, and up to where they were worked. It fills in an entry that was reached."""
    new = [bar for bar in bars if bar.open_time >= row.followed_until]
    until = new[-1].open_time + LENGTH if new else row.followed_until
    if row.entered_at is None:
        _enter(row, new)
    entry = _entry(row)
    if entry is None:
        return None, until
    judge = judge_by(
        strategy_of(row.config_version), known, quantity=row.quantity, candle_open=row.signal.candle_open
    )  # fmt: skip
    return follow_judged(entry, new, judge=judge), until


def _enter(row: ShadowTrade, bars: Sequence[Kline]) -> None:
    """A resting limit fills at its price in the first bar that reaches it; what follows is judged from the next on."""
    is_short = row.side is PositionSide.SHORT
    for bar in bars:
        if bar.open_time < row.planned_at:
            continue
        if bar.open_time >= row.entry_deadline:
            return
        if bar.high >= row.price if is_short else bar.low <= row.price:
            row.entry_price, row.entered_at, row.is_maker = row.price, bar.open_time + LENGTH, True
            row.take_profit_price = take_profit_price(
                entry_price=row.price,
                take_profit_ratio=row.take_profit_ratio,
                position_side=row.side,
                rules=rules_of_tick(row.signal.symbol, row.tick_size),
            )
            return


def _entry(row: ShadowTrade) -> ShadowEntry | None:
    """None while the limit rests."""
    if row.entered_at is None or row.entry_price is None:
        return None
    return ShadowEntry(
        symbol=row.signal.symbol,
        position_side=row.side,
        entered_at=row.entered_at,
        entry_price=row.entry_price,
        stop_price=row.stop_price,
        take_profit_price=row.take_profit_price,
        until=row.entered_at + timedelta(hours=row.max_hold_hours),
        tick_size=row.tick_size,
        strength=Strength(row.strength),
        judged=frozenset(row.judged),
    )


def _keep(row: ShadowTrade, found: Followed | None, until: datetime, *, now: datetime) -> None:
    """Write what was found, unless another process followed the row meanwhile."""
    changes: dict[str, object] = {
        "status": ShadowStatus.WORKING if row.entered_at is None else ShadowStatus.OPEN,
        "entry_price": row.entry_price,
        "entered_at": row.entered_at,
        "is_maker": row.is_maker,
        "take_profit_price": row.take_profit_price,
        "followed_until": until,
        "due_at": now + LOOK_EVERY,
    }
    if found is not None:
        changes |= {
            "take_profit_price": found.entry.take_profit_price,
            "strength": found.entry.strength.value,
            "judged": sorted(found.entry.judged),
        }
    changes |= _ending(row, found, until, now=now)
    seen = ShadowTrade.objects.filter(pk=row.pk, followed_until=row.followed_until).exclude(status=ShadowStatus.ENDED)
    seen.update(**changes)


def _ending(row: ShadowTrade, found: Followed | None, until: datetime, *, now: datetime) -> dict[str, object]:
    if found is not None and found.exit is not None:
        result, fees = _result(row, found.entry.entry_price, found.exit.price)
        return {
            "status": ShadowStatus.ENDED,
            "exit_reason": found.exit.reason,
            "exit_price": found.exit.price,
            "ended_at": found.exit.at,
            "fees": fees,
            "result": result,
        }
    if row.entered_at is None and until >= row.entry_deadline:
        return {
            "status": ShadowStatus.ENDED,
            "exit_reason": ExitReason.ENTRY_UNFILLED.value,
            "ended_at": row.entry_deadline,
        }
    if now > row.planned_at + timedelta(hours=row.max_hold_hours) + GIVEN_UP_AFTER:
        return {"status": ShadowStatus.ENDED, "exit_reason": NO_DATA, "ended_at": now}
    return {}


def _result(row: ShadowTrade, entry_price: Decimal, exit_price: Decimal) -> tuple[Decimal, Decimal]:
    """USDT after fees, and the fees: of a taker at the exit, at the entry as it was filled."""
    sign = -1 if row.side is PositionSide.SHORT else 1
    fees = fee_of(row.quantity * entry_price, is_maker=row.is_maker) + fee_of(row.quantity * exit_price, is_maker=False)
    return sign * (exit_price - entry_price) * row.quantity - fees, fees
