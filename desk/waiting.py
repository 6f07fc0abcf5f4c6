"""Waiting for market time inside a short task."""

import time
from datetime import datetime

from exchange.clock import wall_seconds
from exchange.ports import MarketClock


def wait_until(due: datetime, *, clock: MarketClock, at_most: float) -> bool:
    """Sleep until market time ``due``; False without sleeping when that is more than ``at_most`` wall seconds away."""
    left = wall_seconds_until(due, clock=clock)
    if left > at_most:
        return False
    if left > 0:
        time.sleep(left)
    return True


def wall_seconds_until(due: datetime, *, clock: MarketClock) -> float:
    """Wall seconds until market time ``due``; 0 when it has passed, infinite while a replay is held."""
    return wall_seconds(clock, due - clock.now())
