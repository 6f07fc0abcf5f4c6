"""Premium now: how far the mark price stands above the index."""

from decimal import Decimal

from risk.filters.context import FilterContext
from risk.verdict import Outcome, Verdict

NAME = "premium_realtime"


def premium_realtime(context: FilterContext, *, min_premium_ratio: Decimal) -> Verdict:
    """Reject a premium below ``min_premium_ratio``, a fraction of the index price; the bound itself passes."""
    mark, index = context.mark_price, context.index_price
    if mark is None or index is None or index <= 0:
        return Verdict(NAME, Outcome.UNAVAILABLE, "no mark and index price")
    premium_ratio = (mark - index) / index
    metrics = {
        "premium_ratio": f"{premium_ratio:.6f}",
        "min_premium_ratio": f"{min_premium_ratio:f}",
        "mark_price": f"{mark:f}",
        "index_price": f"{index:f}",
    }
    if premium_ratio < min_premium_ratio:
        reason = f"premium {premium_ratio:.6f} of the index, under {min_premium_ratio:f}"
        return Verdict(NAME, Outcome.REJECT, reason, metrics)
    return Verdict(NAME, Outcome.PASS, metrics=metrics)
