"""The breaker: from its state and what is read now to its next state. Pure; market time comes in with the readings."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from risk.breaker_causes import Cause, Counters, Ends, Finding, Readings, Scene, findings
from risk.breaker_equity import EquityTrack, accepted, track_equity
from risk.breaker_settings import BreakerSettings
from risk.states import Tier, worst

MEASURED = frozenset({Cause.DAILY_LOSS, Cause.WEEKLY_LOSS})  # end with the calendar, whatever a clock does in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One cause that restricts risk, with its numbers. Times are market time; ``until`` only where time ends it."""

    cause: Cause
    tier: Tier
    ends: Ends
    since: datetime
    level: Decimal
    value: str
    limit: str
    until: datetime | None = None

    def remaining(self, now: datetime) -> timedelta | None:
        """How long it still lasts; None where no time ends it."""
        return None if self.until is None else max(self.until - now, timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Everything that must survive a restart."""

    trips: tuple[Trip, ...] = ()
    counters: Counters = field(default_factory=Counters)
    track: EquityTrack | None = None
    seen_at: datetime | None = None

    @property
    def tier(self) -> Tier:
        return worst(trip.tier for trip in self.trips)

    def trip(self, cause: Cause) -> Trip | None:
        return next((trip for trip in self.trips if trip.cause is cause), None)


def evaluate(breaker: Breaker, readings: Readings, settings: BreakerSettings) -> Breaker:
    """The breaker after one look: trips that are over are gone, thresholds that are reached have tripped."""
    breaker = _in_step_with_clock(breaker, now=readings.now)
    breaker = _ended_by_time(breaker, now=readings.now)
    track = breaker.track
    if readings.equity is not None:
        at = readings.equity_at or readings.now
        track = track_equity(track, equity=readings.equity, at=at, flows=readings.flows)
    found = findings(Scene(readings=readings, counters=breaker.counters, track=track, settings=settings))
    trips = _ended_by_condition(breaker.trips, found, readings)
    trips = _tripped(trips, found, now=readings.now)
    return replace(breaker, trips=tuple(trips), track=track, seen_at=readings.now)


def _in_step_with_clock(breaker: Breaker, *, now: datetime) -> Breaker:
    """A clock that went back makes no cool-down longer than what was left of it, and none shorter."""
    if breaker.seen_at is None or now >= breaker.seen_at:
        return breaker
    step = breaker.seen_at - now
    trips = tuple(
        trip if trip.until is None or trip.cause in MEASURED else replace(trip, until=trip.until - step)
        for trip in breaker.trips
    )
    return replace(breaker, trips=trips)


def _ended_by_time(breaker: Breaker, *, now: datetime) -> Breaker:
    """After a cool-down its counter begins anew."""
    over = {trip.cause for trip in breaker.trips if trip.until is not None and now >= trip.until}
    if not over:
        return breaker
    trips = tuple(trip for trip in breaker.trips if trip.cause not in over)
    return replace(breaker, trips=trips, counters=_cleared(breaker.counters, over, now=now))


def _cleared(counters: Counters, causes: set[Cause], *, now: datetime) -> Counters:
    return Counters(
        api_failures=0 if Cause.API_FAILURES in causes else counters.api_failures,
        ai_failures=0 if Cause.AI_FAILURES in causes else counters.ai_failures,
        streak_from=now if Cause.CONSECUTIVE_LOSSES in causes else counters.streak_from,
    )


def _ended_by_condition(trips: Sequence[Trip], found: Sequence[Finding], readings: Readings) -> list[Trip]:
    """A cause that is gone ends its trip, where it was looked for at all."""
    looked_for = {Cause.EQUITY_AVERAGE: readings.equity is not None, Cause.STALE_DATA: bool(readings.ages)}
    present = {finding.cause for finding in found}
    return [
        trip
        for trip in trips
        if trip.ends is not Ends.CONDITION or trip.cause in present or not looked_for.get(trip.cause, False)
    ]


def _tripped(trips: Sequence[Trip], found: Sequence[Finding], *, now: datetime) -> list[Trip]:
    standing = {trip.cause: trip for trip in trips}
    for finding in found:
        old = standing.get(finding.cause)
        if old is None or finding.level > old.level:  # tripping again at a worse level begins the cool-down anew
            standing[finding.cause] = _trip(finding, old, now=now)
    return list(standing.values())


def _trip(finding: Finding, old: Trip | None, *, now: datetime) -> Trip:
    """Never laxer or shorter than the trip it follows."""
    until = finding.until
    if old is not None and until is not None and old.until is not None:
        until = max(until, old.until)
    return Trip(
        cause=finding.cause,
        tier=finding.tier if old is None else worst([finding.tier, old.tier]),
        ends=finding.ends,
        since=now if old is None else old.since,
        level=finding.level,
        value=finding.value,
        limit=finding.limit,
        until=until,
    )


def stop_at_once(breaker: Breaker, *, now: datetime, value: str = "") -> Breaker:
    """Halted by a person, until a person resets it."""
    halt = Trip(
        cause=Cause.EMERGENCY_STOP,
        tier=Tier.HALTED,
        ends=Ends.PERSON,
        since=now,
        level=Decimal(1),
        value=value,
        limit="",
    )
    others = tuple(trip for trip in breaker.trips if trip.cause is not Cause.EMERGENCY_STOP)
    return replace(breaker, trips=(*others, halt))


def reset(breaker: Breaker, *, now: datetime) -> Breaker:
    """Active again: nothing is counted any more, and the losses so far are taken as they are."""
    return replace(
        breaker,
        trips=(),
        counters=Counters(streak_from=now),
        track=accepted(breaker.track) if breaker.track else None,
    )


def count_api(breaker: Breaker, *, is_ok: bool) -> Breaker:
    """One more answer of the exchange, or none."""
    failures = 0 if is_ok else breaker.counters.api_failures + 1
    return replace(breaker, counters=replace(breaker.counters, api_failures=failures))


def count_ai(breaker: Breaker, *, is_ok: bool) -> Breaker:
    """One more answer of the language model, or none."""
    failures = 0 if is_ok else breaker.counters.ai_failures + 1
    return replace(breaker, counters=replace(breaker.counters, ai_failures=failures))
