"""The protection ladder: what is tried next when the venue refuses a stop. Pure; the settings name every rung.

base → retry → quantity → corrected → flatten → page. A rung may be tried more than once, and some may be left out;
flatten and page are always the last. Past the deadline every refusal leads straight to flatten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from exchange.rules import stop_loss_trigger
from exchange.types import PositionSide, SymbolRules


class Rung(StrEnum):
    """BASE: for whatever is open. RETRY: the same under a new id. QUANTITY: reduce-only for our quantity.

    CORRECTED: the trigger nearer to the price and on the tick of now. FLATTEN: close at market, in pieces that the
    venue takes. PAGE: neither stop nor close goes through; the owner is called.
    """

    BASE = "base"
    RETRY = "retry"
    QUANTITY = "quantity"
    CORRECTED = "corrected"
    FLATTEN = "flatten"
    PAGE = "page"


class Refusal(StrEnum):
    """What a stop that did not come to stand says about the next one."""

    PLAIN = "plain"  # the venue said no
    FORM = "form"  # the venue does not take a stop for whatever is open
    UNSEEN = "unseen"  # the venue shows no position yet
    UNHEARD = "unheard"  # given up without a word of the venue; it may stand after all


_COUNTED = frozenset({Refusal.PLAIN, Refusal.FORM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Settings of the ladder. ``deadline`` is wall time from when something is open without a stop.

    ``correction_ratio`` is the part of the way to the price by which each corrected trigger comes nearer.
    """

    retries: int = 1
    by_quantity: int = 1
    corrections: int = 1
    correction_ratio: Decimal = Decimal("0.1")
    deadline: timedelta = timedelta(seconds=5)
    page_again: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        if self.retries < 0 or self.corrections < 0 or self.by_quantity < 1:
            raise ValueError("the ladder needs at least one stop by quantity, and no rung fewer than none")
        if not 0 < self.correction_ratio < 1:
            raise ValueError("a corrected trigger lies between the stop and the price")

    @property
    def rungs(self) -> Sequence[Rung]:
        """Every step in its order, as often as it is tried."""
        return (
            Rung.BASE,
            *[Rung.RETRY] * self.retries,
            *[Rung.QUANTITY] * self.by_quantity,
            *[Rung.CORRECTED] * self.corrections,
            Rung.FLATTEN,
        )

    @property
    def at_once(self) -> int:
        """Stops that are tried without waiting."""
        return len(self.rungs) - 1


def next_rung(refusals: Iterable[Refusal], *, trying: timedelta, ladder: Ladder) -> Rung:
    """What follows ``refusals``, oldest first, of a position that has been without a stop for ``trying``.

    A refused form leads to the quantity at once. A refusal that nobody spoke, or for want of a position, moves
    no further than that: the deadline ends it.
    """
    rungs, place, spoken = ladder.rungs, 0, 0
    by_quantity = rungs.index(Rung.QUANTITY)
    for refusal in refusals:
        if refusal in _COUNTED:
            place, spoken = place + 1, spoken + 1
        if refusal is not Refusal.PLAIN:
            place = max(place, by_quantity)
    if spoken and trying > ladder.deadline:
        return Rung.FLATTEN
    return rungs[min(place, len(rungs) - 1)]


def corrected_trigger(
    *, stop_price: Decimal, price: Decimal, ratio: Decimal, position_side: PositionSide, rules: SymbolRules
) -> Decimal:
    """Trigger ``ratio`` of the way from the stop to ``price``, on the tick and rounded toward the price.

    Where a tick is all the way there is, the stop stays where it is, on the tick: it never passes the price.
    """
    nearer = stop_loss_trigger(stop_price + (price - stop_price) * ratio, position_side=position_side, rules=rules)
    is_short_of_price = nearer < price if position_side is PositionSide.LONG else nearer > price
    if is_short_of_price:
        return nearer
    return stop_loss_trigger(stop_price, position_side=position_side, rules=rules)
