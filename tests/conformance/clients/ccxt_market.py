"""Market data through ccxt."""

from decimal import Decimal
from itertools import pairwise

from ccxt_desk import ADA, BTC, ETH, Desk
from reporting import Checks, holds, same

checks = Checks()


@checks.proves("load_markets: precision and limits are those of the exchange's filters")
async def markets(desk: Desk) -> None:
    found = await desk.ccxt.load_markets()

    raw = {row["symbol"]: row for row in (await desk.ccxt.fapiPublicGetExchangeInfo())["symbols"]}
    holds(len(found) >= 20, f"only {len(found)} markets")
    for symbol in (BTC, ETH, ADA):
        market = found[symbol]
        filters = {row["filterType"]: row for row in raw[market["id"]]["filters"]}
        same(Decimal(str(market["precision"]["price"])), Decimal(filters["PRICE_FILTER"]["tickSize"]), "tick")
        same(Decimal(str(market["precision"]["amount"])), Decimal(filters["LOT_SIZE"]["stepSize"]), "step")
        same(market["limits"]["cost"]["min"], float(filters["MIN_NOTIONAL"]["notional"]), "minimal notional")
        holds(market["swap"] and market["linear"] and market["active"], "not an active linear swap")


@checks.proves("fetch_time: the exchange keeps the client's own time")
async def clock(desk: Desk) -> None:
    ahead_ms = await desk.ccxt.fetch_time() - desk.ccxt.milliseconds()
    holds(abs(ahead_ms) < 1000, f"the exchange is {ahead_ms} ms ahead")


@checks.proves("fetch_ohlcv: bars of 1m, 1h and 1d ascend without gaps up to now")
async def bars(desk: Desk) -> None:
    for interval, span_ms in (("1m", 60_000), ("1h", 3_600_000), ("1d", 86_400_000)):
        rows = await desk.ccxt.fetch_ohlcv(BTC, interval, limit=50)
        same(len(rows), 50, f"rows of {interval}")
        same([b[0] - a[0] for a, b in pairwise(rows)], [span_ms] * 49, f"steps of {interval}")
        holds(0 <= await desk.ccxt.fetch_time() - rows[-1][0] < span_ms, f"the last {interval} bar is not the open one")
        holds(all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c, _ in rows), "prices out of order")


@checks.proves("fetch_ohlcv with since: rows begin there")
async def bars_since(desk: Desk) -> None:
    since = (await desk.ccxt.fetch_time() // 3_600_000 - 30) * 3_600_000

    rows = await desk.ccxt.fetch_ohlcv(ETH, "1h", since=since, limit=10)

    same([row[0] for row in rows], [since + hour * 3_600_000 for hour in range(10)], "open times")


@checks.proves("tickers, last prices, bids and asks, order book, trades and mark price are parsed and agree")
async def market_data(desk: Desk) -> None:
    client = desk.ccxt
    tickers, best = await client.fetch_tickers(), await client.fetch_bids_asks([BTC])
    book, trades = await client.fetch_order_book(BTC, limit=20), await client.fetch_trades(BTC, limit=20)
    last, mark = await client.fetch_last_prices([BTC]), await client.fetch_mark_price(BTC)

    holds(tickers[BTC]["low"] <= tickers[BTC]["last"] <= tickers[BTC]["high"], "last outside the day's range")
    same((len(book["bids"]), len(book["asks"])), (20, 20), "levels")
    holds(book["bids"][0][0] < book["asks"][0][0] and best[BTC]["bid"] < best[BTC]["ask"], "a crossed book")
    holds(len(trades) == 20 and all(row["amount"] > 0 for row in trades), "trades")
    holds(abs(last[BTC]["price"] / mark["markPrice"] - 1) < 0.02, "last and mark differ")


@checks.proves("funding rate, its history and the interval of each contract")
async def funding(desk: Desk) -> None:
    now, rate = await desk.ccxt.fetch_time(), await desk.ccxt.fetch_funding_rate(BTC)
    history = await desk.ccxt.fetch_funding_rate_history(BTC, limit=5)
    every, intervals = await desk.ccxt.fetch_funding_rates(), await desk.ccxt.fetch_funding_intervals()

    holds(now < rate["fundingTimestamp"] <= now + 8 * 3_600_000, "the next settlement is not within 8 hours")
    same([b["timestamp"] - a["timestamp"] for a, b in pairwise(history)], [28_800_000] * 4, "gaps")
    holds(len(every) >= 20, "rates of all contracts")
    holds(isinstance(intervals, dict), "intervals")


@checks.proves("open interest, long-short ratios and constituents answer in the forms ccxt reads")
async def statistics(desk: Desk) -> None:
    interest = await desk.ccxt.fetch_open_interest(BTC)
    history = await desk.ccxt.fetch_open_interest_history(BTC, "1h", limit=5)
    ratios = await desk.ccxt.fetch_long_short_ratio_history(BTC, "1h", limit=5)

    same(interest["symbol"], BTC, "symbol")
    holds(isinstance(history, list) and isinstance(ratios, list), "lists")
