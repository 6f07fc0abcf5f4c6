"""The two times of a command: market time for what it does, wall time for how long its question stands."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from desk.models import newest_event_at
from desk.venue import clock
from exchange.errors import ExchangeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """``is_read`` is False where the exchange does not answer and ``market`` is the newest time on record."""

    market: datetime
    wall: datetime
    is_read: bool = True


def present() -> Moment:
    """Now. A pause or a close must not fail because the exchange's clock cannot be read."""
    wall = timezone.now()
    try:
        return Moment(market=clock().now(), wall=wall)
    except ExchangeError:
        return Moment(market=newest_event_at() or wall, wall=wall, is_read=False)
