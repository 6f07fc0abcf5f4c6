"""Consecutive buy ratio: buying that multiplies hour after hour is a breakout, not a top."""

from collections.abc import Sequence
from decimal import Decimal

from risk.filters.context import FilterContext
from risk.filters.hourly import bought, growth, last_hours, too_few
from risk.verdict import Outcome, Verdict

NAME = "consecutive_buy_ratio"
HOURS = 12


def consecutive_buy_ratio(context: FilterContext, *, run_hours: int, min_growth: Decimal) -> Verdict:
    """Reject a run of ``run_hours`` hours in which buys were more than ``min_growth`` times the hour's before.

    An hour after one without buys ends a run.
    """
    hours = last_hours(context.hours, HOURS)
    needed = run_hours + 1
    if len(hours) < needed:
        return too_few(NAME, hours, needed=needed)
    longest = _longest_run(growth(bought(hours)), min_growth)
    metrics = {
        "longest_run": str(longest),
        "run_hours": str(run_hours),
        "min_growth": f"{min_growth:f}",
        "hours": str(len(hours)),
    }
    if longest >= run_hours:
        reason = f"buys grew more than {min_growth:f} times in each of {longest} hours, limit {run_hours}"
        return Verdict(NAME, Outcome.REJECT, reason, metrics)
    return Verdict(NAME, Outcome.PASS, metrics=metrics)


def _longest_run(growths: Sequence[Decimal], min_growth: Decimal) -> int:
    longest = run = 0
    for times in growths:
        run = run + 1 if times > min_growth else 0
        longest = max(longest, run)
    return longest
