"""A market that does what a test says: prices set point by point, rules of one made-up kind of contract."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.core.market import Bar, PricePoint

FAR_FUTURE_MS = 4_000_000_000_000
INTERVALS_MS = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "1d": 86_400_000}


class ScriptedMarket:
    """Implements the paper exchange's Venue. ``trade`` appends a point; the newest is the last price.

    Bars are what ``bar`` appended, whatever the points say.
    """

    def __init__(self, start_ms: int, *, tick: str = "0.001", step: str = "0.1", market_max: str = "100000") -> None:
        self._start_ms, self._tick, self._step, self._market_max = start_ms, tick, step, market_max
        self._points: dict[str, list[PricePoint]] = {}
        self._bars: dict[tuple[str, str], list[Bar]] = {}

    def trade(self, symbol: str, at_ms: int, price: str, quantity: str = "1000000") -> None:
        self._points.setdefault(symbol, []).append(PricePoint(at_ms, Decimal(price), Decimal(quantity)))

    def bar(
        self,
        symbol: str,
        interval: str,
        open_ms: int,
        close: str,
        *,
        sold: str = "500",
        opens: str | None = None,
        high: str | None = None,
        low: str | None = None,
    ) -> None:
        """Append a bar that closes at ``close``, with ``sold`` base asset sold by takers and 500 bought.

        Its other prices are the close where they are not given.
        """
        price, bought = Decimal(close), Decimal(500)
        volume = Decimal(sold) + bought
        bar = Bar(
            open_ms=open_ms,
            open=Decimal(opens or close),
            high=Decimal(high or close),
            low=Decimal(low or close),
            close=price,
            volume=volume,
            close_ms=open_ms + INTERVALS_MS[interval] - 1,
            quote_volume=volume * price,
            trades=10,
            taker_buy_volume=bought,
            taker_buy_quote_volume=bought * price,
        )
        self._bars.setdefault((symbol, interval), []).append(bar)

    @property
    def first_ms(self) -> int:
        return self._start_ms

    @property
    def last_ms(self) -> int:
        return FAR_FUTURE_MS

    def listed(self, now_ms: int) -> Sequence[str]:
        return sorted(self._points)

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        points = self._points[symbol]
        place = bisect_right(points, now_ms, key=lambda point: point.at_ms)
        if not place:
            raise KeyError(symbol)
        return points[place - 1].price

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        return (point for point in self._points[symbol] if after_ms < point.at_ms <= until_ms)

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        known = self._bars.get((symbol, interval), [])
        return [bar for bar in known if start_ms <= bar.open_ms <= min(end_ms, now_ms)]

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        symbols = [dict(self.symbol_info(symbol, now_ms)) for symbol in self.listed(now_ms)]
        return {"timezone": "UTC", "serverTime": now_ms, "rateLimits": [], "assets": [], "symbols": symbols}

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        self._points[symbol]
        return {
            "symbol": symbol,
            "pair": symbol,
            "contractType": "PERPETUAL",
            "onboardDate": self._start_ms,
            "deliveryDate": 4133404800000,
            "status": "TRADING",
            "baseAsset": symbol.removesuffix("USDT"),
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "pricePrecision": 3,
            "quantityPrecision": 1,
            "triggerProtect": "0.05",
            "filters": self._filters(),
        }

    def _filters(self) -> list[dict[str, Any]]:
        lot = {"minQty": self._step, "stepSize": self._step}
        return [
            {"filterType": "PRICE_FILTER", "minPrice": self._tick, "maxPrice": "100000", "tickSize": self._tick},
            {"filterType": "LOT_SIZE", "maxQty": "1000000", **lot},
            {"filterType": "MARKET_LOT_SIZE", "maxQty": self._market_max, **lot},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ]

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        bracket = {
            "bracket": 1,
            "initialLeverage": 50,
            "notionalCap": 10_000_000,
            "notionalFloor": 0,
            "maintMarginRatio": 0.01,
            "cum": 0,
        }
        return {"symbol": symbol, "brackets": [bracket]}
