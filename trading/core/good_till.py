"""How long the venue is asked to keep an entry: a net behind our own deadline."""

from datetime import datetime, timedelta
from decimal import Decimal

VENUE_LEAST = timedelta(seconds=600)  # the venue refuses goodTillDate that is not later than this from its now (-5040)
ON_THE_WAY = timedelta(seconds=60)  # market; until the order has arrived
ON_THE_WAY_WALL_SECONDS = 5  # in a fast replay minutes pass on the way


def good_till(wanted: datetime, *, now: datetime, speed: Decimal) -> datetime:
    """``wanted``, or the earliest that the venue takes of an order that leaves at market time ``now``."""
    on_the_way = max(ON_THE_WAY, timedelta(seconds=ON_THE_WAY_WALL_SECONDS * float(speed)))
    return max(wanted, now + VENUE_LEAST + on_the_way)
