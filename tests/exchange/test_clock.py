import math
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from exchange import clock as clock_module
from exchange.clock import DRIFT, Anchor, TimeReading, VenueClock, anchored, seconds_through_sleep, wall_seconds
from exchange.errors import ExchangeUnavailable, RateLimited
from exchange.ports import MarketClock

START = datetime(2024, 11, 23, 16, 55, tzinfo=UTC)


class Market:
    """A venue's time under control: wall seconds pass only when told, each reading takes ``round_trip`` of them."""

    def __init__(self, *, speed="1", round_trip=0.0):
        self.wall = 1000.0
        self.at = START
        self.speed = Decimal(speed)
        self.round_trip = round_trip
        self.readings = 0
        self.failure = None

    def pass_wall(self, seconds):
        self.wall += seconds
        self.at += timedelta(seconds=seconds * float(self.speed))

    def fetch(self):
        self.readings += 1
        self.pass_wall(self.round_trip / 2)
        if self.failure is not None:
            raise self.failure
        reading = TimeReading(self.at, self.speed)
        self.pass_wall(self.round_trip / 2)
        return reading

    def clock(self) -> VenueClock:
        return VenueClock(self.fetch, monotonic=lambda: self.wall)


class Road(Market):
    """A market whose readings go out and come back in times of their own, and whose wall may run ``drift`` fast."""

    def __init__(self, *trips, speed="1", drift=0.0):
        super().__init__(speed=speed)
        self.trips = list(trips)
        self.drift = drift

    def pass_wall(self, seconds):
        self.wall += seconds * (1 + self.drift)
        self.at += timedelta(seconds=seconds * float(self.speed))

    def fetch(self):
        out, back = self.trips.pop(0) if self.trips else (0.0, 0.0)
        self.pass_wall(out)
        told = self.at
        self.pass_wall(back)
        return TimeReading(told, self.speed)


def ahead(market, clock):
    """Wall seconds that the clock's estimate is ahead of the market."""
    return (clock.estimate() - market.at).total_seconds() / float(market.speed)


def test_time_runs_with_the_wall_between_readings():
    market = Market()
    clock: MarketClock = market.clock()

    assert clock.now() == START
    market.pass_wall(12.5)

    assert clock.now() == START + timedelta(seconds=12.5)
    assert market.readings == 1


def test_time_runs_at_the_markets_speed():
    market = Market(speed="60")
    clock = market.clock()
    clock.now()

    market.pass_wall(0.5)

    assert clock.now() == START + timedelta(seconds=30)
    assert clock.speed == 60


def test_half_the_round_trip_is_added():
    market = Market(speed="60", round_trip=0.2)

    assert market.clock().now() == market.at


@pytest.mark.parametrize(("speed", "max_age"), [("1", 60), ("60", 1), ("0.5", 1), ("0", 0.2)])
def test_reading_is_renewed_by_age(speed, max_age):
    market = Market(speed=speed)
    clock = market.clock()
    clock.now()

    market.pass_wall(max_age * 0.99)
    clock.now()
    assert market.readings == 1

    market.pass_wall(max_age * 0.02)
    clock.now()
    assert market.readings == 2


def test_held_market_stands_still_and_its_start_is_noticed():
    market = Market(speed="0")
    clock = market.clock()
    clock.now()

    market.pass_wall(0.1)
    assert (clock.now(), clock.speed) == (START, 0)

    market.speed = Decimal(60)
    market.pass_wall(0.1)
    assert (clock.now(), clock.speed) == (START + timedelta(seconds=6), 60)


def test_time_never_runs_backward():
    market = Market(speed="60")
    clock = market.clock()
    clock.now()
    market.pass_wall(0.9)
    ahead = clock.now()

    market.at -= timedelta(seconds=50)
    clock.refresh()
    assert clock.now() == ahead

    market.pass_wall(0.9)
    assert clock.now() > ahead


def test_estimate_follows_a_venue_that_stepped_back():
    market = Market()
    clock = market.clock()
    clock.now()

    market.at -= timedelta(seconds=50)
    clock.refresh()

    assert clock.estimate() == START - timedelta(seconds=50)
    assert clock.now() == START


def test_first_reading_that_fails_is_an_error():
    market = Market()
    market.failure = ExchangeUnavailable("503")

    with pytest.raises(ExchangeUnavailable):
        market.clock().now()


def test_clock_starts_once_the_venue_answers():
    market = Market()
    clock = market.clock()
    market.failure = ExchangeUnavailable("503")
    with pytest.raises(ExchangeUnavailable):
        clock.now()

    market.failure = None

    assert clock.now() == START


