"""Whole units dealt out to parts so that they always sum to the total."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from exchange.paper.feeds.grid import Flow

Worths = Sequence[tuple[int, int]]  # lowest and highest quote units one step can have cost, per part


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` >= 0 in proportion to ``weights`` >= 0; where total <= sum(weights) no part exceeds its weight.

    With weights of 0 throughout, everything falls to the first part.
    """
    whole = sum(weights)
    if whole == 0:
        return [total, *(0 for _ in weights[1:])]
    cuts = [total * reached // whole for reached in accumulate(weights, initial=0)]
    return [upper - lower for lower, upper in pairwise(cuts)]


def apportion_trades(trades: int, quantities: Sequence[int]) -> list[int]:
    """Numbers of trades by quantity: at least one for each part that traded, if there are enough."""
    floor = [min(quantity, 1) for quantity in quantities]
    if sum(floor) > trades:
        return apportion(trades, quantities)
    rest = apportion(trades - sum(floor), quantities)
    return [least + more for least, more in zip(floor, rest, strict=True)]


def split_flow(flow: Flow, worths: Worths, weights: Sequence[int]) -> list[Flow]:
    """``flow`` over parts, about in proportion to ``weights`` > 0, each part's quote within what its prices allow.

    The ranges of ``worths`` must touch each other and together hold the flow's average price. Dear and cheap parts get
    more or less of the quantity, so that the average of each part lies near the middle of its prices.
    """
    quantities = apportion(flow.quantity, _tilted(weights, flow=flow, worths=worths))
    _gather(quantities, flow=flow, worths=worths)
    quotes = spread_quote(flow.quote, quantities, worths)
    return list(map(Flow, quantities, quotes))


def is_within(quote: int, quantities: Sequence[int], worths: Worths) -> bool:
    """Whether ``quantities`` can have cost ``quote`` at prices within ``worths``."""
    return _least(quantities, worths) <= quote <= _most(quantities, worths)


def spread_quote(quote: int, quantities: Sequence[int], worths: Worths) -> list[int]:
    """``quote`` over parts of given quantities, each within its prices. Needs ``is_within``."""
    least = [quantity * low for quantity, (low, _) in zip(quantities, worths, strict=True)]
    room = [quantity * (high - low) for quantity, (low, high) in zip(quantities, worths, strict=True)]
    return [low + more for low, more in zip(least, apportion(quote - sum(least), room), strict=True)]


def _tilted(weights: Sequence[int], *, flow: Flow, worths: Worths) -> list[int]:
    """Weights changed linearly with price, so that parts at their middle prices have the flow's average price.

    No weight falls below an eighth of what it was, so the average may be missed. The formula is
    w (1 + (m - M) (V - M) / S) with middles m, their weighted mean M and variance S, and the average V; all of it
    multiplied out, to stay with integers.
    """
    whole = sum(weights)
    middles = [low + high for low, high in worths]
    mean = sum(weight * middle for weight, middle in zip(weights, middles, strict=True))
    offsets = [middle * whole - mean for middle in middles]
    variance = sum(weight * offset**2 for weight, offset in zip(weights, offsets, strict=True))
    if variance == 0 or flow.quantity == 0:
        return list(weights)
    slope = (2 * flow.quote * whole - mean * flow.quantity) * whole
    divisor = flow.quantity * variance
    return [
        max(weight // 8, weight + weight * offset * slope // divisor)
        for weight, offset in zip(weights, offsets, strict=True)
    ]


def _gather(quantities: list[int], *, flow: Flow, worths: Worths) -> None:
    """Move quantity to the part that holds the average price until the quote volume fits; each turn moves some."""
    if is_within(flow.quote, quantities, worths):
        return
    parts = range(len(worths))
    home = next(i for i in parts if worths[i][0] * flow.quantity <= flow.quote <= worths[i][1] * flow.quantity)
    while True:
        givers = [i for i in parts if i != home and quantities[i]]
        if (missing := flow.quote - _most(quantities, worths)) > 0:
            giver = min(givers, key=lambda i: worths[i][1])
            gain = worths[home][1] - worths[giver][1]
        elif (missing := _least(quantities, worths) - flow.quote) > 0:
            giver = max(givers, key=lambda i: worths[i][0])
            gain = worths[giver][0] - worths[home][0]
        else:
            return
        moved = min(quantities[giver], -(-missing // gain))
        quantities[giver] -= moved
        quantities[home] += moved


def _least(quantities: Sequence[int], worths: Worths) -> int:
    return sum(quantity * low for quantity, (low, _) in zip(quantities, worths, strict=True))


def _most(quantities: Sequence[int], worths: Worths) -> int:
    return sum(quantity * high for quantity, (_, high) in zip(quantities, worths, strict=True))
