"""What trips the breaker: one function a cause, each from readings and settings to a finding or None."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from risk.breaker_equity import EquityTrack, Flow, Opening
from risk.breaker_settings import BreakerSettings
from risk.states import Tier


class Cause(StrEnum):
    """Closed list. The values are also what an entry is refused with, behind ``breaker_``."""

    CONSECUTIVE_LOSSES = "consecutive_losses"
    API_FAILURES = "api_failures"
    AI_FAILURES = "ai_failures"
    DAILY_LOSS = "daily_loss"
    WEEKLY_LOSS = "weekly_loss"
    DRAWDOWN = "drawdown"
    EQUITY_AVERAGE = "equity_average"
    MARKET_CRASH = "market_crash"
    STALE_DATA = "stale_data"
    EMERGENCY_STOP = "emergency_stop"


class Ends(StrEnum):
    """What ends a trip: its time, the cause being gone, or a person."""

    TIME = "time"
    CONDITION = "condition"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTrade:
    """A finished trade: market time of its end, USDT after commission."""

    at: datetime
    result: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What is known at market time ``now``. None: was not read, which neither trips nor clears by itself.

    ``falls`` are percent each symbol fell within the crash window, ``ages`` how old each class of data is.
    """

    now: datetime
    equity: Decimal | None = None
    equity_at: datetime | None = None
    flows: Sequence[Flow] = ()
    trades: Sequence[ClosedTrade] = ()  # newest first
    falls: Mapping[str, Decimal] = field(default_factory=dict)
    ages: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What is counted between readings. Only trades that ended after ``streak_from`` are losses in a row."""

    api_failures: int = 0
    ai_failures: int = 0
    streak_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A threshold that is reached. ``until`` is market time, None where no time ends it; ``level`` grows with harm."""

    cause: Cause
    tier: Tier
    ends: Ends
    level: Decimal
    value: str
    limit: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything a cause may look at."""

    readings: Readings
    counters: Counters
    track: EquityTrack | None
    settings: BreakerSettings

    def after(self, minutes: int) -> datetime:
        return self.readings.now + timedelta(minutes=minutes)


def losses_in_a_row(trades: Sequence[ClosedTrade], *, since: datetime | None) -> int:
    """Trades lost one after the other, up to now; exactly nothing counts as won."""
    count = 0
    for trade in trades:
        if trade.result >= 0 or (since is not None and trade.at <= since):
            break
        count += 1
    return count


def _consecutive_losses(scene: Scene) -> Finding | None:
    settings = scene.settings
    count = losses_in_a_row(scene.readings.trades, since=scene.counters.streak_from)
    return _counted(
        Cause.CONSECUTIVE_LOSSES,
        count,
        limit=settings.consecutive_losses,
        tier=settings.consecutive_losses_tier,
        until=scene.after(settings.consecutive_losses_minutes),
    )


def _api_failures(scene: Scene) -> Finding | None:
    settings = scene.settings
    return _counted(
        Cause.API_FAILURES,
        scene.counters.api_failures,
        limit=settings.api_failures,
        tier=settings.api_failures_tier,
        until=scene.after(settings.api_failures_minutes),
    )


def _ai_failures(scene: Scene) -> Finding | None:
    settings = scene.settings
    return _counted(
        Cause.AI_FAILURES,
        scene.counters.ai_failures,
        limit=settings.ai_failures,
        tier=settings.ai_failures_tier,
        until=scene.after(settings.ai_failures_minutes),
    )


def _counted(cause: Cause, count: int, *, limit: int, tier: Tier, until: datetime) -> Finding | None:
    if not limit or count < limit:
        return None
    return Finding(
        cause=cause,
        tier=tier,
        ends=Ends.TIME,
        level=Decimal(count),
        value=str(count),
        limit=str(limit),
        until=until,
    )


def _daily_loss(scene: Scene) -> Finding | None:
    track, settings = scene.track, scene.settings
    until = _days_after(track.day, 1) if track else scene.readings.now
    if track is None or scene.readings.now >= until:
        return None
    return _lost(
        Cause.DAILY_LOSS,
        track,
        track.day,
        limits=(settings.daily_loss_pct, settings.daily_loss_usdt),
        tier=settings.daily_loss_tier,
        until=until,
    )


def _weekly_loss(scene: Scene) -> Finding | None:
    track, settings = scene.track, scene.settings
    until = _days_after(track.week, 7) if track else scene.readings.now
    if track is None or scene.readings.now >= until:
        return None
    return _lost(
        Cause.WEEKLY_LOSS,
        track,
        track.week,
        limits=(settings.weekly_loss_pct, settings.weekly_loss_usdt),
        tier=settings.weekly_loss_tier,
        until=until,
    )


def _days_after(opening: Opening, days: int) -> datetime:
    """Midnight UTC ``days`` after an opening: until then its loss is judged."""
    return datetime.combine(opening.since + timedelta(days=days), time(), tzinfo=UTC)


def _lost(
    cause: Cause,
    track: EquityTrack,
    opening: Opening,
    *,
    limits: tuple[Decimal, Decimal],
    tier: Tier,
    until: datetime,
) -> Finding | None:
    """The share of the capital speaks first, then the sum."""
    limit_pct, limit_usdt = limits
    percent, usdt = opening.loss_pct(track.price), opening.loss(track.equity)
    if limit_pct and percent >= limit_pct:
        value, limit = f"{percent:.2f} %", f"{limit_pct:f} %"
    elif limit_usdt and usdt >= limit_usdt:
        value, limit = f"{usdt:.2f} USDT", f"{limit_usdt:f} USDT"
    else:
        return None
    return Finding(cause=cause, tier=tier, ends=Ends.TIME, level=percent, value=value, limit=limit, until=until)


def _drawdown(scene: Scene) -> Finding | None:
    track, limit = scene.track, scene.settings.drawdown_pct
    if track is None or not limit or track.drawdown_pct < limit:
        return None
    return Finding(
        cause=Cause.DRAWDOWN,
        tier=scene.settings.drawdown_tier,
        ends=Ends.PERSON,
        level=track.drawdown_pct,
        value=f"{track.drawdown_pct:.2f} %",
        limit=f"{limit:f} %",
    )


def _equity_average(scene: Scene) -> Finding | None:
    track, days = scene.track, scene.settings.equity_average_days
    average = track.average(days) if track else None
    if track is None or average is None or track.price >= average:
        return None
    below = (1 - track.price / average) * 100
    return Finding(
        cause=Cause.EQUITY_AVERAGE,
        tier=scene.settings.equity_average_tier,
        ends=Ends.CONDITION,
        level=below,
        value=f"-{below:.2f} %",
        limit=f"{days} d",
    )


def _market_crash(scene: Scene) -> Finding | None:
    """Bitcoin alone, or the basket's mean."""
    settings, falls = scene.settings, scene.readings.falls
    if not settings.crash_pct or not falls:
        return None
    fall = max(sum(falls.values(), Decimal(0)) / len(falls), falls.get("BTCUSDT", Decimal("-Infinity")))
    if fall <= settings.crash_pct:
        return None
    return Finding(
        cause=Cause.MARKET_CRASH,
        tier=settings.crash_tier,
        ends=Ends.TIME,
        level=fall,
        value=f"-{fall:.2f} %",
        limit=f"-{settings.crash_pct:f} %",
        until=scene.after(settings.crash_minutes),
    )


def _stale_data(scene: Scene) -> Finding | None:
    limit, ages = scene.settings.stale_minutes, scene.readings.ages
    oldest = max(ages, key=ages.__getitem__, default=None)
    if not limit or oldest is None or ages[oldest] <= timedelta(minutes=limit):
        return None
    minutes = Decimal(ages[oldest] // timedelta(minutes=1))
    return Finding(
        cause=Cause.STALE_DATA,
        tier=scene.settings.stale_tier,
        ends=Ends.CONDITION,
        level=minutes,
        value=f"{oldest} {minutes} min",
        limit=f"{limit} min",
    )


CAUSES: Sequence[Callable[[Scene], Finding | None]] = (
    _consecutive_losses,
    _api_failures,
    _ai_failures,
    _daily_loss,
    _weekly_loss,
    _drawdown,
    _equity_average,
    _market_crash,
    _stale_data,
)


def findings(scene: Scene) -> list[Finding]:
    """Every threshold that is reached now."""
    return [found for cause in CAUSES if (found := cause(scene)) is not None]
