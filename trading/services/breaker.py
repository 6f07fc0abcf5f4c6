"""Evaluating the breaker of an account, keeping what came of it, and acting on it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Account
from exchange.types import AccountSnapshot
from risk import breaker_store
from risk.breaker import Breaker, Trip, evaluate, reset
from risk.breaker_causes import Cause, ClosedTrade, Readings
from risk.breaker_equity import Flow
from risk.breaker_store import Change
from risk.limit_settings import RiskSettings
from risk.models import BreakerState
from risk.settings_store import risk_settings_of
from risk.states import Intention, Tier, is_allowed
from trading.core.states import LIVE, ExitReason, PositionStatus, Purpose
from trading.models import Income, Order, Position
from trading.services.exit_requests import request_close
from trading.services.income_keeping import keep_income
from trading.services.manual_changes import request_entry_cancel
from trading.venue import Venue

AUTHOR = "breaker"
MOVED = ("TRANSFER", "INTERNAL_TRANSFER", "STRATEGY_UMFUTURES_TRANSFER")  # kinds of income that are no result
STREAK_LOOK_BACK = 21  # trades; one more than the longest streak that can be set
FRESH_FOR = timedelta(minutes=5)  # market; an older reading of the balance is no equity of now
FRESH_WALL_SECONDS = 60
JUMP = Decimal("0.01")  # of equity; a larger move is first asked to be a transfer


def evaluate_breaker(
    venue: Venue,
    *,
    snapshot: AccountSnapshot | None = None,
    falls: Mapping[str, Decimal] | None = None,
    judges_age: bool = False,
) -> Breaker:
    """One look at everything that may trip the breaker, by our rows and what the caller has just read.

    Without ``snapshot`` the account's row gives the equity while it is fresh; ``judges_age`` for a caller that was to
    refresh it. Raises ExchangeError where market time cannot be read.
    """
    now = venue.now()
    settings = risk_settings_of(venue.account)
    equity, read_at = _equity(venue, snapshot, now=now)
    _ask_for_transfers(venue, equity, now=now)
    ages = _ages(venue, read_at, now=now) if judges_age else {}

    def move(breaker: Breaker, row: BreakerState) -> Breaker:
        readings = Readings(
            now=now,
            equity=equity,
            equity_at=read_at,
            flows=_new_flows(venue.account, row),
            trades=recent_trades(venue.account),
            falls=falls or {},
            ages=ages,
        )
        return evaluate(breaker, readings, settings)

    done = breaker_store.change(
        venue.account, move, with_row=lambda change: _act(change, venue.account, settings, now=now)
    )
    return done.after


def _equity(venue: Venue, snapshot: AccountSnapshot | None, *, now: datetime) -> tuple[Decimal | None, datetime | None]:
    """Wallet and open result in USDT with the market time of their reading; no equity where it is not of now."""
    if snapshot is not None:
        return snapshot.wallet_balance + snapshot.unrealized_pnl, now
    row = Account.objects.get(pk=venue.account.pk)
    if row.wallet_balance is None or row.balances_at is None:
        return None, None
    fresh_for = max(FRESH_FOR, timedelta(seconds=FRESH_WALL_SECONDS * float(venue.clock.speed)))
    if now - row.balances_at > fresh_for:
        return None, row.balances_at
    return row.wallet_balance + (row.unrealized_pnl or Decimal(0)), row.balances_at


def _ask_for_transfers(venue: Venue, equity: Decimal | None, *, now: datetime) -> None:
    """A jump may be money that was moved: the venue's ledger is read before it is called a result."""
    track = breaker_store.breaker_of(venue.account).track
    if equity is None or track is None or abs(equity - track.equity) <= JUMP * track.equity:
        return
    with guarded("read_transfers", account=venue.account.name):
        keep_income(venue, start=track.read_at - timedelta(minutes=1), end=now)


