"""Basis: how far the contract trades above its index. What the name of price_change_24h's setting promises."""

from decimal import Decimal

from risk.filters.context import FilterContext
from risk.verdict import Outcome, Verdict

NAME = "basis"


def basis(context: FilterContext, *, min_basis_pct: Decimal) -> Verdict:
    """Reject a last price that lies, in percent of the index, below ``min_basis_pct``; the bound itself passes."""
    last, index = context.entry_price, context.index_price
    if last is None or index is None or index <= 0:
        return Verdict(NAME, Outcome.UNAVAILABLE, "no last and index price")
    basis_pct = (last - index) / index * 100
    metrics = {
        "basis_pct": f"{basis_pct:.4f}",
        "min_basis_pct": f"{min_basis_pct:f}",
        "last_price": f"{last:f}",
        "index_price": f"{index:f}",
    }
    if basis_pct < min_basis_pct:
        return Verdict(NAME, Outcome.REJECT, f"basis {basis_pct:.4f} %, under {min_basis_pct:f} %", metrics)
    return Verdict(NAME, Outcome.PASS, metrics=metrics)
