"""Buy/sell ratio: when the strongest bursts of buying and selling are alike, the direction is open."""

from collections.abc import Sequence
from decimal import Decimal

from risk.filters.context import FilterContext
from risk.filters.danger import Range, judge_danger
from risk.filters.hourly import bought, growth, last_hours, sold, too_few
from risk.verdict import Verdict

NAME = "buy_sell_ratio"
HOURS = 12
NEEDED = 2


def buy_sell_ratio(context: FilterContext, *, danger_ranges: Sequence[Range]) -> Verdict:
    """Reject when the largest hourly growth of buys over that of sells is in a danger range.

    The ratio is 0 when sells never grew from anything.
    """
    hours = last_hours(context.hours, HOURS)
    if len(hours) < NEEDED:
        return too_few(NAME, hours, needed=NEEDED)
    buy_growth, sell_growth = max(growth(bought(hours))), max(growth(sold(hours)))
    ratio = buy_growth / sell_growth if sell_growth > 0 else Decimal(0)
    metrics = {
        "buy_sell_ratio": f"{ratio:.6f}",
        "max_buy_growth": f"{buy_growth:.6f}",
        "max_sell_growth": f"{sell_growth:.6f}",
        "hours": str(len(hours)),
    }
    return judge_danger(NAME, ratio, ranges=danger_ranges, metrics=metrics)
