"""Entry gain: how far the price ran between signal and entry. Its two bounds are judged at different places."""

from decimal import Decimal

from risk.filters.context import FilterContext
from risk.verdict import Outcome, Verdict

MAX_NAME, MIN_NAME = "entry_gain", "entry_gain_min"


def entry_gain(context: FilterContext, *, max_gain_pct: Decimal) -> Verdict:
    """Reject a gain in percent above ``max_gain_pct``; the bound itself passes."""
    gain_pct = _gain_pct(context)
    if gain_pct is None:
        return Verdict(MAX_NAME, Outcome.UNAVAILABLE, _what_is_missing(context))
    metrics = {"gain_pct": f"{gain_pct:.4f}", "max_gain_pct": f"{max_gain_pct:f}"}
    if gain_pct > max_gain_pct:
        return Verdict(MAX_NAME, Outcome.REJECT, f"price rose {gain_pct:.4f} %, over {max_gain_pct:f} %", metrics)
    return Verdict(MAX_NAME, Outcome.PASS, metrics=metrics)


def entry_gain_min(context: FilterContext, *, min_gain_pct: Decimal) -> Verdict:
    """Reject a gain in percent below ``min_gain_pct``; the bound itself passes. Runs after all other filters."""
    gain_pct = _gain_pct(context)
    if gain_pct is None:
        return Verdict(MIN_NAME, Outcome.UNAVAILABLE, _what_is_missing(context))
    metrics = {"gain_pct": f"{gain_pct:.4f}", "min_gain_pct": f"{min_gain_pct:f}"}
    if gain_pct < min_gain_pct:
        return Verdict(MIN_NAME, Outcome.REJECT, f"price moved {gain_pct:.4f} %, under {min_gain_pct:f} %", metrics)
    return Verdict(MIN_NAME, Outcome.PASS, metrics=metrics)


def _gain_pct(context: FilterContext) -> Decimal | None:
    if context.entry_price is None or context.signal_price <= 0:
        return None
    return (context.entry_price - context.signal_price) / context.signal_price * 100


def _what_is_missing(context: FilterContext) -> str:
    return "no price at entry" if context.entry_price is None else "no price at the signal"
