"""The analysis that the bench times is a whole one."""

from bench import outlook
from signals.indicators.candles import Timeframe
from signals.outlook.inputs import Part


def test_an_analysis_is_measured():
    assert outlook.measure(0.05) > 0


def test_every_timeframe_is_full_and_judged():
    bars = {timeframe: outlook.bars(timeframe) for timeframe in Timeframe}

    picture = outlook.analyse(bars, outlook.quotes())

    assert {gap.part for gap in picture.gaps} == {Part.OPEN_INTEREST, Part.CROWD, Part.FUNDINGS}
    assert picture.is_fit_for_entry
    assert all(frame.indicators.span_b is not None for frame in picture.frames.values())
    assert picture.levels.levels
