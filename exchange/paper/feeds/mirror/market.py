"""The mirrored market as the engine sees it: rules, prices and turnovers that were taken in, by symbol."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.feeds.intervals import INTERVALS
from exchange.paper.intake import Rows

KEPT_MS = 120_000  # the index looks back a minute
FIRST_MS = 1_567_296_000_000  # 2019-09-01, when the venue opened
LAST_MS = 4_102_444_799_999  # the end of 2099
_AT = attrgetter("at_ms")

# For contracts whose brackets nobody recorded: those of a usual small contract. The venue shows them to members only.
ASSUMED_BRACKETS = (
    {"bracket": 1, "initialLeverage": 75, "notionalCap": 5_000, "notionalFloor": 0, "maintMarginRatio": 0.01, "cum": 0},
    {
        "bracket": 2, "initialLeverage": 50, "notionalCap": 25_000, "notionalFloor": 5_000,
        "maintMarginRatio": 0.015, "cum": 25,
    },
    {
        "bracket": 3, "initialLeverage": 25, "notionalCap": 250_000, "notionalFloor": 25_000,
        "maintMarginRatio": 0.02, "cum": 150,
    },
    {
        "bracket": 4, "initialLeverage": 10, "notionalCap": 1_000_000, "notionalFloor": 250_000,
        "maintMarginRatio": 0.05, "cum": 7_650,
    },
    {
        "bracket": 5, "initialLeverage": 5, "notionalCap": 2_000_000, "notionalFloor": 1_000_000,
        "maintMarginRatio": 0.1, "cum": 57_650,
    },
    {
        "bracket": 6, "initialLeverage": 1, "notionalCap": 5_000_000, "notionalFloor": 2_000_000,
        "maintMarginRatio": 0.5, "cum": 857_650,
    },
)  # fmt: skip


@dataclass(slots=True)
class Contract:
    """What was taken in of one symbol. ``hour`` is its newest closed hour."""

    row: Mapping[str, Any]
    points: list[PricePoint] = field(default_factory=list)
    hour: Bar | None = None


class MirrorMarket:
    """``exchange.paper.core.venue.Venue`` over what was taken in.

    ``live_rows`` and ``live_prices`` are the upstream's newest and answer for symbols of which nothing was taken in:
    good enough to be shown, never asked by a command.
    """

    first_ms = FIRST_MS
    last_ms = LAST_MS

    def __init__(self, brackets: Mapping[str, Mapping[str, Any]]) -> None:
        self._brackets = brackets
        self._taken: dict[str, Contract] = {}
        self._listed: list[str] | None = None
        self._live_rows: dict[str, Mapping[str, Any]] = {}
        self._header: Mapping[str, Any] = {}
        self.live_prices: dict[str, Decimal] = {}

    def show(self, exchange_info: Mapping[str, Any]) -> None:
        """Know the upstream's newest exchangeInfo."""
        self._header = {name: value for name, value in exchange_info.items() if name != "symbols"}
        self._live_rows = {row["symbol"]: row for row in exchange_info["symbols"]}
        self._listed = None

    @property
    def has_rules(self) -> bool:
        return bool(self._live_rows)

    def live_row(self, symbol: str) -> Mapping[str, Any] | None:
        return self._live_rows.get(symbol)

    def taken(self, symbol: str) -> Contract | None:
        return self._taken.get(symbol)

    def take(self, rows: Rows) -> None:
        """``rules``: rows of exchangeInfo; ``hours``: rows of klines; ``prices``: lists of time, price, quantity."""
        for symbol, row in rows.get("rules", {}).items():
            known = self._taken.get(symbol)
            self._taken[symbol] = Contract(row, known.points, known.hour) if known else Contract(row)
            self._listed = None
        for symbol, kline in rows.get("hours", {}).items():
            self._taken[symbol].hour = bar_of(kline)
        for symbol, points in rows.get("prices", {}).items():
            self._add(self._taken[symbol].points, points)

    def forget(self) -> None:
        self._taken, self._listed = {}, None

    def listed(self, now_ms: int) -> Sequence[str]:
        if self._listed is None:
            rows = self._live_rows | {symbol: contract.row for symbol, contract in self._taken.items()}
            self._listed = sorted(symbol for symbol, row in rows.items() if row["status"] == "TRADING")
        return self._listed

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        contract = self._taken.get(symbol)
        return contract.row if contract else self._live_rows[symbol]

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        rows = {symbol: contract.row for symbol, contract in self._taken.items()} | self._live_rows
        return {**self._header, "serverTime": now_ms, "symbols": list(rows.values())}

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        """As recorded beside the market data, else a usual contract's. KeyError for an unknown symbol."""
        self.symbol_info(symbol, 0)
        return self._brackets.get(symbol) or {"symbol": symbol, "brackets": ASSUMED_BRACKETS}

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        contract = self._taken.get(symbol)
        if contract is None or not contract.points:
            return self.live_prices[symbol]
        number = bisect_right(contract.points, now_ms, key=_AT)
        if not number:
            raise KeyError(symbol)
        return contract.points[number - 1].price

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        contract = self._taken.get(symbol)
        points = contract.points if contract else []
        return iter(points[bisect_right(points, after_ms, key=_AT) : bisect_right(points, until_ms, key=_AT)])

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        """The newest closed hour, where it was asked for. The bars that clients see are the upstream's."""
        if interval not in INTERVALS:
            raise ValueError(f"unknown interval {interval}")
        self.symbol_info(symbol, now_ms)
        contract = self._taken.get(symbol)
        hour = contract.hour if contract and interval == "1h" else None
        return [hour] if hour and start_ms <= hour.open_ms <= end_ms and hour.close_ms <= now_ms else []

    def _add(self, known: list[PricePoint], points: Sequence[Sequence[Any]]) -> None:
        known += [PricePoint(at_ms, Decimal(price), Decimal(quantity)) for at_ms, price, quantity in points]
        del known[: max(0, bisect_right(known, known[-1].at_ms - KEPT_MS, key=_AT) - 1)]


def bar_of(kline: Sequence[Any]) -> Bar:
    """A row of GET /fapi/v1/klines."""
    opened, high, low, close, volume = (Decimal(str(kline[i])) for i in (1, 2, 3, 4, 5))
    return Bar(
        open_ms=int(kline[0]),
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        close_ms=int(kline[6]),
        quote_volume=Decimal(str(kline[7])),
        trades=int(kline[8]),
        taker_buy_volume=Decimal(str(kline[9])),
        taker_buy_quote_volume=Decimal(str(kline[10])),
    )