def test_failed_renewal_goes_on_with_the_old_reading_and_says_so_once():
    market = Market(speed="60")
    clock = market.clock()
    clock.now()
    market.failure = RateLimited(START)

    with capture_logs() as logs:
        for _ in range(3):
            market.pass_wall(1)
            assert clock.now() == market.at

    assert market.readings == 4
    assert [entry["event"] for entry in logs] == ["market_clock_not_read"]


def test_failed_renewal_is_not_tried_again_before_its_time():
    market = Market()
    clock = market.clock()
    clock.now()
    market.failure = ExchangeUnavailable("503")
    market.pass_wall(60)

    for _ in range(5):
        market.pass_wall(1)
        clock.now()

    assert market.readings == 2


def test_failure_is_told_again_after_a_recovery():
    market = Market(speed="60")
    clock = market.clock()
    clock.now()

    with capture_logs() as logs:
        for failure in (ExchangeUnavailable("a"), None, ExchangeUnavailable("b")):
            market.failure = failure
            market.pass_wall(1)
            clock.now()

    assert len(logs) == 2


def test_demanded_reading_that_fails_is_an_error_and_keeps_the_old_one():
    market = Market()
    clock = market.clock()
    clock.now()
    market.failure = ExchangeUnavailable("503")

    with pytest.raises(ExchangeUnavailable):
        clock.refresh()

    market.pass_wall(5)
    assert clock.now() == START + timedelta(seconds=5)


def test_slow_reading_holds_up_one_thread_only():
    market = Market(speed="60")
    clock = market.clock()
    clock.now()
    market.pass_wall(2)
    reading, done = threading.Event(), threading.Event()
    fetch = clock._fetch_time

    def slow_fetch():
        reading.set()
        assert done.wait(timeout=10)
        return fetch()

    clock._fetch_time = slow_fetch
    renewing = threading.Thread(target=clock.now)
    renewing.start()
    assert reading.wait(timeout=10)

    now_meanwhile = clock.now()

    done.set()
    renewing.join(timeout=10)
    assert now_meanwhile == market.at
    assert market.readings == 2


def test_first_use_by_many_threads_reads_once():
    market = Market()
    clock = market.clock()
    barrier = threading.Barrier(8)

    def use():
        barrier.wait(timeout=10)
        clock.now()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert market.readings == 1


@pytest.mark.parametrize("trip", [(3.0, 0.0), (0.0, 3.0)], ids=["out", "back"])
@pytest.mark.parametrize("speed", ["1", "60"])
def test_a_slow_trip_does_not_spoil_what_was_known(speed, trip):
    market = Road((0.01, 0.01), trip, speed=speed)
    clock = market.clock()
    clock.now()
    market.pass_wall(61)

    clock.now()

    assert abs(ahead(market, clock)) < 0.02


def test_decisions_do_not_stand_still_after_a_slow_trip():
    market = Road((0.0, 0.0), (6.0, 0.0))
    clock = market.clock()
    clock.now()
    market.pass_wall(61)
    clock.now()
    clock.refresh()

    before = clock.now()
    market.pass_wall(2.5)

    assert clock.now() - before > timedelta(seconds=2.49)


def test_a_first_reading_that_was_slow_is_mended_by_the_next_quick_one():
    market = Road((4.0, 0.0), (0.01, 0.01))
    clock = market.clock()
    assert ahead(market, clock) == pytest.approx(2.0)

    clock.refresh()

    assert abs(ahead(market, clock)) < 0.02


@pytest.mark.parametrize("step", [-7200.0, -5.0, 5.0, 7200.0])
def test_a_jump_of_the_venues_time_is_followed_at_once(step):
    market = Road((0.01, 0.01), (0.01, 0.01))
    clock = market.clock()
    clock.now()
    market.at += timedelta(seconds=step)

    clock.refresh()

    assert abs(ahead(market, clock)) < 0.02


@pytest.mark.parametrize("drift", [-40e-6, 40e-6, 1e-3], ids=["slow", "fast", "faster than is allowed for"])
def test_drift_is_followed_hour_after_hour(drift):
    market = Road(*[(0.02, 0.02)] * 240, drift=drift)
    clock = market.clock()
    worst = 0.0

    for _ in range(240):
        market.pass_wall(61)
        clock.now()
        worst = max(worst, abs(ahead(market, clock)))

    assert worst < 0.03


