"""The venue's deadline of an entry: never one that it refuses, however late the order leaves."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from trading.core.good_till import VENUE_LEAST, good_till

NOW = datetime(2024, 11, 23, 17, 1, 5, tzinfo=UTC)


def test_a_deadline_that_the_venue_takes_is_kept() -> None:
    wanted = NOW + timedelta(hours=1)

    assert good_till(wanted, now=NOW, speed=Decimal(1)) == wanted


@pytest.mark.parametrize(
    ("speed", "later"),
    [("1", timedelta(seconds=660)), ("60", timedelta(minutes=15)), ("2880", timedelta(hours=4, minutes=10))],
)
def test_a_nearer_one_is_put_off_by_the_least_and_the_time_on_the_way(speed: str, later: timedelta) -> None:
    assert good_till(NOW, now=NOW, speed=Decimal(speed)) == NOW + later


def test_five_wall_seconds_on_the_way_are_never_too_late() -> None:
    for speed in (1, 60, 1440, 2880):
        arrives = NOW + timedelta(seconds=4.9 * speed)

        assert good_till(NOW, now=NOW, speed=Decimal(speed)) - arrives > VENUE_LEAST
