"""Money is reserved before a call and settled after it; no two processes together can pass a cap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from advisor.budget import Caps, to_micros, used_share
from advisor.models import MICROS, Period, Spend, SpendStatus, SpendWindow, usd
from advisor.providers.router import NoMoney

log = structlog.get_logger(__name__)

# Always taken in this order, so that two reservations never wait for each other.
PERIODS = (Period.HOUR, Period.DAY, Period.MONTH)


class BudgetExhausted(NoMoney):
    """A window has no room for the reservation; ``period`` names it."""

    def __init__(self, period: Period) -> None:
        super().__init__(f"no money left this {period.value}")
        self.period = period


def window_start(period: Period, now: datetime) -> datetime:
    hour = now.replace(minute=0, second=0, microsecond=0)
    if period is Period.HOUR:
        return hour
    return hour.replace(hour=0) if period is Period.DAY else hour.replace(day=1, hour=0)


def reserve(amount: Decimal, *, provider: str, model: str, caps: Caps, now: datetime) -> Spend:
    """Set ``amount`` USD aside in every window of ``now`` (wall, UTC), or in none. Raises BudgetExhausted."""
    micros = to_micros(amount)
    with transaction.atomic():
        for period in PERIODS:
            _commit(period, micros=micros, cap=cap_of(period, caps), now=now)
        return Spend.objects.create(provider=provider, model=model[:80], reserved_micros=micros, reserved_at=now)


def _commit(period: Period, *, micros: int, cap: Decimal, now: datetime) -> None:
    cap_micros = int(cap * MICROS)
    start = window_start(period, now)
    SpendWindow.objects.get_or_create(period=period, start=start)
    room = SpendWindow.objects.filter(period=period, start=start, committed_micros__lte=cap_micros - micros)
    if cap_micros < micros or not room.update(committed_micros=F("committed_micros") + micros):
        raise BudgetExhausted(period)


def settle(spend: Spend, cost: Decimal | None, *, now: datetime) -> bool:
    """Replace the reservation by what the call cost; None: unknown, so all of it. False when it was settled before.

    The windows are those of the reservation: a call over midnight is paid by the day that allowed it.
    """
    spent = spend.reserved_micros if cost is None else to_micros(cost)
    with transaction.atomic():
        moved = Spend.objects.filter(pk=spend.pk, status=SpendStatus.RESERVED).update(
            status=SpendStatus.SETTLED, spent_micros=spent, settled_at=now
        )
        if not moved:
            return False
        for period in PERIODS:
            window = SpendWindow.objects.filter(period=period, start=window_start(period, spend.reserved_at))
            difference = F("committed_micros") + (spent - spend.reserved_micros)
            window.update(committed_micros=Greatest(difference, 0))
    if spent > spend.reserved_micros:
        log.warning("ai_cost_above_reservation", provider=spend.provider, cost=usd(spent), reserved=_reserved(spend))
    return True


def committed(now: datetime) -> Mapping[Period, Decimal]:
    """USD promised or spent in the windows of ``now``."""
    found = {}
    for period in PERIODS:
        rows = SpendWindow.objects.filter(period=period, start=window_start(period, now))
        found[period] = usd(rows.values_list("committed_micros", flat=True).first() or 0)
    return found


def tightest_share(caps: Caps, now: datetime) -> Decimal:
    """The used share of the fullest window."""
    known = committed(now)
    return max(used_share(known[period], cap_of(period, caps)) for period in PERIODS)


def cap_of(period: Period, caps: Caps) -> Decimal:
    return {Period.HOUR: caps.hour, Period.DAY: caps.day, Period.MONTH: caps.month}[period]


def _reserved(spend: Spend) -> Decimal:
    return usd(spend.reserved_micros)


@dataclass(frozen=True, slots=True)
class DeskPurse:
    """The router's purse over the desk's windows; ``now`` is wall time."""

    caps: Caps
    now: Callable[[], datetime]

    def reserve(self, amount: Decimal, *, provider: str, model: str) -> Spend:
        return reserve(amount, provider=provider, model=model, caps=self.caps, now=self.now())

    def settle(self, reserved: Spend, cost: Decimal | None) -> None:
        settle(reserved, cost, now=self.now())
