"""Exact integers behind the bars: prices in ticks, quantities in steps, money in the smallest recorded part of USDT."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from exchange.paper.core.market import Bar


class Flow(NamedTuple):
    """What takers traded on one side: ``quantity`` in steps, ``quote`` in quote units."""

    quantity: int
    quote: int


class UnitBar(NamedTuple):
    """A bar in whole units of its symbol's grid; ``buys`` and ``sells`` are the takers'."""

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    buys: Flow
    sells: Flow
    trades: int

    @property
    def quantity(self) -> int:
        return self.buys.quantity + self.sells.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Units of one symbol. ``tick`` USDT, ``step`` base asset, ``quote_unit`` USDT."""

    tick: Decimal
    step: Decimal
    quote_unit: Decimal

    def __post_init__(self) -> None:
        if self.tick * self.step % self.quote_unit:
            raise ValueError(f"{self.quote_unit} USDT does not divide tick x step, {self.tick * self.step}")

    @property
    def worth(self) -> int:
        """Quote units of one step at a price of one tick."""
        return int(self.tick * self.step / self.quote_unit)

    def bar(self, bar: UnitBar, close_ms: int) -> Bar:
        """The bar in Decimals, with the digits of tick and step."""
        return Bar(
            open_ms=bar.open_ms,
            open=bar.open * self.tick,
            high=bar.high * self.tick,
            low=bar.low * self.tick,
            close=bar.close * self.tick,
            volume=(bar.buys.quantity + bar.sells.quantity) * self.step,
            close_ms=close_ms,
            quote_volume=(bar.buys.quote + bar.sells.quote) * self.quote_unit,
            trades=bar.trades,
            taker_buy_volume=bar.buys.quantity * self.step,
            taker_buy_quote_volume=bar.buys.quote * self.quote_unit,
        )


def merge(bars: Sequence[UnitBar], open_ms: int) -> UnitBar:
    """Consecutive bars as one that opens at ``open_ms``. There must be at least one."""
    return UnitBar(
        open_ms=open_ms,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        buys=Flow(sum(bar.buys.quantity for bar in bars), sum(bar.buys.quote for bar in bars)),
        sells=Flow(sum(bar.sells.quantity for bar in bars), sum(bar.sells.quote for bar in bars)),
        trades=sum(bar.trades for bar in bars),
    )
