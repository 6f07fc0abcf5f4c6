"""One message of every kind as this exchange sends it: streams, user events and REST answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from exchange.paper.core.terms import Terms
from exchange.paper.server.app import ROUTES
from exchange.paper.server.routing import Call
from tests.exchange.paper.scripted import KEY, T0, ScriptedMarket
from tests.exchange.paper.server.market_ear import Ear, listening

DAY_MS = 86_400_000
NAMES = {
    "aggTrade": "btcusdt@aggTrade",
    "trade": "btcusdt@trade",
    "bookTicker": "btcusdt@bookTicker",
    "partial depth": "btcusdt@depth5",
    "depth": "btcusdt@depth@100ms",
    "kline": "btcusdt@kline_1m",
    "markPrice": "btcusdt@markPrice@1s",
    "ticker": "btcusdt@ticker",
}
PUBLIC: Mapping[str, Mapping[str, Any]] = {
    "aggTrades": {"symbol": "BTCUSDT"},
    "ticker/bookTicker": {"symbol": "BTCUSDT"},
    "continuousKlines": {"pair": "BTCUSDT", "contractType": "PERPETUAL", "interval": "1m"},
    "depth": {"symbol": "BTCUSDT", "limit": 5},
    "exchangeInfo": {},
    "fundingRate": {"symbol": "BTCUSDT"},
    "historicalTrades": {"symbol": "BTCUSDT"},
    "indexPriceKlines": {"pair": "BTCUSDT", "interval": "1m"},
    "klines": {"symbol": "BTCUSDT", "interval": "1m"},
    "markPriceKlines": {"symbol": "BTCUSDT", "interval": "1m"},
    "openInterest": {"symbol": "BTCUSDT"},
    "premiumIndex": {"symbol": "BTCUSDT"},
    "ticker/24hr": {"symbol": "BTCUSDT"},
    "ticker/price": {"symbol": "BTCUSDT"},
    "trades": {"symbol": "BTCUSDT"},
    "assetIndex": {"symbol": "BTCUSD"},
    **{
        f"/futures/data/{name}": {"symbol": "BTCUSDT", "period": "5m"}
        for name in (
            "takerlongshortRatio",
            "openInterestHist",
            "globalLongShortAccountRatio",
            "topLongShortAccountRatio",
            "topLongShortPositionRatio",
        )
    },
}
PRIVATE: Mapping[str, Mapping[str, Any]] = {
    "/fapi/v2/account": {},
    "/fapi/v2/balance": {},
    "/fapi/v2/positionRisk": {"symbol": "BTCUSDT"},
    "order": {"symbol": "BTCUSDT", "origClientOrderId": "first"},
    "openAlgoOrders": {},
    "allOrders": {"symbol": "BTCUSDT"},
    "openOrders": {},
    "positionSide/dual": {},
    "symbolConfig": {},
    "userTrades": {"symbol": "BTCUSDT"},
    "commissionRate": {"symbol": "BTCUSDT"},
}
FALL = [
    (0, "100", "1000"), (60_000, "99", "5"), (120_000, "98", "1000"), (180_000, "94", "1000"), (240_000, "60", "1000"),
]  # fmt: skip
ETHER = [(0, "50", "1000"), (240_000, "50.1", "1000")]


def market_messages(home: Path) -> dict[str, Any]:
    """Streams under their kind, and public answers under ``GET path``."""
    with listening(home, start_ms=T0 + DAY_MS) as ear:
        ear.follow(*NAMES.values()).after(25_000)
        heard = {kind: next(said for name, said in ear.heard if name == of) for kind, of in NAMES.items()}
        ear.after(60_000)
        closed = [said for name, said in ear.heard if name == NAMES["kline"] and said["k"]["x"]]
        answers = {f"GET {path}": _answer(ear, path, values) for path, values in PUBLIC.items()}
    return _as_sent(heard | {"closed kline": closed[0]} | answers)


def user_messages(home: Path) -> dict[str, Any]:
    """User events under what happened, and private answers under ``GET path``."""
    market = ScriptedMarket({"BTCUSDT": FALL, "ETHUSDT": ETHER}, closings={"ETHUSDT": 300_000})
    with listening(home, market, terms=Terms()) as ear:
        ear.follow("btcusdt@forceOrder")
        _trade(ear)
        answers = {f"GET {path}": _answer(ear, path, values, caller=True) for path, values in PRIVATE.items()}
        answers["force order"] = _lose_everything(ear)
        events = [record.payload for record in ear.host.engine.records]
    told = {name: next(event for event in events if fits(event)) for name, fits in EVENTS.items()}
    return _as_sent(told | answers)


def _as_sent(messages: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = orjson.loads(orjson.dumps(messages))
    return sent


def _trade(ear: Ear) -> None:
    """An order that fills in two parts, conditional orders of all fates, and some that stay open."""
    first = {"quantity": "7", "price": "99", "newClientOrderId": "first"}
    _do(ear, "place_order", side="BUY", type="LIMIT", timeInForce="GTC", **first)
    ear.after(130_000)
    _algo(ear, type="STOP_MARKET", triggerPrice="95", quantity="1")
    _algo(ear, type="TRAILING_STOP_MARKET", callbackRate="1", quantity="1")
    waiting = _algo(ear, type="TAKE_PROFIT", triggerPrice="120", price="120", quantity="1", timeInForce="GTC")
    _do(ear, "cancel_algo_order", algoId=str(waiting["algoId"]))
    _algo(ear, type="STOP_MARKET", triggerPrice="50", closePosition="true")
    _do(ear, "place_order", side="SELL", type="LIMIT", timeInForce="GTC", quantity="1", price="140")
    ear.after(60_000)


def _lose_everything(ear: Ear) -> Any:
    """A deleveraging, a liquidation, which is returned as the market hears of it, and a settlement."""
    _do(ear, "place_order", symbol="ETHUSDT", side="BUY", type="MARKET", quantity="2")
    _do(ear, "deleverage", symbol="ETHUSDT", quantity="1")
    for _ in range(15):
        _do(ear, "place_order", side="BUY", type="MARKET", quantity="100")
    (told,) = ear.after(60_000)
    ear.host.execute("deposit", KEY, {"amount": "1000"})
    _do(ear, "place_order", symbol="ETHUSDT", side="BUY", type="MARKET", quantity="1")
    ear.after(60_000)
    return told


def _do(ear: Ear, command: str, **values: str) -> Any:
    return ear.host.execute(command, KEY, {"symbol": "BTCUSDT"} | values)


def _algo(ear: Ear, **values: str) -> Any:
    return _do(ear, "place_algo_order", algoType="CONDITIONAL", side="SELL", **values)


def _answer(ear: Ear, path: str, values: Mapping[str, Any], *, caller: bool = False) -> Any:
    full = path if path.startswith("/") else f"/fapi/v1/{path}"
    account = ear.host.engine.account(KEY) if caller else None
    texts = {name: str(value) for name, value in values.items()}
    return ROUTES[("GET", full)].handler(Call(ear.host, texts, ear.host.advance(), account))


def _order(event: Any, *, x: str, prefix: str = "", ot: str | None = None, X: str | None = None) -> bool:  # noqa: N803
    row = event.get("o", {})
    is_one = event["e"] == "ORDER_TRADE_UPDATE" and row["x"] == x and row["c"].startswith(prefix)
    return is_one and ot in (None, row["ot"]) and X in (None, row["X"])


def _algo_event(event: Any, status: str, kind: str = "STOP_MARKET") -> bool:
    return bool(event["e"] == "ALGO_UPDATE" and event["o"]["X"] == status and event["o"]["o"] == kind)


EVENTS = {
    "new order": lambda event: _order(event, x="NEW", ot="LIMIT"),
    "partial fill": lambda event: _order(event, x="TRADE", X="PARTIALLY_FILLED"),
    "fill": lambda event: _order(event, x="TRADE", X="FILLED"),
    "child of a trailing stop": lambda event: _order(event, x="NEW", ot="TRAILING_STOP_MARKET"),
    "liquidation": lambda event: _order(event, x="CALCULATED", prefix="autoclose-"),
    "deleveraging": lambda event: _order(event, x="CALCULATED", prefix="adl_autoclose"),
    "settlement": lambda event: _order(event, x="CALCULATED", prefix="settlement_autoclose-"),
    "new algo": lambda event: _algo_event(event, "NEW"),
    "triggering algo": lambda event: _algo_event(event, "TRIGGERING"),
    "triggered algo": lambda event: _algo_event(event, "TRIGGERED"),
    "finished algo": lambda event: _algo_event(event, "FINISHED"),
    "cancelled algo": lambda event: _algo_event(event, "CANCELED", "TAKE_PROFIT"),
    "account": lambda event: event["e"] == "ACCOUNT_UPDATE" and event["a"]["P"],
    "trade lite": lambda event: event["e"] == "TRADE_LITE",
}
