import numpy as np
import pytest

from signals.outlook.patterns import Pattern, PatternKind, patterns
from tests.signals.outlook.building import made_candles

FLAT = np.full(30, 100.0)
KINDS = {PatternKind.DOUBLE_BOTTOM, PatternKind.DOUBLE_TOP, PatternKind.TRIANGLE}


def extremes(*, highs=(), lows=()) -> list[Pattern]:
    """Patterns of thirty flat candles with the given swing points, oldest first."""
    high, low = FLAT.copy(), FLAT.copy()
    for place, value in zip((8, 18), highs, strict=False):
        high[place] = value
    for place, value in zip((11, 22), lows, strict=False):
        low[place] = value
    return [found for found in patterns(made_candles(FLAT, highs=high, lows=low, opens=FLAT)) if found.kind in KINDS]


def kinds(candles) -> dict[PatternKind, Pattern]:
    return {found.kind: found for found in patterns(candles)}


@pytest.mark.parametrize(
    ("second", "confidence"), [(90.0, 0.8), (90.17, 0.8), (90.19, 0.6), (89.6, 0.6), (90.46, None), (89.5, None)]
)
def test_double_bottom(second, confidence):
    expected = [Pattern(PatternKind.DOUBLE_BOTTOM, 1, confidence)] if confidence else []

    assert extremes(lows=(90.0, second)) == expected


@pytest.mark.parametrize(("second", "confidence"), [(110.1, 0.8), (110.5, 0.6), (111.0, None)])
def test_double_top(second, confidence):
    expected = [Pattern(PatternKind.DOUBLE_TOP, -1, confidence)] if confidence else []

    assert extremes(highs=(110.0, second)) == expected


def test_converging_triangle_points_nowhere():
    assert extremes(highs=(110.0, 105.0), lows=(90.0, 95.0)) == [Pattern(PatternKind.TRIANGLE, 0, 0.6)]


@pytest.mark.parametrize(
    ("highs", "lows"), [((105.0, 110.0), (90.0, 95.0)), ((110.0, 105.0), (95.0, 90.0)), ((110.0,), (90.0, 95.0))]
)
def test_no_triangle_unless_both_sides_close_in(highs, lows):
    assert PatternKind.TRIANGLE not in {found.kind for found in extremes(highs=highs, lows=lows)}


@pytest.mark.parametrize(("step", "direction"), [(1.0, 1), (-1.0, -1)])
def test_flag_after_a_pole(step, direction):
    pole = 100 + step * np.arange(10)
    closes = np.concatenate((np.full(15, 100.0), pole, np.full(5, pole[-1])))

    found = kinds(made_candles(closes))

    assert found[PatternKind.FLAG] == Pattern(PatternKind.FLAG, direction, 0.65)


def test_no_flag_without_a_move_or_with_a_wide_rest():
    swinging = 100 + 5.0 * (np.arange(30) % 2)
    wide = np.concatenate((np.full(15, 100.0), 100 + np.arange(10), [109.0, 105.0, 109.0, 105.0, 109.0]))

    assert PatternKind.FLAG not in kinds(made_candles(swinging))
    assert PatternKind.FLAG not in kinds(made_candles(wide))
    assert PatternKind.FLAG not in kinds(made_candles(FLAT, highs=FLAT, lows=FLAT))


def engulfing(*, before, last):
    """Thirty candles that end with two bodies, each (open, close)."""
    opens, closes = FLAT.copy(), FLAT.copy()
    (opens[-2], closes[-2]), (opens[-1], closes[-1]) = before, last
    return kinds(made_candles(closes, opens=opens)).get(PatternKind.ENGULFING)


@pytest.mark.parametrize(
    ("before", "last", "direction"),
    [
        ((100, 99), (99, 100.6), 1),
        ((100, 101), (101, 99.4), -1),
        ((100, 99), (99, 100.5), None),
        ((100, 99), (98, 99.9), None),
        ((100, 101), (101, 103), None),
        ((100, 100), (100, 103), None),
    ],
)
def test_engulfing(before, last, direction):
    found = engulfing(before=before, last=last)

    assert found == (Pattern(PatternKind.ENGULFING, direction, 0.7) if direction else None)


def test_fewer_than_thirty_candles_have_no_pattern():
    assert patterns(made_candles(100 + np.arange(29.0))) == ()


def test_a_market_that_stands_still_has_no_pattern():
    assert patterns(made_candles(FLAT, highs=FLAT, lows=FLAT)) == ()
