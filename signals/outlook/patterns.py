"""Chart patterns in the last thirty 15 m candles.

The specification names the patterns, their sizes and confidences; what it leaves open is said at each function.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from signals.indicators.candles import Candles
from signals.outlook.levels import swing_points

PATTERN_CANDLES = 30
SAME_WITHIN, NEARLY_EQUAL_WITHIN = 0.005, 0.002
FLAG_CANDLES, POLE_CANDLES = 5, 10
FLAG_RANGE_SHARE, POLE_TO_FLAG = 0.3, 2.0
ENGULFING_BODY = 1.5


class PatternKind(StrEnum):
    DOUBLE_BOTTOM = "double_bottom"
    DOUBLE_TOP = "double_top"
    TRIANGLE = "converging_triangle"
    FLAG = "flag"
    ENGULFING = "engulfing"


@dataclass(frozen=True, slots=True)
class Pattern:
    """``direction`` is where it points: 1 up, -1 down, 0 either; ``confidence`` 0..1."""

    kind: PatternKind
    direction: int
    confidence: float


def patterns(candles: Candles) -> tuple[Pattern, ...]:
    """Every pattern of the last thirty candles; none with fewer."""
    if len(candles) < PATTERN_CANDLES:
        return ()
    highs = swing_points(candles.high[-PATTERN_CANDLES:], is_high=True)
    lows = swing_points(candles.low[-PATTERN_CANDLES:], is_high=False)
    found = (
        _double(lows, PatternKind.DOUBLE_BOTTOM, direction=1),
        _double(highs, PatternKind.DOUBLE_TOP, direction=-1),
        _triangle(highs, lows),
        _flag(candles),
        _engulfing(candles),
    )
    return tuple(pattern for pattern in found if pattern is not None)


def _double(extremes: Sequence[float], kind: PatternKind, *, direction: int) -> Pattern | None:
    """The last two swing points lie within 0.5 % of each other."""
    if len(extremes) < 2:
        return None
    apart = abs(extremes[-1] / extremes[-2] - 1)
    if apart > SAME_WITHIN:
        return None
    return Pattern(kind, direction, 0.8 if apart < NEARLY_EQUAL_WITHIN else 0.6)


def _triangle(highs: Sequence[float], lows: Sequence[float]) -> Pattern | None:
    """The last two swing highs fall and the last two swing lows rise."""
    if len(highs) < 2 or len(lows) < 2 or highs[-1] >= highs[-2] or lows[-1] <= lows[-2]:
        return None
    return Pattern(PatternKind.TRIANGLE, 0, 0.6)


def _flag(candles: Candles) -> Pattern | None:
    """The last five candles span less than 30 % of the ten before, whose closes moved over twice the flag's span."""
    flag = slice(-FLAG_CANDLES, None)
    pole = slice(-FLAG_CANDLES - POLE_CANDLES, -FLAG_CANDLES)
    flag_range = float(candles.high[flag].max() - candles.low[flag].min())
    pole_range = float(candles.high[pole].max() - candles.low[pole].min())
    move = float(candles.close[pole][-1] - candles.close[pole][0])
    if flag_range >= FLAG_RANGE_SHARE * pole_range or abs(move) <= POLE_TO_FLAG * flag_range:
        return None
    return Pattern(PatternKind.FLAG, int(np.sign(move)), 0.65)


def _engulfing(candles: Candles) -> Pattern | None:
    """A body over 1.5 times the one before, against it, that closes beyond where that one opened."""
    before, last = (float(candles.close[place] - candles.open[place]) for place in (-2, -1))
    if before * last >= 0 or abs(last) <= ENGULFING_BODY * abs(before):
        return None
    side = int(np.sign(last))
    if (float(candles.close[-1]) - float(candles.open[-2])) * side <= 0:
        return None
    return Pattern(PatternKind.ENGULFING, side, 0.7)
