"""Entry gain: how far the price ran between signal and entry."""

from decimal import Decimal

from risk.filters.context import FilterContext
from risk.verdict import Outcome, Verdict

NAME = "entry_gain"


def entry_gain(context: FilterContext, *, max_gain_pct: Decimal, min_gain_pct: Decimal) -> Verdict:
    """Reject a gain in percent above ``max_gain_pct`` or below ``min_gain_pct``; the bounds themselves pass."""
    if context.entry_price is None:
        return Verdict(NAME, Outcome.UNAVAILABLE, "no price at entry")
    gain_pct = (context.entry_price / context.signal_price - 1) * 100
    metrics = {"gain_pct": f"{gain_pct:.4f}", "max_gain_pct": f"{max_gain_pct:f}", "min_gain_pct": f"{min_gain_pct:f}"}
    if gain_pct > max_gain_pct:
        return Verdict(NAME, Outcome.REJECT, f"price rose {gain_pct:.4f} %, over {max_gain_pct} %", metrics)
    if gain_pct < min_gain_pct:
        return Verdict(NAME, Outcome.REJECT, f"price moved {gain_pct:.4f} %, under {min_gain_pct} %", metrics)
    return Verdict(NAME, Outcome.PASS, metrics=metrics)
