"""Finer bars where none were recorded: built from the coarser bar alone, and summing to it in every column."""

from collections.abc import Iterator, Sequence

from exchange.paper.feeds.apportion import apportion_trades, split_flow
from exchange.paper.feeds.course import Leg, courses
from exchange.paper.feeds.grid import Flow, UnitBar
from exchange.paper.feeds.noise import NOISE_LIMIT, noise


def refine(bar: UnitBar, *, parts: int, span_ms: int, worth: int, name: str) -> list[UnitBar]:
    """``bar`` as ``parts`` bars of ``span_ms`` each; the same arguments always give the same bars.

    ``worth`` is the grid's. The takers' average prices of each side must lie within low..high of ``bar``.
    """
    values = noise(name, bar.open_ms, parts, count=5 * parts + 2)
    legs = courses(bar, parts, values)
    worths = [(leg.low * worth, leg.high * worth) for leg in legs]
    buys = split_flow(bar.buys, worths, _weights(parts, values))
    sells = split_flow(bar.sells, worths, _weights(parts, values))
    opens = range(bar.open_ms, bar.open_ms + parts * span_ms, span_ms)
    return assemble(opens, legs=legs, buys=buys, sells=sells, trades=bar.trades)


def assemble(
    opens: Sequence[int], *, legs: Sequence[Leg], buys: Sequence[Flow], sells: Sequence[Flow], trades: int
) -> list[UnitBar]:
    """Bars from their prices and flows; ``trades`` are dealt out by quantity."""
    quantities = [buy.quantity + sell.quantity for buy, sell in zip(buys, sells, strict=True)]
    numbers = apportion_trades(trades, quantities)
    rows = zip(opens, legs, buys, sells, numbers, strict=True)
    return [UnitBar(open_ms, *leg, buy, sell, number) for open_ms, leg, buy, sell, number in rows]


def _weights(parts: int, values: Iterator[int]) -> list[int]:
    """Busy and quiet parts: the busiest trades at most four times as much as the quietest."""
    return [NOISE_LIMIT // 3 + next(values) for _ in range(parts)]
