"""A contract's row of exchangeInfo under faults: its status and its filters."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.faults.decision import Fault
from exchange.paper.faults.words import FiltersChanged, SymbolDelisted, SymbolHalted, SymbolSettling
from exchange.rules import plain

MEMBERS = {
    "tick_size": (("PRICE_FILTER", "tickSize"),),
    "step_size": (("LOT_SIZE", "stepSize"), ("MARKET_LOT_SIZE", "stepSize")),
    "min_quantity": (("LOT_SIZE", "minQty"), ("MARKET_LOT_SIZE", "minQty")),
    "max_quantity": (("LOT_SIZE", "maxQty"),),
    "market_max_quantity": (("MARKET_LOT_SIZE", "maxQty"),),
    "min_notional": (("MIN_NOTIONAL", "notional"),),
}
PRECISIONS = {"tick_size": "pricePrecision", "step_size": "quantityPrecision"}


def changed_row(row: Mapping[str, Any], faults: Sequence[Fault]) -> dict[str, Any]:
    """The row with what active faults make of it, in the order in which they were set."""
    changed = dict(row)
    for fault in faults:
        spec = fault.spec
        if isinstance(spec, SymbolHalted):
            changed["status"] = "BREAK"
        elif isinstance(spec, SymbolSettling):
            changed["status"] = "SETTLING"
        elif isinstance(spec, SymbolDelisted):
            changed |= {"status": "SETTLING", "deliveryDate": fault.from_ms}
        elif isinstance(spec, FiltersChanged):
            _change_filters(changed, spec)
    return changed


def _change_filters(row: dict[str, Any], spec: FiltersChanged) -> None:
    """Set the members that are given. A finer grid needs more decimals, which the precision then allows."""
    filters = [dict(entry) for entry in row["filters"]]
    for name, places in MEMBERS.items():
        number: Decimal | None = getattr(spec, name)
        if number is None:
            continue
        for entry in filters:
            for filter_type, member in places:
                if entry["filterType"] == filter_type:
                    entry[member] = plain(number)
        if name in PRECISIONS:
            row[PRECISIONS[name]] = max(int(row[PRECISIONS[name]]), _decimals(number))
    row["filters"] = filters


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
