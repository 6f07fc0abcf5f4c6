"""Recorded 15 m bars under the recorded hour: taken as they are where they agree with it, else not at all."""

from collections.abc import Sequence
from typing import NamedTuple

from exchange.paper.feeds.apportion import Worths, apportion, is_within, spread_quote
from exchange.paper.feeds.course import Leg
from exchange.paper.feeds.grid import Flow, UnitBar
from exchange.paper.feeds.intervals import MINUTE_MS
from exchange.paper.feeds.refine import assemble

QUARTER_MS = 15 * MINUTE_MS
QUARTERS = 4


class Quarter(NamedTuple):
    """A recorded 15 m bar without its takers: prices in ticks, quantity in steps."""

    open: int
    high: int
    low: int
    close: int
    quantity: int


def fitted_quarters(hour: UnitBar, quarters: Sequence[Quarter], worth: int) -> list[UnitBar] | None:
    """``quarters`` with quote volume, takers and trades dealt out to sum to ``hour``; None where they contradict it."""
    if not _agrees(hour, quarters):
        return None
    worths = [(quarter.low * worth, quarter.high * worth) for quarter in quarters]
    quantities = [quarter.quantity for quarter in quarters]
    bought = apportion(hour.buys.quantity, quantities)
    sold = [quantity - buy for quantity, buy in zip(quantities, bought, strict=True)]
    if not (is_within(hour.buys.quote, bought, worths) and is_within(hour.sells.quote, sold, worths)):
        return None
    return assemble(
        range(hour.open_ms, hour.open_ms + QUARTERS * QUARTER_MS, QUARTER_MS),
        legs=[Leg(quarter.open, quarter.high, quarter.low, quarter.close) for quarter in quarters],
        buys=_flows(hour.buys, bought, worths),
        sells=_flows(hour.sells, sold, worths),
        trades=hour.trades,
    )


def _agrees(hour: UnitBar, quarters: Sequence[Quarter]) -> bool:
    return (
        len(quarters) == QUARTERS
        and quarters[0].open == hour.open
        and quarters[-1].close == hour.close
        and max(quarter.high for quarter in quarters) == hour.high
        and min(quarter.low for quarter in quarters) == hour.low
        and sum(quarter.quantity for quarter in quarters) == hour.quantity
    )


def _flows(flow: Flow, quantities: Sequence[int], worths: Worths) -> list[Flow]:
    return list(map(Flow, quantities, spread_quote(flow.quote, quantities, worths)))
