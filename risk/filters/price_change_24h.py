"""Price change of the last 24 hours: a coin that has already fallen far is no short any more."""

from decimal import Decimal

from risk.filters.context import FilterContext
from risk.filters.hourly import last_hours, too_few
from risk.verdict import Outcome, Verdict

NAME = "price_change_24h"
HOURS = 25  # 24 finished ones and the running one
NEEDED = 2


def price_change_24h(context: FilterContext, *, min_change_pct: Decimal) -> Verdict:
    """Reject a change from the first close to the last, in percent, below ``min_change_pct``; the bound passes."""
    hours = last_hours(context.hours, HOURS)
    if len(hours) < NEEDED:
        return too_few(NAME, hours, needed=NEEDED)
    first, last = hours[0].close, hours[-1].close
    if first <= 0:
        return Verdict(NAME, Outcome.UNAVAILABLE, "no price 24 hours ago")
    change_pct = (last - first) / first * 100
    metrics = {
        "change_pct": f"{change_pct:.4f}",
        "min_change_pct": f"{min_change_pct:f}",
        "first_close": f"{first:f}",
        "last_close": f"{last:f}",
        "hours": str(len(hours)),
    }
    if change_pct < min_change_pct:
        reason = f"price changed {change_pct:.4f} % in {len(hours) - 1} h, under {min_change_pct:f} %"
        return Verdict(NAME, Outcome.REJECT, reason, metrics)
    return Verdict(NAME, Outcome.PASS, metrics=metrics)
