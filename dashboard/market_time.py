"""Market time for pages: the venue's clock, or nothing while the venue cannot be asked."""

import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.venue import clock
from exchange.errors import ExchangeError

RETRY_SECONDS = 3.0  # wall; a venue that does not answer must not hold up every page


@dataclass(frozen=True, slots=True)
class MarketTime:
    """Venue time and market seconds per wall second; speed 0 means the market is held."""

    at: datetime
    speed: Decimal


class MarketTimeReader:
    """Reads the venue's clock and leaves it alone for a while after a failure."""

    def __init__(self) -> None:
        self._failed_at: float | None = None

    def read(self) -> MarketTime | None:
        if self._failed_at is not None and time.monotonic() - self._failed_at < RETRY_SECONDS:
            return None
        try:
            venue_clock = clock()
            reading = MarketTime(venue_clock.now(), venue_clock.speed)
        except ExchangeError:
            self._failed_at = time.monotonic()
            return None
        self._failed_at = None
        return reading


_reader = MarketTimeReader()


def market_time() -> MarketTime | None:
    """Now in the market, or None while the venue's clock cannot be read."""
    return _reader.read()
