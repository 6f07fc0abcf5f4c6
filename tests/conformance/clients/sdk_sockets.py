"""Streams and WebSocket API of the official SDK: every frame must fit its pydantic models."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from binance_common.errors import BadRequestError
from reporting import Checks, holds, same
from sdk_desk import BTC, ETH, FIRE_S, TICKS, Desk, Frames, inner

checks = Checks()


@checks.proves("user-data stream: order, trade, account and stop events arrive as the SDK's models")
async def user_stream(desk: Desk) -> None:
    frames, stream = await desk.listen()
    desk.order(ETH, "BUY", type="MARKET", quantity=Decimal("0.1"))
    desk.stop(symbol=ETH, trigger_price=desk.away(ETH, "0.9"), close_position="true")

    filled = await frames.first("a filled order", lambda row: _named(row, "OrderTradeUpdate") and row.o.X == "FILLED")
    update = await frames.first("an account update", lambda row: _named(row, "AccountUpdate"))
    await frames.first("a light trade", lambda row: _named(row, "TradeLite"))
    stop = await frames.first("a stop", lambda row: _named(row, "AlgoUpdate") and row.o.X == "NEW")
    same((filled.o.s, filled.o.z), (ETH, "0.1"), "order")
    same([row.s for row in update.a.P], [ETH], "position")
    same((stop.o.s, stop.o.cp), (ETH, True), "stop")
    same(desk.complaints.texts, [], "complaints of the SDK")
    await stream.unsubscribe()
    desk.flatten(ETH)
    desk.typed("close_user_data_stream")


@checks.proves(
    "a bracket on the stream: the leg that is reached goes TRIGGERING, TRIGGERED, FINISHED; no other is left"
)
async def fired_stop(desk: Desk) -> None:
    desk.flatten(BTC)
    frames, stream = await desk.listen()
    desk.order(BTC, "BUY", type="MARKET", quantity=Decimal("0.01"))
    bid = Decimal(desk.typed("order_book", symbol=BTC, limit=5).bids[0][0])
    tick = TICKS[BTC]
    for kind, trigger in (("STOP_MARKET", bid - tick), ("TAKE_PROFIT_MARKET", bid + tick)):
        with suppress(BadRequestError):  # the price moved onto it meanwhile: the other leg is the one that counts
            desk.stop(type=kind, trigger_price=trigger, close_position="true")

    ended = await frames.first("a leg has fired", lambda row: _is_stop(row, "FINISHED"), within_s=FIRE_S)
    seen = [row.o.X for row in map(inner, frames.seen) if _named(row, "AlgoUpdate") and row.o.aid == ended.o.aid]
    same(seen, ["NEW", "TRIGGERING", "TRIGGERED", "FINISHED"], "its way")
    read = desk.typed("query_algo_order", algo_id=ended.o.aid)
    child = desk.typed("query_order", symbol=BTC, order_id=int(read.actual_order_id))
    same((read.algo_status, child.status, child.client_order_id), ("FINISHED", "FILLED", read.client_algo_id), "order")
    same(desk.held(BTC), 0, "position")
    states = {row.algo_id: row.algo_status for row in desk.rows("query_all_algo_orders", symbol=BTC)}
    holds("NEW" not in states.values(), f"a leg was left: {states}")
    same(desk.complaints.texts, [], "complaints of the SDK")
    await stream.unsubscribe()


def _is_stop(row: Any, status: str) -> bool:
    return _named(row, "AlgoUpdate") and status == row.o.X


def _named(row: Any, name: str) -> bool:
    return name in type(row).__name__


STREAMS: dict[str, dict[str, Any]] = {
    "aggregate_trade_streams": {"symbol": BTC.lower()},
    "mark_price_stream": {"symbol": BTC.lower(), "update_speed": "1s"},
    "mark_price_stream_for_all_market": {"update_speed": "1s"},
    "kline_candlestick_streams": {"symbol": BTC.lower(), "interval": "1m"},
    "continuous_contract_kline_candlestick_streams": {
        "pair": BTC.lower(),
        "contract_type": "perpetual",
        "interval": "1m",
    },
    "individual_symbol_mini_ticker_stream": {"symbol": BTC.lower()},
    "all_market_mini_tickers_stream": {},
    "individual_symbol_ticker_streams": {"symbol": BTC.lower()},
    "all_market_tickers_streams": {},
    "individual_symbol_book_ticker_streams": {"symbol": BTC.lower()},
    "all_book_tickers_stream": {},
    "partial_book_depth_streams": {"symbol": BTC.lower(), "levels": 5, "update_speed": "100ms"},
    "diff_book_depth_streams": {"symbol": BTC.lower(), "update_speed": "100ms"},
}


@checks.proves("market streams on /market and /public: each kind delivers, and fits the SDK's models")
async def market_streams(desk: Desk) -> None:
    desk.complaints.texts.clear()
    await desk.sdk.websocket_streams.create_connection()
    frames = {name: Frames() for name in STREAMS}
    for name, parameters in STREAMS.items():
        stream = await getattr(desk.sdk.websocket_streams, name)(**parameters)
        stream.on("message", frames[name])

    silent = []
    for name, seen in frames.items():
        try:
            await seen.first(name)
        except AssertionError:
            silent.append(name)
    same(silent, [], "streams that delivered nothing")
    same(desk.complaints.texts, [], "complaints of the SDK")
    await desk.sdk.websocket_streams.close_connection()


@checks.proves("WebSocket API: market data, order place, query, modify, cancel, stop, account and user stream")
async def websocket_api(desk: Desk) -> None:
    desk.complaints.texts.clear()
    price, lower = desk.away(BTC, "0.9"), desk.away(BTC, "0.89")
    api = desk.sdk.websocket_api
    await api.create_connection()
    try:
        wanted = {"type": "LIMIT", "time_in_force": "GTC", "quantity": Decimal("0.01"), "price": price}
        placed = (await api.new_order(symbol=BTC, side="BUY", **wanted)).data().result
        known = {"symbol": BTC, "order_id": placed.order_id}
        read = (await api.query_order(**known)).data().result
        moved = await api.modify_order(side="BUY", quantity=Decimal("0.01"), price=lower, **known)
        gone = (await api.cancel_order(**known)).data().result
        same((placed.status, read.status, gone.status), ("NEW", "NEW", "CANCELED"), "status")
        same(Decimal(moved.data().result.price), lower, "modified price")
        stop = {"algo_type": "CONDITIONAL", "symbol": BTC, "side": "SELL", "type": "STOP_MARKET"}
        algo = await api.new_algo_order(**stop, trigger_price=price, quantity=Decimal("0.01"))
        await api.cancel_algo_order(algo_id=algo.data().result.algo_id)
        for name in ("account_information", "account_information_v2", "futures_account_balance"):
            holds((await getattr(api, name)()).data().result, name)
        for name in ("futures_account_balance_v2", "position_information", "position_information_v2"):
            (await getattr(api, name)()).data()
        for name in ("order_book", "symbol_order_book_ticker", "symbol_price_ticker"):
            answer = await getattr(api, name)(symbol=BTC)
            holds(answer.data() and answer.rate_limits, name)
        holds((await api.start_user_data_stream()).data().result.listen_key, "listen key")
    finally:
        await api.close_connection()
    same(desk.complaints.texts, [], "complaints of the SDK")