def _ages(venue: Venue, read_at: datetime | None, *, now: datetime) -> dict[str, timedelta]:
    """How old each class of data is; in a fast replay by the wall's measure."""
    if read_at is None:
        return {}
    return {"balances": (now - read_at) / max(float(venue.clock.speed), 1.0)}


def _new_flows(account: Account, row: BreakerState) -> list[Flow]:
    """Transfers that equity was not told of yet; the row remembers them as told."""
    rows = Income.objects.filter(account=account, income_type__in=MOVED, asset="USDT", pk__gt=row.last_flow_id)
    found = list(rows.order_by("pk"))
    if found:
        row.last_flow_id = found[-1].pk
    return [Flow(at=income.at, amount=income.amount) for income in found]


def recent_trades(account: Account) -> list[ClosedTrade]:
    """The last finished trades, newest first."""
    closed = Position.objects.filter(account=account, status=PositionStatus.CLOSED, filled_at__isnull=False)
    rows = closed.order_by("-closed_at", "-pk")[:STREAK_LOOK_BACK]
    return [ClosedTrade(at=row.closed_at, result=row.realized_pnl - row.commission) for row in rows if row.closed_at]


def _act(change: Change, account: Account, settings: RiskSettings, *, now: datetime) -> None:
    """Tell what tripped and what ended, and take back what the tier in force does not allow."""
    fresh = [trip for trip in change.after.trips if change.before.trip(trip.cause) is None]
    for trip in fresh:
        _tell_trip(trip, account, tier=change.after.tier, now=now)
    for trip in change.before.trips:
        if change.after.trip(trip.cause) is None:
            events.record(
                EventKind.BREAKER_ENDED, at=now, account=account, cause=trip.cause.value, tier=change.after.tier.value
            )
    if not is_allowed(Intention.ENTER, change.after.tier):
        cancel_entries(account, author=AUTHOR, now=now)
    if settings.crash_flatten and any(trip.cause is Cause.MARKET_CRASH for trip in fresh):
        for position in _unfinished(account):
            request_close(position, reason=ExitReason.BREAKER_FLATTEN, author=AUTHOR, now=now)


def _tell_trip(trip: Trip, account: Account, *, tier: Tier, now: datetime) -> None:
    events.record(
        EventKind.BREAKER_TRIPPED,
        at=now,
        account=account,
        cause=trip.cause.value,
        value=trip.value,
        limit=trip.limit,
        tier=tier.value,
        until=trip.until,
    )


def cancel_entries(account: Account, *, author: str, now: datetime) -> int:
    """Want every working entry of ours gone; a worker cancels them. How many are new to that wish."""
    working = Order.objects.filter(account=account, purpose=Purpose.ENTRY, status__in=LIVE)
    late = working.filter(position__entry_deadline__gt=now).select_related("position__bot")
    for order in late:
        request_entry_cancel(order.position, author=author, now=now)
    return len(late)


def _unfinished(account: Account) -> list[Position]:
    rows = Position.objects.filter(account=account).exclude(status=PositionStatus.CLOSED)
    return list(rows.select_related("account", "bot").order_by("pk"))


class ResetRefused(ValueError):
    """The breaker stands otherwise than the person has seen; nothing was changed."""


def reset_breaker(account: Account, *, seen_version: int, author: str, reason: str, now: datetime) -> Breaker:
    """Make the breaker active again as a person wants it who has seen ``seen_version`` of it.

    Raises ResetRefused where it has changed since, or has not tripped.
    """

    def move(breaker: Breaker, row: BreakerState) -> Breaker:
        if row.version != seen_version:
            raise ResetRefused("the breaker has changed since it was looked at")
        if not breaker.trips:
            raise ResetRefused("the breaker has not tripped")
        return reset(breaker, now=now)

    def tell(change: Change) -> None:
        events.record(
            EventKind.BREAKER_RESET,
            at=now,
            account=account,
            author=author,
            reason=reason,
            causes=", ".join(trip.cause.value for trip in change.before.trips),
            tier=change.after.tier.value,
        )

    return breaker_store.change(account, move, with_row=tell).after
