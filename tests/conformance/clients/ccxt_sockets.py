"""Sockets and WebSocket API through ccxt.pro."""

import asyncio

from ccxt_desk import BTC, ETH, EVENT_S, Desk
from reporting import Checks, holds, same, until

checks = Checks()


@checks.proves("user-data sockets: watch_orders, watch_my_trades, watch_positions and watch_balance see a fill")
async def user_sockets(desk: Desk) -> None:
    client = desk.ccxt
    await client.watch_positions([ETH])  # the first answer is the snapshot
    watchers = {
        "order": asyncio.create_task(client.watch_orders(ETH)),
        "trade": asyncio.create_task(client.watch_my_trades(ETH)),
        "balance": asyncio.create_task(client.watch_balance()),
        "positions": asyncio.create_task(client.watch_positions([ETH])),
    }
    await until(lambda: desk.is_connected("/private/"), what="the user-data socket is open")
    order = await client.create_order(ETH, "market", "buy", 0.1)

    seen = dict(zip(watchers, await asyncio.wait_for(asyncio.gather(*watchers.values()), EVENT_S), strict=True))
    while seen["order"][-1]["status"] != "closed":
        seen["order"] = await asyncio.wait_for(client.watch_orders(ETH), EVENT_S)
    same((seen["order"][-1]["id"], seen["order"][-1]["filled"]), (order["id"], 0.1), "order")
    same((seen["trade"][-1]["order"], seen["trade"][-1]["amount"]), (order["id"], 0.1), "trade")
    holds(seen["trade"][-1]["fee"]["cost"] > 0, "the trade's fee")
    holds(seen["balance"]["USDT"]["total"] < 10_000, "balance after the fee")
    same([row["contracts"] for row in seen["positions"]], [0.1], "position")
    await desk.flatten(ETH)


@checks.proves("market sockets: watch_ticker, watch_tickers, watch_ohlcv, watch_trades and watch_mark_price deliver")
async def market_sockets(desk: Desk) -> None:
    client = desk.ccxt
    ticker, tickers, bars, trades, mark = await asyncio.wait_for(
        asyncio.gather(
            client.watch_ticker(BTC),
            client.watch_tickers([BTC, ETH]),
            client.watch_ohlcv(BTC, "1m"),
            client.watch_trades(BTC),
            client.watch_mark_price(BTC),
        ),
        60,
    )
    holds(ticker["last"] and set(tickers) & {BTC, ETH}, "tickers")
    holds(0 <= await client.fetch_time() - bars[-1][0] < 120_000, "the bar is not of now")
    holds(trades[-1]["price"] > 0 and trades[-1]["amount"] > 0, "trade")
    holds(abs(mark["markPrice"] / ticker["last"] - 1) < 0.02, "mark price")


@checks.proves("book sockets: watch_order_book keeps a book that agrees with REST, watch_bids_asks its best prices")
async def book_sockets(desk: Desk) -> None:
    client = desk.ccxt
    book, best = await asyncio.wait_for(
        asyncio.gather(client.watch_order_book(BTC, 100), client.watch_bids_asks([BTC])), 60
    )
    holds(book["bids"][0][0] < book["asks"][0][0], "a crossed book")
    holds(best[BTC]["bid"] < best[BTC]["ask"], "crossed best prices")
    read = await client.fetch_order_book(BTC, limit=100)
    holds(abs(read["bids"][0][0] / book["bids"][0][0] - 1) < 0.01, "the book is far from REST's")


@checks.proves("WebSocket API: create_order_ws, fetch_order_ws, edit_order_ws, cancel_order_ws, balance and positions")
async def websocket_api(desk: Desk) -> None:
    client, price, lower = desk.ccxt, await desk.away(BTC, 0.9), await desk.away(BTC, 0.89)
    order = await client.create_order_ws(BTC, "limit", "buy", 0.01, price)
    read = await client.fetch_order_ws(order["id"], BTC)
    edited = await client.edit_order_ws(order["id"], BTC, "limit", "buy", 0.01, lower)
    gone = await client.cancel_order_ws(order["id"], BTC)
    found, positions = await client.fetch_balance_ws(), await client.fetch_positions_ws([BTC])

    same((order["status"], read["status"], gone["status"]), ("open", "open", "canceled"), "status")
    same(edited["price"], lower, "edited price")
    holds(found["USDT"]["total"] > 9_000, "balance")
    holds(isinstance(positions, list), "positions")
