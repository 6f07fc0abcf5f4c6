"""Lessons of the trade that are older than this desk and do not fade, by the regime they are for. Pure."""

from collections.abc import Mapping

_EN: Mapping[str, tuple[str, ...]] = {
    "": (
        "A stop that was moved away has cost more than any stop that was hit.",
        "Trades opened to win back a loss lose more often.",
        "When the timeframes disagree, the larger one is usually right.",
    ),
    "trending_up": ("In an uptrend the first pullback to EMA 21 is a better entry than a new high.",),
    "trending_down": ("In a downtrend rebounds on falling volume end at EMA 21; bottoms are not picked.",),
    "ranging": ("In a range half of the breakouts fail: wait for volume and a close beyond the edge.",),
    "volatile": ("In wild markets stops of usual width are noise: smaller, wider, or not at all.",),
    "quiet": ("Quiet markets pay fees, not profits; the move comes after the volume.",),
}
_ZH: Mapping[str, tuple[str, ...]] = {
    "": (
        "把止损移远的代价，比任何一次被打止损都大。",
        "为了扳回亏损而开的仓，更容易亏损。",
        "周期之间不一致时，通常较大的周期是对的。",
    ),
    "trending_up": ("上升趋势中，第一次回踩 EMA 21 比追新高更好。",),
    "trending_down": ("下降趋势中，缩量反弹多止于 EMA 21；不要抄底。",),
    "ranging": ("震荡中一半的突破会失败：等待放量并收在边界之外。",),
    "volatile": ("剧烈波动时常规止损只是噪声：更小的仓位、更宽的止损，或不做。",),
    "quiet": ("平静的市场只付手续费；行情在成交量之后到来。",),
}


def lessons(regime: str, language: str = "en") -> tuple[str, ...]:
    """Those for every regime, then those for this one."""
    known = _ZH if language == "zh" else _EN
    return (*known[""], *(known.get(regime, ()) if regime else ()))
