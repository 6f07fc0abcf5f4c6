"""A small market whose price path the test writes itself, and an exchange on it."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.core.engine import Engine
from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.terms import Terms

T0 = 1_732_381_200_000
HOUR_MS = 3_600_000
KEY, SECRET = "key", "secret"
D = Decimal


def symbol_row(symbol: str) -> dict[str, Any]:
    """A row of exchangeInfo with tick 0.1, step 0.001 and a minimum notional of 5 USDT."""
    return {
        "symbol": symbol,
        "contractType": "PERPETUAL",
        "status": "TRADING",
        "quoteAsset": "USDT",
        "onboardDate": T0,
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "triggerProtect": "0.0300",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "100000", "tickSize": "0.1"},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
            {"filterType": "PERCENT_PRICE", "multiplierUp": "1.5", "multiplierDown": "0.5", "multiplierDecimal": "4"},
        ],
    }


BRACKETS = [
    {
        "bracket": 1,
        "initialLeverage": 75,
        "notionalFloor": 0,
        "notionalCap": 50000,
        "maintMarginRatio": 0.004,
        "cum": 0,
    },
    {
        "bracket": 2,
        "initialLeverage": 20,
        "notionalFloor": 50000,
        "notionalCap": 1000000,
        "maintMarginRatio": 0.01,
        "cum": 300,
    },
]


class ScriptedMarket:
    """``points`` per symbol as (ms after T0, price, quantity). ``vanished`` symbols have stopped trading.

    ``closings`` names symbols with the ms after T0 at which they stop. ``turnover`` is the USDT of each hourly bar and
    lets them begin an hour before T0; None is a market without bars. ``closes`` are those of the hours before T0.
    """

    def __init__(
        self,
        points: Mapping[str, Sequence[tuple[int, str, str]]],
        *,
        vanished: Sequence[str] = (),
        closings: Mapping[str, int] | None = None,
        turnover: str | None = "",
        closes: Sequence[str] = (),
    ) -> None:
        self.points = {
            symbol: [PricePoint(T0 + at, D(price), D(quantity)) for at, price, quantity in rows]
            for symbol, rows in points.items()
        }
        self.vanished = set(vanished)
        self.closings = closings or {}
        self.turnover, self.closes = turnover, closes
        self.first_ms = T0
        self.last_ms = T0 + 1000 * HOUR_MS

    def listed(self, now_ms: int) -> Sequence[str]:
        gone = {symbol for symbol, at in self.closings.items() if T0 + at <= now_ms}
        return sorted(set(self.points) - self.vanished - gone)

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        if symbol not in self.points:
            raise KeyError(symbol)
        if T0 + self.closings.get(symbol, 10**12) <= now_ms:
            return symbol_row(symbol) | {"status": "SETTLING", "deliveryDate": T0 + self.closings[symbol]}
        return symbol_row(symbol)

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        return {"timezone": "UTC", "serverTime": now_ms, "symbols": [symbol_row(symbol) for symbol in self.points]}

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        return {"symbol": symbol, "brackets": BRACKETS}

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        index = bisect_right(self.points[symbol], now_ms, key=lambda point: point.at_ms)
        if not index:
            raise KeyError(symbol)
        return self.points[symbol][index - 1].price

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        return (point for point in self.points[symbol] if after_ms < point.at_ms <= until_ms)

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        """Flat hourly bars at the last price, whatever the interval; ``closes`` before T0."""
        if self.turnover is None:
            return []
        begin = T0 - max(len(self.closes), 1 if self.turnover else 0) * HOUR_MS
        first = max(begin, -(-start_ms // HOUR_MS) * HOUR_MS)
        return [self._bar(at, symbol, now_ms) for at in range(first, min(end_ms, now_ms) + 1, HOUR_MS)]

    def _bar(self, at: int, symbol: str, now_ms: int) -> Bar:
        turnover = D(self.turnover or 150_000_000)
        price = D(self.closes[(at - T0) // HOUR_MS]) if at < T0 and self.closes else self.last_price(symbol, now_ms)
        volume = turnover / price
        return Bar(at, price, price, price, price, volume, at + HOUR_MS - 1, turnover, 1, volume / 2, turnover / 2)


class Desk:
    """Shorthand for one account on a scripted market."""

    def __init__(
        self,
        points: Sequence[tuple[int, str, str]],
        *,
        deposit: str = "10000",
        key: str = KEY,
        terms: Terms | None = None,
        bnb: str | None = None,
        **market: Any,
    ) -> None:
        paths = {"BTCUSDT": [(0, "100", "1000"), *points], "ETHUSDT": [(0, "50", "1000")]}
        self.market = ScriptedMarket(paths | ({"BNBUSDT": [(0, bnb, "1000")]} if bnb else {}), **market)
        self.engine = Engine(self.market, start_ms=T0, terms=terms)
        self.key = key
        self.do("open_account", api_key=key, api_secret=SECRET, deposit=deposit)

    @property
    def account(self) -> Any:
        return self.engine.account(self.key)

    def do(self, command: str, **values: str) -> dict[str, Any]:
        return self.engine.execute(command, self.key, values)

    def refusal(self, command: str, **values: str) -> int:
        """Code with which the command is refused; nothing may have changed."""
        before = self.engine.snapshot()
        try:
            self.do(command, **values)
        except VenueError as error:
            assert self.engine.snapshot() == before
            return error.code
        raise AssertionError("accepted")

    def after(self, ms: int) -> None:
        """Let market time pass up to T0 + ms."""
        self.engine.advance(T0 + ms)

    def order(self, **changes: str) -> dict[str, Any]:
        return self.do("place_order", **limit_buy(**changes))

    def market_order(self, side: str, quantity: str, **more: str) -> dict[str, Any]:
        return self.do("place_order", symbol="BTCUSDT", side=side, type="MARKET", quantity=quantity, **more)

    def algo(self, **changes: str) -> dict[str, Any]:
        return self.do("place_algo_order", **stop_sell(**changes))

    def position(self, side: str = "BOTH") -> Any:
        return self.account.position("BTCUSDT", side)

    @property
    def wallet(self) -> Decimal:
        return self.account.ledger.wallet_balance

    def income(self, kind: str) -> list[Decimal]:
        return [row.amount for row in self.account.ledger.rows if row.income_type == kind]

    def events(self, kind: str) -> list[Any]:
        return [record.payload for record in self.engine.records if record.kind == kind]

    def kinds(self) -> list[str]:
        """Records as EVENT:status."""
        return [f"{r.kind}:{r.payload.get('o', {}).get('X', '')}".rstrip(":") for r in self.engine.records]


def limit_buy(**changes: str) -> dict[str, str]:
    """Parameters of a resting limit buy at 99; a change to "" leaves the parameter out."""
    values = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "1",
        "price": "99",
    }
    return {name: value for name, value in (values | changes).items() if value}


def stop_sell(**changes: str) -> dict[str, str]:
    """Parameters of a closePosition stop at 95; a change to "" leaves the parameter out."""
    values = {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "STOP_MARKET",
        "triggerPrice": "95",
        "closePosition": "true",
    }
    return {name: value for name, value in (values | changes).items() if value}
