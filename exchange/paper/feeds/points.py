"""The trades within a minute: its open, both extremes and its close, and what of the minute they have shown so far."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from exchange.paper.feeds.apportion import apportion
from exchange.paper.feeds.course import extremes
from exchange.paper.feeds.grid import Flow, UnitBar
from exchange.paper.feeds.noise import NOISE_LIMIT, noise

WINDOWS_MS = ((0, 0), (8_000, 24_000), (28_000, 44_000), (48_000, 59_900))  # when each point may come


class UnitPoint(NamedTuple):
    """A trade at ``at_ms``: price in ticks, quantity in steps."""

    at_ms: int
    price: int
    quantity: int


def points(minute: UnitBar, name: str) -> list[UnitPoint]:
    """The minute's path, the first point at its very beginning; quantities sum to the minute's."""
    chance, *values = noise(name, minute.open_ms, "points", count=1 + 2 * len(WINDOWS_MS))
    when, much = values[: len(WINDOWS_MS)], values[len(WINDOWS_MS) :]
    times = [
        minute.open_ms + begin + (end - begin) * value // NOISE_LIMIT
        for (begin, end), value in zip(WINDOWS_MS, when, strict=True)
    ]
    prices = (minute.open, *extremes(minute, chance), minute.close)
    quantities = apportion(minute.quantity, [NOISE_LIMIT // 4 + value for value in much])
    return list(map(UnitPoint, times, prices, quantities))


def so_far(minute: UnitBar, path: Sequence[UnitPoint], *, now_ms: int, worth: int) -> UnitBar:
    """The minute as ``path``, its points, has shown it by ``now_ms``, which lies at or after the first of them."""
    shown = path[: bisect_right(path, now_ms, key=lambda point: point.at_ms)]
    if len(shown) == len(path):
        return minute
    high, low = max(point.price for point in shown), min(point.price for point in shown)
    quantity = sum(point.quantity for point in shown)
    bought = minute.buys.quantity * quantity // max(minute.quantity, 1)
    return UnitBar(
        open_ms=minute.open_ms,
        open=minute.open,
        high=high,
        low=low,
        close=shown[-1].price,
        buys=_part(minute.buys, bought, low=low * worth, high=high * worth),
        sells=_part(minute.sells, quantity - bought, low=low * worth, high=high * worth),
        trades=minute.trades * quantity // max(minute.quantity, 1),
    )


def _part(flow: Flow, quantity: int, *, low: int, high: int) -> Flow:
    """``quantity`` of ``flow`` at its average price, as far as the worths ``low``..``high`` of one step allow it."""
    quote = flow.quote * quantity // max(flow.quantity, 1)
    return Flow(quantity, min(quantity * high, max(quantity * low, quote)))
