"""Basis change of the last 24 hours: what the setting called premium_24h promises by its name, told by the basis."""

from decimal import Decimal

from risk.filters.context import FilterContext
from risk.filters.hourly import last_hours, too_few
from risk.verdict import Outcome, Verdict

NAME = "basis_change_24h"
HOURS = 25  # 24 finished ones and the running one
NEEDED = 2


def basis_change_24h(context: FilterContext, *, min_change_pct: Decimal) -> Verdict:
    """Reject a basis that fell by more than ``min_change_pct`` says; the bound itself passes.

    The basis is the premium index, contract less index as a share of the index; its change is in percentage points
    from the first close to the last.
    """
    hours = last_hours(context.premiums, HOURS)
    if len(hours) < NEEDED:
        return too_few(NAME, hours, needed=NEEDED)
    first, last = hours[0].close * 100, hours[-1].close * 100
    change = last - first
    metrics = {
        "basis_change_pct": f"{change:.4f}",
        "min_basis_change_pct": f"{min_change_pct:f}",
        "first_basis_pct": f"{first:.4f}",
        "last_basis_pct": f"{last:.4f}",
        "hours": str(len(hours)),
    }
    if change < min_change_pct:
        reason = f"basis changed {change:.4f} points in {len(hours) - 1} h, under {min_change_pct:f}"
        return Verdict(NAME, Outcome.REJECT, reason, metrics)
    return Verdict(NAME, Outcome.PASS, metrics=metrics)
