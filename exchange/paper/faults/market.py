"""A market with faults: its price jumps, its trading stops, its rules change. What has been shown stays as it was."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.core.venue import Venue
from exchange.paper.faults.contract import changed_row
from exchange.paper.faults.decision import Fault
from exchange.paper.faults.specs import OnSymbol
from exchange.paper.faults.table import FaultTable
from exchange.paper.faults.words import PriceGap, SymbolDelisted, SymbolHalted
from exchange.rules import floor_to_step

ZERO = Decimal(0)
STANDING_STILL = (SymbolHalted, SymbolDelisted)


class DisturbedVenue:
    """``base`` as the faults of ``table`` leave it. Whatever else the base offers is passed through."""

    def __init__(self, base: Venue, table: FaultTable) -> None:
        self.base = base
        self._table = table
        self._rows: dict[tuple[str, tuple[int, ...]], tuple[Any, dict[str, Any]]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)

    @property
    def first_ms(self) -> int:
        return self.base.first_ms

    @property
    def last_ms(self) -> int:
        return self.base.last_ms

    def listed(self, now_ms: int) -> Sequence[str]:
        gone = {
            fault.spec.symbol
            for fault in self._faults()
            if isinstance(fault.spec, SymbolDelisted) and fault.is_active(now_ms)
        }
        return [symbol for symbol in self.base.listed(now_ms) if symbol not in gone]

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        return self._changed(self.base.symbol_info(symbol, now_ms), now_ms)

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        info = self.base.exchange_info(now_ms)
        return {**info, "symbols": [self._changed(row, now_ms) for row in info["symbols"]]}

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        return self.base.brackets(symbol)

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        seen_ms = self._seen_ms(symbol, now_ms)
        return self._scaled(symbol, self.base.last_price(symbol, seen_ms), at_ms=seen_ms)

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        """The base's points, moved or left out, and one without quantity wherever a fault moves the price."""
        points = self.base.path(symbol, after_ms, until_ms)
        jumps = [at_ms for at_ms in self._edges(symbol) if after_ms < at_ms <= until_ms]
        if not jumps and not self._on(symbol):
            return points
        kept = (self._moved(symbol, point) for point in points if not self._stands(symbol, point.at_ms))
        made = (point for at_ms in jumps for point in self._jump(symbol, at_ms))
        return heapq.merge(made, kept, key=lambda point: point.at_ms)

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        bars = self.base.bars(symbol, interval, start_ms, end_ms, now_ms)
        if not self._on(symbol):
            return bars
        return [self._bar(symbol, bar, now_ms) for bar in bars]

    def _bar(self, symbol: str, bar: Bar, now_ms: int) -> Bar:
        shown_ms = min(bar.close_ms, now_ms)
        if any(bar.open_ms < at_ms <= shown_ms for at_ms in self._edges(symbol)):
            return self._rebuilt(symbol, bar, shown_ms)
        if self._stands(symbol, bar.open_ms):
            return _flat(bar, self.last_price(symbol, bar.open_ms))
        factor = self._factor(symbol, bar.open_ms)
        if factor == 1:
            return bar
        prices = (bar.open, bar.high, bar.low, bar.close)
        first, high, low, close = (self._scaled(symbol, price, at_ms=bar.open_ms) for price in prices)
        turnover, taken = bar.quote_volume * factor, bar.taker_buy_quote_volume * factor
        return bar._replace(
            open=first, high=high, low=low, close=close, quote_volume=turnover, taker_buy_quote_volume=taken
        )

    def _rebuilt(self, symbol: str, bar: Bar, shown_ms: int) -> Bar:
        """A bar in which something begins or ends, from the path; its volumes are left as they are."""
        opened = self._scaled(symbol, bar.open, at_ms=bar.open_ms)
        prices = [opened, *(point.price for point in self.path(symbol, bar.open_ms - 1, shown_ms))]
        return bar._replace(open=opened, high=max(prices), low=min(prices), close=prices[-1])

    def _faults(self) -> Iterator[Fault]:
        yield from self._table.past
        yield from self._table.faults.values()

    def _on(self, symbol: str) -> list[Fault]:
        return [fault for fault in self._faults() if isinstance(fault.spec, OnSymbol) and fault.spec.symbol == symbol]

    def _edges(self, symbol: str) -> list[int]:
        """Moments at which a fault moves the price, sorted."""
        found: set[int] = set()
        for fault in self._on(symbol):
            if isinstance(fault.spec, PriceGap) and fault.from_ms is not None:
                found.add(fault.from_ms)
            if isinstance(fault.spec, (PriceGap, *STANDING_STILL)) and fault.until_ms is not None:
                found.add(fault.until_ms)
        return sorted(found)

    def _jump(self, symbol: str, at_ms: int) -> Iterator[PricePoint]:
        if self._stands(symbol, at_ms):
            return
        try:
            yield PricePoint(at_ms, self.last_price(symbol, at_ms), ZERO)
        except KeyError:  # nothing has traded yet
            return

    def _stands(self, symbol: str, at_ms: int) -> bool:
        return self._seen_ms(symbol, at_ms) != at_ms

    def _seen_ms(self, symbol: str, at_ms: int) -> int:
        """Where the path has got to: a symbol that stands still shows its last trade before that."""
        halts = [f for f in self._on(symbol) if isinstance(f.spec, STANDING_STILL) and f.is_active(at_ms)]
        return min([at_ms, *(fault.from_ms for fault in halts if fault.from_ms is not None)])

    def _factor(self, symbol: str, at_ms: int) -> Decimal:
        factor = Decimal(1)
        for fault in self._on(symbol):
            if isinstance(fault.spec, PriceGap) and fault.is_active(at_ms):
                factor *= 1 + fault.spec.percent / 100
        return factor

    def _moved(self, symbol: str, point: PricePoint) -> PricePoint:
        return point._replace(price=self._scaled(symbol, point.price, at_ms=point.at_ms))

    def _scaled(self, symbol: str, price: Decimal, *, at_ms: int) -> Decimal:
        """The price after its jumps, on the contract's own tick and at least one."""
        factor = self._factor(symbol, at_ms)
        if factor == 1:
            return price
        tick = _tick_size(self.base.symbol_info(symbol, at_ms))
        return max(tick, floor_to_step(price * factor, tick)) if tick else price * factor

    def _changed(self, row: Mapping[str, Any], now_ms: int) -> Mapping[str, Any]:
        """A row of exchangeInfo; the same object as long as nothing changes, which readers count on."""
        faults = [fault for fault in self._on(row["symbol"]) if fault.is_active(now_ms)]
        if not faults:
            return row
        key = (row["symbol"], tuple(fault.number for fault in faults))
        known = self._rows.get(key)
        if known is None or known[0] is not row["filters"]:
            known = self._rows[key] = (row["filters"], changed_row(row, faults))
        return known[1]


def undisturbed(venue: Venue) -> Venue:
    """The market without its faults."""
    return venue.base if isinstance(venue, DisturbedVenue) else venue


def _flat(bar: Bar, price: Decimal) -> Bar:
    """A bar without a trade."""
    return Bar(bar.open_ms, price, price, price, price, ZERO, bar.close_ms, ZERO, 0, ZERO, ZERO)


def _tick_size(row: Mapping[str, Any]) -> Decimal:
    filters = (entry for entry in row["filters"] if entry["filterType"] == "PRICE_FILTER")
    return Decimal(next((entry["tickSize"] for entry in filters), "0"))
