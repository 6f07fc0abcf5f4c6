"""python-binance on the paper exchange: REST of its asynchronous and synchronous clients, sockets, WebSocket API."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException
from reporting import Checks, Paper, announced, holds, refused, report, same

checks = Checks()

BTC, ETH, ADA = "BTCUSDT", "ETHUSDT", "ADAUSDT"
FRAME_S = 30


# doc: connect
def addresses(paper: Paper) -> dict[str, str]:
    """The class attributes that hold python-binance's hosts; there is no option of the constructor for them."""
    return {
        "API_URL": f"{paper.rest}/api",  # asked for ping and time at the start
        "FUTURES_URL": f"{paper.rest}/fapi",
        "FUTURES_DATA_URL": f"{paper.rest}/futures/data",
        "WS_FUTURES_URL": f"{paper.ws}/ws-fapi/v1",
    }


async def connect(paper: Paper) -> AsyncClient:
    """A client of the paper exchange: only the addresses differ from one of Binance."""
    client_class = type("PaperClient", (AsyncClient,), addresses(paper))
    return await client_class.create(api_key=paper.api_key, api_secret=paper.api_secret)


def sockets(client: AsyncClient, paper: Paper) -> BinanceSocketManager:
    """Its streams; the address ends with a slash."""
    manager = BinanceSocketManager(client)
    manager.FSTREAM_URL = f"{paper.ws}/"
    return manager


# doc: end


def connect_synchronously(paper: Paper) -> Client:
    return type("PaperClient", (Client,), addresses(paper))(api_key=paper.api_key, api_secret=paper.api_secret)


