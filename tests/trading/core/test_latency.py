from datetime import UTC, datetime, timedelta

from trading.core.latency import milliseconds

SENT = datetime(2024, 11, 23, 17, 1, 5, tzinfo=UTC)


def test_wall_time_in_whole_milliseconds() -> None:
    assert milliseconds(SENT, SENT + timedelta(microseconds=37_600)) == 38


def test_an_unknown_moment_gives_none() -> None:
    assert milliseconds(None, SENT) is None
    assert milliseconds(SENT, None) is None
