"""What is known besides the market, from rows alone: no look waits for a source."""

from datetime import datetime
from decimal import Decimal

from advisor.context.catalogue import catalogue
from advisor.context.store import kept_readings
from advisor.context.telling import NOTHING, Context, context_of


def known_context(symbol: str, *, now: datetime, speed: Decimal) -> Context:
    """What an adviser is told about ``symbol`` at ``now``, market time; nothing at all without sources."""
    sources = catalogue().sources
    if not sources:
        return NOTHING
    readings = kept_readings([source.name for source in sources], symbol=symbol)
    return context_of(sources, readings, symbol=symbol, now=now, speed=speed)