@dataclass
class Desk:
    """The client and what several checks need."""

    client: AsyncClient
    paper: Paper

    async def last(self, symbol: str) -> Decimal:
        return Decimal((await self.client.futures_symbol_ticker(symbol=symbol))["price"])

    async def away(self, symbol: str, ratio: str) -> Decimal:
        """A price on the tick, ``ratio`` times the last one."""
        tick = {BTC: Decimal("0.1"), ETH: Decimal("0.01"), ADA: Decimal("0.0001")}[symbol]
        return (await self.last(symbol) * Decimal(ratio) // tick) * tick

    async def held(self, symbol: str) -> Decimal:
        rows = await self.client.futures_position_information(symbol=symbol)
        return sum((Decimal(row["positionAmt"]) for row in rows), Decimal())

    async def flatten(self, symbol: str) -> None:
        await self.client.futures_cancel_all_open_orders(symbol=symbol)
        await self.client.futures_cancel_all_algo_open_orders(symbol=symbol)
        quantity = await self.held(symbol)
        if quantity:
            side = "SELL" if quantity > 0 else "BUY"
            await self.order(symbol, side, type="MARKET", quantity=abs(quantity), reduceOnly="true")

    async def order(self, symbol: str, side: str, **more: Any) -> dict[str, Any]:
        return await self.client.futures_create_order(symbol=symbol, side=side, **more)

    async def resting(self, **more: Any) -> dict[str, Any]:
        """A limit order far below the market."""
        wanted = {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": await self.away(BTC, "0.9")}
        return await self.order(BTC, "BUY", **(wanted | more))

    async def first(self, socket: Any, fits: Callable[[Any], Any]) -> Any:
        """The first frame of an open socket that fits."""

        async def search() -> Any:
            while True:
                frame = await socket.recv()
                if isinstance(frame, dict) and frame.get("e") == "error":
                    raise AssertionError(f"the socket ended: {frame}")
                if fits(frame):
                    return frame

        return await asyncio.wait_for(search(), FRAME_S)


@checks.proves("both clients start and read the contracts; the exchange keeps their time")
async def start(desk: Desk) -> None:
    other = connect_synchronously(desk.paper)
    info = other.futures_exchange_info()
    server = await desk.client.futures_time()

    holds({BTC, ETH, ADA} <= {row["symbol"] for row in info["symbols"]}, "contracts")
    holds(abs(server["serverTime"] - other.futures_time()["serverTime"]) < 5000, "time")
    same(other.futures_account_balance()[0]["balance"], "10000", "signed by the synchronous client")
    same(await desk.client.futures_ping(), {}, "ping")


@checks.proves("bars: five kinds, and futures_historical_klines over several requests, without gaps")
async def bars(desk: Desk) -> None:
    client = desk.client
    for rows in (
        await client.futures_klines(symbol=BTC, interval="1h", limit=5),
        await client.futures_mark_price_klines(symbol=BTC, interval="1h", limit=5),
        await client.futures_index_price_klines(pair=BTC, interval="1h", limit=5),
        await client.futures_premium_index_klines(symbol=BTC, interval="1h", limit=5),
        await client.futures_continuous_klines(pair=BTC, contractType="PERPETUAL", interval="1h", limit=5),
    ):
        same([(len(one), later[0] - one[0]) for one, later in pairwise(rows)], [(12, 3_600_000)] * 4, "bars")
    history = await client.futures_historical_klines(BTC, "1h", "50 days ago UTC")
    holds(len(history) >= 1200, f"only {len(history)} hours")
    same({later[0] - one[0] for one, later in pairwise(history)}, {3_600_000}, "steps")


@checks.proves("prices, book, trades, funding and statistics answer")
async def market_data(desk: Desk) -> None:
    client, one = desk.client, {"symbol": BTC}
    book = await client.futures_order_book(**one, limit=20)
    best, every = await client.futures_orderbook_ticker(**one), await client.futures_orderbook_ticker()
    same((len(book["bids"]), len(book["asks"])), (20, 20), "levels")
    holds(Decimal(best["bidPrice"]) < Decimal(best["askPrice"]) and len(every) >= 20, "best prices")
    same((await client.futures_ticker(**one))["symbol"], BTC, "ticker of a day")
    same((await client.futures_mark_price(**one))["symbol"], BTC, "mark price")
    for rows in (
        await client.futures_recent_trades(**one, limit=7),
        await client.futures_historical_trades(**one, limit=7),
        await client.futures_aggregate_trades(**one, limit=7),
        await client.futures_funding_rate(**one, limit=7),
    ):
        same(len(rows), 7, "rows")
    for statistic in (client.futures_taker_longshort_ratio, client.futures_open_interest_hist):
        holds(isinstance(await statistic(**one, period="1h"), list), "statistics")
    same((await client.futures_open_interest(**one))["symbol"], BTC, "open interest")


@checks.proves("account, balance, positions, brackets, modes and settings: read, set, and set back")
async def settings(desk: Desk) -> None:
    client = desk.client
    same((await client.futures_account())["totalWalletBalance"], "10000", "deposit")
    same((await client.futures_account_config())["multiAssetsMargin"], False, "modes")
    same((await client.futures_change_leverage(symbol=BTC, leverage=7))["leverage"], 7, "leverage")
    same((await client.futures_symbol_config(symbol=BTC))[0]["leverage"], 7, "leverage read back")
    holds((await client.futures_leverage_bracket(symbol=BTC))[0]["brackets"], "brackets")
    for kind in ("ISOLATED", "CROSSED"):
        same((await client.futures_change_margin_type(symbol=ADA, marginType=kind))["code"], 200, kind)
    for is_dual in ("true", "false"):
        await client.futures_change_position_mode(dualSidePosition=is_dual)
        same((await client.futures_get_position_mode())["dualSidePosition"], is_dual == "true", "mode")
    same((await client.futures_get_multi_assets_mode())["multiAssetsMargin"], False, "multi-assets mode")
    same((await client.futures_commission_rate(symbol=BTC))["takerCommissionRate"], "0.0005", "fee")


@checks.proves("limit order: test, create, get, list, modify, countdown, cancel by both ids, cancel all")
async def limit_order(desk: Desk) -> None:
    client = desk.client
    price, lower = await desk.away(BTC, "0.9"), await desk.away(BTC, "0.89")
    wanted = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
    await client.futures_create_test_order(**wanted, price=price)
    one, two, three = [await desk.resting() for _ in range(3)]

    same((await client.futures_get_order(symbol=BTC, orderId=one["orderId"]))["status"], "NEW", "order")
    same(len(await client.futures_get_open_orders(symbol=BTC)), 3, "open orders")
    moved = await client.futures_modify_order(
        symbol=BTC, orderId=one["orderId"], side="BUY", quantity="0.02", price=lower
    )
    same((Decimal(moved["price"]), moved["origQty"]), (lower, "0.02"), "modified")
    for countdown_ms in (600_000, 0):
        await client.futures_countdown_cancel_all(symbol=BTC, countdownTime=countdown_ms)
    same((await client.futures_cancel_order(symbol=BTC, orderId=one["orderId"]))["status"], "CANCELED", "by id")
    gone = await client.futures_cancel_order(symbol=BTC, origClientOrderId=two["clientOrderId"])
    same(gone["orderId"], two["orderId"], "by client id")
    same((await client.futures_cancel_all_open_orders(symbol=BTC))["code"], 200, "cancel all")
    orders = {row["orderId"]: row["status"] for row in await client.futures_get_all_orders(symbol=BTC)}
    same({orders[row["orderId"]] for row in (one, two, three)}, {"CANCELED"}, "all orders")


@checks.proves("several orders in one request: placed, and cancelled by both kinds of ids")
async def batches(desk: Desk) -> None:
    price = str(await desk.away(BTC, "0.9"))
    order = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": price}

    placed = await desk.client.futures_place_batch_order(batchOrders=[dict(order) for _ in range(4)])
    by_id = await desk.client.futures_cancel_orders(symbol=BTC, orderidlist=[row["orderId"] for row in placed[:2]])
    by_name = await desk.client.futures_cancel_orders(
        symbol=BTC, origclientorderidlist=[row["clientOrderId"] for row in placed[2:]]
    )

    same([row["status"] for row in placed], ["NEW"] * 4, "placed")
    same([row["status"] for row in by_id + by_name], ["CANCELED"] * 4, "cancelled")


@checks.proves("market order: filled, position, trades and income agree")
async def market_order(desk: Desk) -> None:
    client = desk.client
    order = await desk.order(BTC, "BUY", type="MARKET", quantity="0.01", newOrderRespType="RESULT")
    read = await client.futures_get_order(symbol=BTC, orderId=order["orderId"])
    trades = [row for row in await client.futures_account_trades(symbol=BTC) if row["orderId"] == order["orderId"]]
    (position,) = await client.futures_position_information(symbol=BTC)
    income = await client.futures_income_history(incomeType="COMMISSION", limit=1000)

    same((order["status"], order["executedQty"]), ("FILLED", "0.01"), "order")
    same(sum(Decimal(row["qty"]) for row in trades), Decimal("0.01"), "trades")
    same((position["positionAmt"], Decimal(position["entryPrice"])), ("0.01", Decimal(read["avgPrice"])), "position")
    same(-sum(Decimal(row["income"]) for row in income), sum(Decimal(row["commission"]) for row in trades), "fees")


@checks.proves("stop, take-profit, closePosition and trailing orders through futures_create_order; listed, cancelled")
async def conditional_orders(desk: Desk) -> None:
    await desk.flatten(BTC)
    await desk.order(BTC, "BUY", type="MARKET", quantity="0.01")
    client, below, above = desk.client, await desk.away(BTC, "0.9"), await desk.away(BTC, "1.1")
    wanted: list[dict[str, Any]] = [
        {"type": "STOP_MARKET", "stopPrice": below, "quantity": "0.01", "reduceOnly": "true"},
        {"type": "TAKE_PROFIT_MARKET", "stopPrice": above, "closePosition": "true"},
        {"type": "STOP", "stopPrice": below, "price": below, "quantity": "0.01", "timeInForce": "GTC"},
        {"type": "TRAILING_STOP_MARKET", "callbackRate": "5", "quantity": "0.01"},
    ]
    placed = [await desk.order(BTC, "SELL", **more) for more in wanted]
    ids = sorted(row["algoId"] for row in placed)
    same(sorted(row["algoId"] for row in await client.futures_get_open_algo_orders(symbol=BTC)), ids, "open stops")
    same((await client.futures_get_algo_order(algoId=ids[0]))["algoStatus"], "NEW", "stop")
    same(len(await client.futures_get_open_orders(symbol=BTC, conditional=True)), len(ids), "as open orders")

    await client.futures_cancel_algo_order(algoId=ids[0])
    await client.futures_cancel_order(symbol=BTC, algoId=ids[1])
    await client.futures_cancel_all_algo_open_orders(symbol=BTC)

    same(await client.futures_get_open_algo_orders(symbol=BTC), [], "open stops after the cancel")
    rows = await client.futures_get_all_algo_orders(symbol=BTC)
    same({row["algoStatus"] for row in rows}, {"CANCELED"}, "status")


@checks.proves("isolated margin moved and listed; a reduce-only market order closes the position")
async def isolated_margin(desk: Desk) -> None:
    client = desk.client
    await desk.flatten(BTC)
    same(await desk.held(BTC), 0, "position")
    await client.futures_change_margin_type(symbol=ADA, marginType="ISOLATED")
    await desk.order(ADA, "BUY", type="MARKET", quantity="100")
    moved = await client.futures_change_position_margin(symbol=ADA, amount=5, type=1)
    same(moved["code"], 200, "moved")
    same(len(await client.futures_position_margin_history(symbol=ADA)), 1, "moves")
    holds(await client.futures_adl_quantile_estimate(symbol=ADA), "ADL quantile")
    await desk.flatten(ADA)
    await client.futures_change_margin_type(symbol=ADA, marginType="CROSSED")


@checks.proves("refusals are BinanceAPIException with the venue's codes")
async def refusals(desk: Desk) -> None:
    above = await desk.away(BTC, "1.02")
    for code, call in (
        (-2019, desk.order(BTC, "BUY", type="MARKET", quantity="50")),
        (-2021, desk.order(BTC, "SELL", type="STOP_MARKET", stopPrice=above, quantity="0.01")),
        (-2022, desk.order(BTC, "SELL", type="MARKET", quantity="0.01", reduceOnly="true")),
        (-2013, desk.client.futures_get_order(symbol=BTC, orderId=1)),
        (-2011, desk.client.futures_cancel_order(symbol=BTC, orderId=1)),
        (-1121, desk.client.futures_order_book(symbol="NOUSDT")),
    ):
        await refused(call, BinanceAPIException, code=code)


@checks.proves("futures_user_socket: order, account and stop events of a trade arrive")
async def user_socket(desk: Desk) -> None:
    async with sockets(desk.client, desk.paper).futures_user_socket() as socket:
        order = await desk.order(ETH, "BUY", type="MARKET", quantity="0.1")
        filled = await desk.first(socket, lambda row: row["e"] == "ORDER_TRADE_UPDATE" and row["o"]["X"] == "FILLED")
        await desk.order(ETH, "SELL", type="STOP_MARKET", stopPrice=await desk.away(ETH, "0.9"), closePosition="true")
        stop = await desk.first(socket, lambda row: row["e"] == "ALGO_UPDATE" and row["o"]["X"] == "NEW")
        await desk.flatten(ETH)
        update = await desk.first(socket, lambda row: row["e"] == "ACCOUNT_UPDATE")

    same((filled["o"]["i"], filled["o"]["z"]), (order["orderId"], "0.1"), "order")
    same((stop["o"]["s"], stop["o"]["cp"]), (ETH, True), "stop")
    same([row["s"] for row in update["a"]["P"]], [ETH], "position")


@checks.proves("market sockets: continuous klines, multiplex of trades and marks, tickers, book depth")
async def market_sockets(desk: Desk) -> None:
    manager = sockets(desk.client, desk.paper)
    async with manager.kline_futures_socket(BTC, interval="1m") as socket:
        bar = await desk.first(socket, lambda row: row["e"] == "continuous_kline")
    async with manager.futures_multiplex_socket(["btcusdt@aggTrade", "btcusdt@markPrice@1s"]) as socket:
        trade = await desk.first(socket, lambda row: row["stream"] == "btcusdt@aggTrade")
        mark = await desk.first(socket, lambda row: row["stream"] == "btcusdt@markPrice@1s")
    async with manager.futures_multiplex_socket(["btcusdt@bookTicker"], category="public") as socket:
        best = await desk.first(socket, lambda row: row["stream"] == "btcusdt@bookTicker")
    async with manager.symbol_ticker_futures_socket(BTC) as socket:
        await desk.first(socket, bool)
    async with manager.futures_depth_socket(BTC) as socket:
        await desk.first(socket, bool)

    same((bar["ps"], bar["k"]["i"]), (BTC, "1m"), "bar")
    holds(Decimal(trade["data"]["p"]) > 0 and Decimal(mark["data"]["p"]) > 0, "trade and mark price")
    holds(Decimal(best["data"]["b"]) < Decimal(best["data"]["a"]), "best prices")


@checks.proves("WebSocket API: create, get, edit and cancel an order, a stop, balance, status and positions")
async def websocket_api(desk: Desk) -> None:
    client = desk.client
    price, lower = await desk.away(BTC, "0.9"), await desk.away(BTC, "0.89")
    wanted = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 0.01}
    placed = await client.ws_futures_create_order(**wanted, price=float(price))
    known = {"symbol": BTC, "orderId": placed["orderId"]}
    read = await client.ws_futures_get_order(**known)
    moved = await client.ws_futures_edit_order(**known, side="BUY", quantity=0.01, price=float(lower))
    gone = await client.ws_futures_cancel_order(**known)
    same((placed["status"], read["status"], gone["status"]), ("NEW", "NEW", "CANCELED"), "status")
    same(Decimal(moved["price"]), lower, "edited price")

    stop = {"algoType": "CONDITIONAL", "symbol": BTC, "side": "SELL", "type": "STOP_MARKET", "quantity": 0.01}
    algo = await client.ws_futures_create_algo_order(**stop, triggerPrice=float(price))
    await client.ws_futures_cancel_algo_order(algoId=algo["algoId"])
    for call in (
        client.ws_futures_v2_account_balance,
        client.ws_futures_v2_account_status,
        client.ws_futures_v2_account_position,
        client.ws_futures_get_all_tickers,
    ):
        holds(await call() is not None, call.__name__)
    same((await client.ws_futures_get_order_book_ticker(symbol=BTC))["symbol"], BTC, "best prices")
    holds((await client.ws_futures_get_order_book(symbol=BTC))["bids"], "book")


async def main() -> None:
    paper = announced()
    client = await connect(paper)
    try:
        await report(Desk(client, paper), [checks], client="python-binance", package="python-binance")
    finally:
        await client.close_connection()


if __name__ == "__main__":
    asyncio.run(main())
