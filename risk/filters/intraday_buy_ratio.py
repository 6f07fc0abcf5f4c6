"""Intraday buy ratio: the strongest burst of buying alone. Belongs to buy_sell_ratio and runs after it."""

from collections.abc import Sequence

from risk.filters.buy_sell_ratio import HOURS, NEEDED
from risk.filters.context import FilterContext
from risk.filters.danger import Range, judge_danger
from risk.filters.hourly import bought, growth, last_hours, too_few
from risk.verdict import Verdict

NAME = "intraday_buy_ratio"


def intraday_buy_ratio(context: FilterContext, *, danger_ranges: Sequence[Range]) -> Verdict:
    """Reject when the largest hourly growth of buys is in a danger range."""
    hours = last_hours(context.hours, HOURS)
    if len(hours) < NEEDED:
        return too_few(NAME, hours, needed=NEEDED)
    buy_growth = max(growth(bought(hours)))
    metrics = {"max_buy_growth": f"{buy_growth:.6f}", "hours": str(len(hours))}
    return judge_danger(NAME, buy_growth, ranges=danger_ranges, metrics=metrics)
