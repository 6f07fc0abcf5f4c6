"""An imagined position by its numbers: what adding and reducing make of it, and what it comes to. Pure.

Quantities are multiples of the first one, prices and money in USDT for a first quantity of 1. The bookkeeping is that
of a real position: adding weighs the average price, reducing realises its share and leaves the average where it is.
Every unit that was entered is left once and pays the taker fee both ways.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from risk.what_if import TAKER_FEE_RATIO

BOTH_FEES = 2 * TAKER_FEE_RATIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagined:
    """``entered`` is the notional of all entries, ``realized`` what parts that were closed came to before fees."""

    is_long: bool
    quantity: Decimal
    average: Decimal
    entered: Decimal
    realized: Decimal = Decimal(0)
    adds: int = 0
    reduces: int = 0

    def added(self, share_pct: Decimal, *, price: Decimal) -> "Imagined":
        """More of it: ``share_pct`` of what is open, at ``price``."""
        more = self.quantity * share_pct / 100
        quantity = self.quantity + more
        average = (self.average * self.quantity + price * more) / quantity
        entered = self.entered + price * more
        return replace(self, quantity=quantity, average=average, entered=entered, adds=self.adds + 1)

    def reduced(self, share_pct: Decimal, *, price: Decimal) -> "Imagined":
        """Less of it by ``share_pct`` of what is open, closed at ``price``."""
        part = self.quantity * share_pct / 100
        realized = self.realized + self._gain(price) * part
        return replace(self, quantity=self.quantity - part, realized=realized, reduces=self.reduces + 1)

    def result_ratio(self, price: Decimal) -> Decimal:
        """All of it once the rest is closed at ``price``: of the notional of all entries, after fees."""
        return (self.realized + self._gain(price) * self.quantity) / self.entered - BOTH_FEES

    def _gain(self, price: Decimal) -> Decimal:
        return price - self.average if self.is_long else self.average - price
