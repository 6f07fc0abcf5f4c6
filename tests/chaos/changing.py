"""What is asked of an open position, or of an entry in steps, and how much may come of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.chaos.matrix import ADDS, REDUCES, State

ADD_PCT, REDUCE_PCT = Decimal(50), Decimal(40)
SLICES = 3  # as the drill's desk is set
GAIN_PCT = 2  # the price's way before an ADD: an ADD needs a gain, and 4 is the take-profit
ROUNDING = Decimal("1.05")  # steps, and a price that moved meanwhile
ENTRY_STYLES = {State.SLICED_ENTRY: "twap", State.GIVING_WAY: "limit_then_market"}
STYLES = {State.ADDING_SLICED: "twap", State.REDUCING_SLICED: "twap"}
ORDERS = {
    State.ADDING: 1,
    State.REDUCING: 1,
    State.ADDING_SLICED: SLICES,
    State.REDUCING_SLICED: SLICES,
    State.SLICED_ENTRY: SLICES,
    State.GIVING_WAY: 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Bounds of the open quantity (base asset, unsigned) and of the orders that a state may come to.

    ``least`` holds while anything is open: a stop or a close may always end it all.
    """

    least: Decimal
    most: Decimal
    entries: int = 1
    changes: int = 0

    @classmethod
    def of_change(cls, state: State, quantity: Decimal) -> "Asked":
        least, most = quantity, quantity
        if state in ADDS:
            most = quantity * (1 + ADD_PCT / 100)
        elif state in REDUCES:
            least = quantity * (1 - REDUCE_PCT / 100)
        return cls(least=least, most=most, changes=ORDERS.get(state, 0))

    @classmethod
    def of_entry(cls, quantity: Decimal, style: str) -> "Asked":
        orders = SLICES if style == "twap" else 2
        return cls(least=Decimal(0), most=quantity * ROUNDING, entries=orders)


def wanted_change(state: State, *, price: Decimal, is_short: bool) -> dict[str, Any]:
    """The body of the request."""
    if state in ADDS or state in REDUCES:
        kind, share = ("ADD", ADD_PCT) if state in ADDS else ("REDUCE", REDUCE_PCT)
        return {"kind": kind, "share_pct": str(share), "style": STYLES.get(state, "market")}
    sign = 1 if is_short else -1
    stop, target = (price * (1 + sign * Decimal(percent) / 100) for percent in (3, -5))
    return {"kind": "ADJUST", "stop_price": f"{stop:.5g}", "take_profit_price": f"{target:.5g}"}


def gap_for(symbol: str, *, is_short: bool) -> dict[str, Any]:
    """A jump of the price in the position's favour."""
    return {"fault": "price_gap", "symbol": symbol, "percent": str(-GAIN_PCT if is_short else GAIN_PCT)}
