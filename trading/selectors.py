"""Reading only: what pages, API, chat and the command line show of trading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from desk.models import Account, Bot, Heartbeat
from exchange.types import PositionSide
from trading.core.states import AT_VENUE, LIVE, OrderStatus, PositionStatus, Purpose
from trading.models import Execution, Fill, Order, Position, PositionChange, SymbolBlock


class ProtectionState(StrEnum):
    """What stands between a position and an unbounded loss."""

    NOTHING_OPEN = "nothing_open"
    PROTECTED = "protected"
    PROTECTING = "protecting"
    UNPROTECTED = "unprotected"


PROTECTION_DEADLINE_SECONDS = 5.0  # wall; law 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Protection of one position as our rows tell it. ``naked_seconds``: wall time without a stop, else 0."""

    state: ProtectionState
    stop: Order | None
    take_profit: Order | None
    naked_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStatus:
    """The one-look answer. Money in USDT; ``market_time`` is None when the venue's clock cannot be read."""

    environment: str
    market_time: datetime | None
    speed: Decimal | None
    wallet_balance: Decimal | None
    available_balance: Decimal | None
    unrealized_pnl: Decimal | None
    balances_at: datetime | None
    open_positions: int
    protection: ProtectionState
    worst_naked_seconds: float
    auto_trade: bool


def positions() -> QuerySet[Position]:
    """Every position of this environment's accounts, newest first, with its orders at hand."""
    orders = Prefetch("orders", queryset=Order.objects.order_by("id"))
    return (
        Position.objects.filter(account__environment=settings.DUOLIVE_ENV)
        .select_related("bot", "account", "signal")
        .prefetch_related(orders)
    )


def open_positions() -> QuerySet[Position]:
    """Positions that hold something or may soon."""
    return positions().exclude(status=PositionStatus.CLOSED)


def with_changes(found: QuerySet[Position]) -> QuerySet[Position]:
    """``found`` with the newest change of each at hand, and how it is being sent."""
    newest = PositionChange.objects.order_by("-id").prefetch_related("execution__orders")[:1]
    return found.prefetch_related(Prefetch("changes", queryset=newest, to_attr="newest_changes"))


def newest_change(position: Position) -> PositionChange | None:
    """What was asked to be changed last, however it ended; uses what is at hand."""
    rows = getattr(position, "newest_changes", None)
    return next(iter(position.changes.all()[:1] if rows is None else rows), None)


def running_entry(position: Position) -> Execution | None:
    """The plan by which the entry is being sent; None for one order, and once it has ended."""
    if not position.is_executing:
        return None
    plans = position.executions.filter(change__isnull=True, ended_at__isnull=True)
    return plans.prefetch_related("orders").first()


def closed_positions() -> QuerySet[Position]:
    """Finished trades, newest first; entries that never filled are not trades."""
    return positions().filter(status=PositionStatus.CLOSED, filled_at__isnull=False).order_by("-closed_at")


def orders() -> QuerySet[Order]:
    return (
        Order.objects.filter(account__environment=settings.DUOLIVE_ENV)
        .select_related("position", "account")
        .order_by("-id")
    )


def blocks(symbol: str | None = None) -> QuerySet[SymbolBlock]:
    """Why nothing new is entered: on every symbol, or on one, what blocks its whole account among it."""
    found = SymbolBlock.objects.filter(account__environment=settings.DUOLIVE_ENV)
    return found if symbol is None else found.filter(symbol__in=[symbol, ""])


def fills_of(position: Position) -> Sequence[Fill]:
    return list(position.fills.select_related("order").order_by("at", "trade_id"))


def protection_of(position: Position) -> Protection:
    """Uses prefetched orders where they are at hand."""
    legs = [order for order in position.orders.all() if order.parent_id is None]
    stop = _leg(legs, Purpose.STOP)
    inner = _leg(legs, Purpose.INNER_STOP)
    if inner is not None and inner.status in AT_VENUE and (stop is None or stop.status not in AT_VENUE):
        stop = inner
    take_profit = _leg(legs, Purpose.TAKE_PROFIT)
    naked = _naked_seconds(position)
    return Protection(state=_state(position, stop, naked), stop=stop, take_profit=take_profit, naked_seconds=naked)


def _leg(orders: Sequence[Order], purpose: Purpose) -> Order | None:
    """The leg that lives, else the last one there was."""
    legs = [order for order in orders if order.purpose == purpose]
    living = [order for order in legs if order.status in LIVE]
    return next(reversed(living or legs), None)


def _naked_seconds(position: Position) -> float:
    if position.naked_since is None or position.is_over:
        return 0.0
    return max(0.0, (timezone.now() - position.naked_since).total_seconds())


def _state(position: Position, stop: Order | None, naked_seconds: float) -> ProtectionState:
    if position.is_over or not position.quantity:
        return ProtectionState.NOTHING_OPEN
    if stop is not None and OrderStatus(stop.status) in AT_VENUE:
        return ProtectionState.PROTECTED
    return ProtectionState.UNPROTECTED if naked_seconds > PROTECTION_DEADLINE_SECONDS else ProtectionState.PROTECTING


def unrealized_pnl(position: Position) -> Decimal | None:
    """USDT at the last mark price that was read; None before the first fill or reading."""
    if position.entry_price is None or position.mark_price is None:
        return None
    move: Decimal = (position.mark_price - position.entry_price) * position.quantity
    return move if position.side is PositionSide.LONG else -move


def desk_status(*, market_time: datetime | None, speed: Decimal | None) -> DeskStatus:
    account = Account.objects.filter(environment=settings.DUOLIVE_ENV).order_by("id").first()
    held = list(open_positions())
    return DeskStatus(
        environment=settings.DUOLIVE_ENV,
        market_time=market_time,
        speed=speed,
        wallet_balance=account.wallet_balance if account else None,
        available_balance=account.available_balance if account else None,
        unrealized_pnl=account.unrealized_pnl if account else None,
        balances_at=account.balances_at if account else None,
        open_positions=len(held),
        protection=worst_protection(held),
        worst_naked_seconds=max((position.worst_naked_seconds for position in held), default=0.0),
        auto_trade=Bot.objects.filter(account__environment=settings.DUOLIVE_ENV, auto_trade=True).exists(),
    )


_SEVERITY = list(ProtectionState)


def worst_protection(held: Sequence[Position]) -> ProtectionState:
    """The light of the whole desk: as bad as its worst position."""
    states = [protection_of(position).state for position in held]
    return max(states, key=_SEVERITY.index, default=ProtectionState.NOTHING_OPEN)


def heartbeat_ages() -> dict[str, float]:
    """Wall seconds since each loop finished a round."""
    now = timezone.now()
    return {pulse.loop: (now - pulse.beat_at).total_seconds() for pulse in Heartbeat.objects.all()}