def test_a_night_on_a_bad_network_leaves_the_clock_good():
    """One trip in twenty is slow, each way; the middle of the last trip alone is three seconds wrong at times."""
    rng = random.Random(1)

    def way():
        return rng.expovariate(50) + (rng.uniform(0.5, 6) if rng.random() < 0.05 else 0)

    market = Road((0.02, 0.02), *[(way(), way()) for _ in range(600)], drift=30e-6)
    clock = market.clock()
    worst = 0.0

    for _ in range(600):
        clock.now()
        worst = max(worst, abs(ahead(market, clock)))
        market.pass_wall(60)

    assert worst < 0.1


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="the clock that counts sleep is Linux's")
@pytest.mark.parametrize("answers", [True, False], ids=["network back", "network not yet back"])
def test_a_machine_that_slept_wakes_with_the_time_of_now(monkeypatch, answers):
    market, slept = Market(), [0.0]
    since = time.clock_gettime(time.CLOCK_BOOTTIME)
    monkeypatch.setattr(clock_module.time, "clock_gettime", lambda _which: since + slept[0] + market.wall)
    clock = VenueClock(market.fetch)
    clock.now()

    market.at += timedelta(hours=3)
    slept[0] = 3 * 3600.0
    if not answers:
        market.failure = ExchangeUnavailable("no network")

    assert abs(clock.now() - market.at) < timedelta(seconds=1)


def test_a_system_without_such_a_clock_has_its_monotonic_one(monkeypatch):
    monkeypatch.setattr(clock_module, "_THROUGH_SLEEP", None)

    earlier, now, later = time.monotonic(), seconds_through_sleep(), time.monotonic()

    assert earlier <= now <= later


SECONDS = st.floats(0, 6)


@example(steps=[(0.0, 1.0, 0.0)], drift=-4.4e-05, speed="60")  # what drifts while the trip lasts
@given(
    st.lists(st.tuples(SECONDS, SECONDS, st.floats(0, 200)), min_size=1, max_size=20),
    st.floats(-50e-6, 50e-6),
    st.sampled_from(["1", "60"]),
)
def test_the_true_time_is_never_outside_what_the_anchor_allows(steps, drift, speed):
    market, known = Road(speed=speed, drift=drift), None

    for out, back, pause in steps:
        market.trips = [(out, back)]
        sent = market.wall
        reading = market.fetch()
        known = anchored(reading, sent=sent, got=market.wall, known=known)
        market.pass_wall(pause)
        off = abs((known.at_second(market.wall) - market.at).total_seconds())
        assert off <= known.error_at(market.wall)


@given(SECONDS, SECONDS, st.floats(-20, 20), st.floats(0, 5))
def test_the_anchor_is_always_within_the_trip(out, back, was_off, was_unsure):
    told = TimeReading(START, Decimal(1))
    known = Anchor(at=START + timedelta(seconds=was_off), speed=Decimal(1), taken=90.0, error=was_unsure)

    anchor = anchored(told, sent=100.0, got=100.0 + out + back, known=known)

    trip = out + back
    assert START <= anchor.at <= START + timedelta(seconds=trip, microseconds=1)
    assert 0 <= anchor.error <= trip / 2 + DRIFT * trip + 1e-9


def test_at_another_speed_what_was_known_counts_for_nothing():
    known = Anchor(at=START, speed=Decimal(1), taken=100.0, error=0.0)

    anchor = anchored(TimeReading(START, Decimal(60)), sent=100.0, got=101.0, known=known)

    assert (anchor.at, anchor.error) == (START + timedelta(seconds=30), 30.0 + DRIFT * 60)


def test_a_held_market_is_exactly_what_it_told():
    known = Anchor(at=START, speed=Decimal(0), taken=100.0, error=0.0)
    stepped = START + timedelta(milliseconds=1)

    assert anchored(TimeReading(stepped, Decimal(0)), sent=100.0, got=103.0, known=known).at == stepped


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["0", "0.5", "1", "60"])), max_size=30))
def test_time_is_monotonic_whatever_the_market_does(steps):
    market = Market(speed="60", round_trip=0.05)
    clock = market.clock()
    seen = [clock.now()]

    for seconds, speed in steps:
        market.pass_wall(seconds)
        market.speed = Decimal(speed)
        seen.append(clock.now())

    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("speed", "seconds", "expected"),
    [("1", 90, 90.0), ("60", 90, 1.5), ("0.5", 90, 180.0), ("0", 90, math.inf), ("60", -5, 0.0), ("0", -5, 0.0)],
)
def test_market_time_to_wait_in_wall_seconds(speed, seconds, expected):
    assert wall_seconds(Market(speed=speed).clock(), timedelta(seconds=seconds)) == expected
