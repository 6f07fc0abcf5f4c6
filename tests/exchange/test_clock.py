import math
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from exchange.clock import TimeReading, VenueClock, wall_seconds
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
