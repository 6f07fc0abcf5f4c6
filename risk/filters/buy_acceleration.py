"""Buy acceleration: whether takers buy more, against what they sell, than they did before."""

from collections.abc import Sequence
from decimal import Decimal

from exchange.types import Kline
from risk.filters.context import FilterContext
from risk.filters.danger import Range, judge_danger
from risk.filters.hourly import last_hours, too_few
from risk.verdict import Verdict

NAME = "buy_acceleration"
HOURS = 24
RECENT = 6
NEEDED = 12
NEVER_ZERO = Decimal("1e-10")  # base asset; an hour without sells has a very large ratio, not none


def buy_acceleration(context: FilterContext, *, danger_ranges: Sequence[Range]) -> Verdict:
    """Reject when the mean buy/sell ratio of the last 6 hours minus that of the earlier ones is in a danger range."""
    hours = last_hours(context.hours, HOURS)
    if len(hours) < NEEDED:
        return too_few(NAME, hours, needed=NEEDED)
    recent, earlier = _mean_ratio(hours[-RECENT:]), _mean_ratio(hours[:-RECENT])
    acceleration = recent - earlier
    metrics = {
        "acceleration": f"{acceleration:.6f}",
        "recent_ratio": f"{recent:.6f}",
        "earlier_ratio": f"{earlier:.6f}",
        "hours": str(len(hours)),
    }
    return judge_danger(NAME, acceleration, ranges=danger_ranges, metrics=metrics)


def _mean_ratio(hours: Sequence[Kline]) -> Decimal:
    ratios = [hour.taker_buy_volume / (hour.sell_volume + NEVER_ZERO) for hour in hours]
    return sum(ratios, Decimal(0)) / len(ratios)
