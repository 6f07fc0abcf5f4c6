"""When a fault is in force: its beginning and end on one of the two clocks."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.paper.faults.specs import Spec


class Clock(StrEnum):
    MARKET = "market"
    WALL = "wall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Unix ms of its clock; no end means until it is removed."""

    clock: Clock
    begins_ms: int
    ends_ms: int | None

    def has_begun(self, at_ms: int) -> bool:
        return at_ms >= self.begins_ms

    def has_ended(self, at_ms: int) -> bool:
        return self.ends_ms is not None and at_ms >= self.ends_ms


def window_of(spec: Spec, *, market_ms: int, wall_ms: int) -> Window:
    """The window of a fault that is set now."""
    clock = _clock(spec)
    now_ms = wall_ms if clock is Clock.WALL else market_ms
    begins_ms = _begins_ms(spec, now_ms)
    lasts_s = spec.for_s if spec.for_s is not None else spec.for_market_s
    return Window(clock=clock, begins_ms=begins_ms, ends_ms=None if lasts_s is None else begins_ms + _ms(lasts_s))


def _clock(spec: Spec) -> Clock:
    """Market time unless wall time is named: what begins at once and never ends needs none."""
    is_wall = any(value is not None for value in (spec.at_wall, spec.in_s, spec.for_s))
    return Clock.WALL if is_wall else Clock.MARKET


def _begins_ms(spec: Spec, now_ms: int) -> int:
    instant = spec.at if spec.at is not None else spec.at_wall
    if instant is not None:
        return instant
    delay_s = spec.in_s if spec.in_s is not None else spec.in_market_s
    return now_ms + _ms(delay_s or Decimal(0))


def _ms(seconds: Decimal) -> int:
    return int(seconds * 1000)
