from datetime import UTC, datetime

import pytest

from exchange.paper.feeds.intervals import DAY_MS, INTERVALS, opens
from exchange.types import to_ms


def ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("interval", "at", "opened", "next_opens"),
    [
        ("1m", "2024-11-23T17:04:59.999", "2024-11-23T17:04", "2024-11-23T17:05"),
        ("3m", "2024-11-23T17:04", "2024-11-23T17:03", "2024-11-23T17:06"),
        ("8h", "2024-11-23T17:04", "2024-11-23T16:00", "2024-11-24T00:00"),
        ("1d", "2024-11-23T23:59", "2024-11-23", "2024-11-24"),
        ("3d", "2024-11-23T12:00", "2024-11-22", "2024-11-25"),
        ("1w", "2024-11-24T23:59", "2024-11-18", "2024-11-25"),
        ("1M", "2024-12-31T23:59", "2024-12-01", "2025-01-01"),
        ("1M", "2025-01-01", "2025-01-01", "2025-02-01"),
        ("1M", "2024-02-29T12:00", "2024-02-01", "2024-03-01"),
    ],
)
def test_bars_begin_where_the_venue_begins_them(interval, at, opened, next_opens):
    open_ms = INTERVALS[interval].floor(ms(at))

    assert open_ms == ms(opened)
    assert INTERVALS[interval].following(open_ms) == ms(next_opens)


def test_weeks_begin_on_monday():
    assert all(
        datetime.fromtimestamp(INTERVALS["1w"].floor(day * DAY_MS) / 1000, UTC).weekday() == 0
        for day in range(20_000, 20_010)
    )


def test_three_days_are_counted_from_1970():
    assert INTERVALS["3d"].floor(ms("2024-11-23")) % (3 * DAY_MS) == 0


@pytest.mark.parametrize("interval", sorted(INTERVALS))
def test_every_interval_covers_time_without_gap_or_overlap(interval):
    span = INTERVALS[interval]
    open_ms = span.floor(ms("2024-12-30T21:37:11"))

    for _ in range(5):
        following = span.following(open_ms)
        assert span.floor(following - 1) == open_ms
        assert span.floor(following) == following
        open_ms = following


def test_opens_include_both_ends():
    hour = INTERVALS["1h"]

    found = list(opens(hour, ms("2024-11-23T17:00"), ms("2024-11-23T19:00")))

    assert found == [ms("2024-11-23T17:00"), ms("2024-11-23T18:00"), ms("2024-11-23T19:00")]


def test_opens_skip_a_bar_that_began_before_the_start():
    found = list(opens(INTERVALS["1h"], ms("2024-11-23T17:00:00.001"), ms("2024-11-23T18:59")))

    assert found == [ms("2024-11-23T18:00")]
