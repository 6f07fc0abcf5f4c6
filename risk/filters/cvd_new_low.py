"""Cumulative volume delta at its low: panic selling that may be exhausted."""

from decimal import Decimal
from itertools import accumulate

from risk.filters.context import FilterContext
from risk.filters.hourly import last_hours, too_few
from risk.verdict import Outcome, Verdict

NAME = "cvd_new_low"
NEEDED = 2


def cvd_new_low(context: FilterContext, *, lookback_hours: int) -> Verdict:
    """Reject when takers' buys minus sells, summed up over the hours, stand at the lowest of all their hourly sums."""
    hours = last_hours(context.hours, lookback_hours)
    if len(hours) < NEEDED:
        return too_few(NAME, hours, needed=NEEDED)
    sums: list[Decimal] = list(accumulate(hour.taker_buy_volume - hour.sell_volume for hour in hours))
    current, lowest = sums[-1], min(sums)
    metrics = {"cvd": f"{current:f}", "lowest_cvd": f"{lowest:f}", "hours": str(len(hours))}
    if current <= lowest:
        reason = f"volume delta {current:f} is the lowest of {len(hours)} h"
        return Verdict(NAME, Outcome.REJECT, reason, metrics)
    return Verdict(NAME, Outcome.PASS, metrics=metrics)
