"""Account and orders through ccxt."""

from decimal import Decimal

import ccxt
from ccxt_desk import ADA, BTC, ETH, FIRE_S, Desk, connect
from reporting import Checks, announced, holds, refused, same

checks = Checks()


@checks.proves("fetch_balance: the deposit, all of it free")
async def balance(desk: Desk) -> None:
    found = await desk.ccxt.fetch_balance()
    same((found["USDT"]["total"], found["USDT"]["free"]), (10_000.0, 10_000.0), "USDT")


@checks.proves("leverage, margin mode, position mode and leverage tiers: set, and read back")
async def settings(desk: Desk) -> None:
    client = desk.ccxt
    await client.set_leverage(7, BTC)
    await client.set_margin_mode("isolated", ADA)
    await refused(client.set_margin_mode("isolated", ADA), ccxt.MarginModeAlreadySet, code=-4046)

    leverages, modes = await client.fetch_leverages([BTC]), await client.fetch_margin_modes([ADA])
    tiers, mode = await client.fetch_leverage_tiers([BTC]), await client.fetch_position_mode(BTC)

    same(leverages[BTC]["longLeverage"], 7, "leverage")
    same(modes[ADA]["marginMode"], "isolated", "margin mode")
    same(mode["hedged"], False, "one-way")
    holds(tiers[BTC][0]["maxLeverage"] >= 20 and tiers[BTC][0]["minNotional"] == 0, "tiers")
    await client.set_margin_mode("cross", ADA)


@checks.proves("fees: fetch_trading_fee and fetch_trading_fees")
async def fees(desk: Desk) -> None:
    one = await desk.ccxt.fetch_trading_fee(BTC)
    same((one["maker"], one["taker"]), (0.0002, 0.0005), "fees")
    holds(BTC in await desk.ccxt.fetch_trading_fees(), "fees of all contracts")


@checks.proves("limit order: create, fetch, list, edit, cancel; funds are held and released")
async def limit_order(desk: Desk) -> None:
    client, price = desk.ccxt, await desk.away(BTC, 0.9)
    order = await client.create_order(BTC, "limit", "buy", 0.01, price)
    same((order["status"], order["filled"], order["price"]), ("open", 0.0, price), "order")
    holds((await client.fetch_balance())["USDT"]["used"] > 0, "no margin held")
    same([row["id"] for row in await client.fetch_open_orders(BTC)], [order["id"]], "open orders")

    lower = await desk.away(BTC, 0.89)
    edited = await client.edit_order(order["id"], BTC, "limit", "buy", 0.02, lower)
    same((edited["id"], edited["price"], edited["amount"]), (order["id"], lower, 0.02), "edited")
    same((await client.fetch_order(order["id"], BTC))["price"], lower, "price read back")

    same((await client.cancel_order(order["id"], BTC))["status"], "canceled", "status")
    same((await client.fetch_order(order["id"], BTC))["status"], "canceled", "status read back")
    same(await client.fetch_open_orders(BTC), [], "open orders")
    same((await client.fetch_balance())["USDT"]["used"], 0.0, "margin held")
    holds(order["id"] in [row["id"] for row in await client.fetch_canceled_orders(BTC)], "not among the cancelled")


@checks.proves("several orders in one request: create_orders, cancel_orders by id and by client id")
async def batches(desk: Desk) -> None:
    client, price = desk.ccxt, await desk.away(BTC, 0.9)
    wanted = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": price, "params": {}} for _ in range(4)
    ]

    placed = await client.create_orders(wanted)
    by_id = await client.cancel_orders([row["id"] for row in placed[:2]], BTC)
    names = [row["clientOrderId"] for row in placed[2:]]
    by_name = await client.cancel_orders([], BTC, {"origClientOrderIdList": names})

    same([row["status"] for row in placed], ["open"] * 4, "placed")
    same([row["status"] for row in by_id + by_name], ["canceled"] * 4, "cancelled")
    same(await client.fetch_open_orders(BTC), [], "open orders")


@checks.proves("cancel_all_orders takes the ordinary orders of a contract and leaves its stops")
async def cancel_all(desk: Desk) -> None:
    client = desk.ccxt
    await client.create_order(BTC, "limit", "buy", 0.01, await desk.away(BTC, 0.9))
    stop = await client.create_order(BTC, "market", "sell", 0.01, None, {"stopLossPrice": await desk.away(BTC, 0.8)})

    await client.cancel_all_orders(BTC)

    same(await client.fetch_open_orders(BTC), [], "open orders")
    same([row["id"] for row in await client.fetch_open_orders(BTC, params={"trigger": True})], [stop["id"]], "stops")
    await client.cancel_all_orders(BTC, params={"trigger": True})
    same(await client.fetch_open_orders(BTC, params={"trigger": True}), [], "stops after their cancel")


@checks.proves("market order: filled at once, position, own trades and order trades agree, the fee is booked")
async def market_order(desk: Desk) -> None:
    client = desk.ccxt
    await client.set_leverage(7, BTC)
    order = await client.create_order(BTC, "market", "buy", 0.01)
    same((order["status"], order["filled"]), ("closed", 0.01), "order")

    read, trades = await client.fetch_order(order["id"], BTC), await client.fetch_my_trades(BTC)
    own = await client.fetch_my_trades(BTC, params={"orderId": order["id"]})
    (position,) = await client.fetch_positions([BTC])
    ledger = await client.fetch_ledger("USDT")

    same(sum(row["amount"] for row in own), 0.01, "amount of its trades")
    same([row["order"] for row in trades], [order["id"]] * len(trades), "whose trades")
    same((position["side"], position["contracts"]), ("long", 0.01), "position")
    holds(abs(position["initialMarginPercentage"] - 1 / 7) < 0.001, "initial margin at the leverage of 7")
    holds(abs(read["average"] / position["entryPrice"] - 1) < 1e-9, "average and entry price differ")
    fee = sum(row["fee"]["cost"] for row in own)
    holds(abs(fee - read["cost"] * 0.0005) < 1e-6, "fee")
    booked = sum(row["amount"] for row in ledger if row["type"] == "commission")
    holds(abs(booked - fee) < 1e-6, f"fee in the ledger {ledger}")
    holds(position["liquidationPrice"] is None or position["liquidationPrice"] < position["entryPrice"], "liquidation")


@checks.proves("stop and take-profit: market and limit forms, closePosition, listed, fetched and cancelled")
async def conditional_orders(desk: Desk) -> None:
    client, triggered = desk.ccxt, {"trigger": True}
    await desk.flatten(BTC)
    await client.create_order(BTC, "market", "buy", 0.01)
    below, above = await desk.away(BTC, 0.9), await desk.away(BTC, 1.1)
    placed = [
        await client.create_order(BTC, "STOP_MARKET", "sell", 0.01, None, {"stopPrice": below, "reduceOnly": True}),
        await client.create_order(BTC, "TAKE_PROFIT_MARKET", "sell", 0.01, None, {"stopPrice": above}),
        await client.create_order(BTC, "limit", "sell", 0.01, below, {"stopLossPrice": below}),
        await client.create_order(BTC, "limit", "sell", 0.01, above, {"takeProfitPrice": above}),
        await client.create_order(BTC, "STOP_MARKET", "sell", None, None, {"stopPrice": below, "closePosition": True}),
        await client.create_order(
            BTC, "TAKE_PROFIT_MARKET", "sell", None, None, {"stopPrice": above, "closePosition": True}
        ),
        await client.create_order(BTC, "market", "sell", 0.01, None, {"trailingPercent": 5, "reduceOnly": True}),
    ]
    listed = await client.fetch_open_orders(BTC, params=triggered)
    same(sorted(row["id"] for row in listed), sorted(row["id"] for row in placed), "open stops")
    for order in placed:
        read = await client.fetch_order(order["id"], BTC, triggered)
        same((read["status"], read["side"], read["clientOrderId"]), ("open", "sell", order["clientOrderId"]), "stop")
    same([row["stopPrice"] for row in placed[:2]], [below, above], "trigger prices")
    same(await client.fetch_open_orders(BTC), [], "ordinary orders")

    for order in placed:
        await client.cancel_order(order["id"], BTC, triggered)

    same(await client.fetch_open_orders(BTC, params=triggered), [], "open stops after the cancel")


@checks.proves("a bracket: the leg that the price reaches fires, fills and closes the position; the other goes")
async def bracket(desk: Desk) -> None:
    client = desk.ccxt
    await desk.flatten(BTC)
    await client.create_order(BTC, "market", "buy", 0.01)
    tick = client.markets[BTC]["precision"]["price"]
    bid = (await client.fetch_order_book(BTC, limit=5))["bids"][0][0]
    legs = [("STOP_MARKET", bid - tick), ("TAKE_PROFIT_MARKET", bid + tick)]
    placed = []
    for kind, price in legs:
        trigger = float(client.price_to_precision(BTC, price))
        more = {"stopPrice": trigger, "closePosition": True}
        try:
            placed.append(await client.create_order(BTC, kind, "sell", None, None, more))
        except ccxt.OrderImmediatelyFillable:  # the price moved meanwhile: the other leg is the one that counts
            continue
    holds(placed, "no leg was placed")

    await desk.until_flat(BTC, within_s=FIRE_S)

    same(await client.fetch_open_orders(BTC, params={"trigger": True}), [], "legs left")
    ended = [await client.fetch_order(row["id"], BTC, {"trigger": True}) for row in placed]
    holds("closed" in [row["status"] for row in ended], f"no leg filled: {[row['status'] for row in ended]}")


@checks.proves("refusals come as the classes ccxt has for them (margin, trigger, post-only, notional, unknown order)")
async def refusals(desk: Desk) -> None:
    client = desk.ccxt
    below, above = await desk.away(BTC, 0.95), await desk.away(BTC, 1.02)
    stop = {"stopPrice": above}
    await refused(client.create_order(BTC, "market", "buy", 50), ccxt.InsufficientFunds, code=-2019)
    await refused(
        client.create_order(BTC, "STOP_MARKET", "sell", 0.01, None, stop), ccxt.OrderImmediatelyFillable, code=-2021
    )
    await refused(
        client.create_order(BTC, "limit", "buy", 0.01, above, {"postOnly": True}), ccxt.InvalidOrder, code=-5022
    )
    await refused(
        client.create_order(BTC, "market", "sell", 0.01, None, {"reduceOnly": True}), ccxt.InvalidOrder, code=-2022
    )
    await refused(client.create_order(BTC, "limit", "buy", 0.001, below), ccxt.InvalidOrder, code=-4164)
    await refused(client.fetch_order("1", BTC), ccxt.OrderNotFound, code=-2013)
    await refused(client.cancel_order("1", BTC), ccxt.OrderNotFound, code=-2011)
    await refused(client.fapiPublicGetDepth({"symbol": "NOUSDT"}), ccxt.BadSymbol, code=-1121)


@checks.proves("a wrong secret is an AuthenticationError, an old timestamp an InvalidNonce")
async def signatures(desk: Desk) -> None:
    other = connect(announced())
    try:
        other.secret = "0" * 64
        await refused(other.fetch_balance(), ccxt.AuthenticationError, code=-1022)
        other.secret = desk.ccxt.secret
        other.options["timeDifference"] = 120_000
        await refused(other.fetch_balance(), ccxt.InvalidNonce, code=-1021)
    finally:
        await other.close()


@checks.proves("isolated margin: added, reduced, listed, and shown in the position")
async def isolated_margin(desk: Desk) -> None:
    client = desk.ccxt
    await client.set_margin_mode("isolated", ADA)
    await client.create_order(ADA, "market", "buy", 100)
    (before,) = await client.fetch_positions([ADA])

    await client.add_margin(ADA, 5)
    await client.reduce_margin(ADA, 2)

    (after,) = await client.fetch_positions([ADA])
    moves = await client.fetch_margin_adjustment_history(ADA)
    same(before["marginMode"], "isolated", "margin mode")
    holds(abs(float(after["info"]["isolatedWallet"]) - float(before["info"]["isolatedWallet"]) - 3) < 0.01, "margin")
    same(sorted((row["type"], abs(row["amount"])) for row in moves), [("add", 5.0), ("reduce", 2.0)], "moves")
    await desk.flatten(ADA)
    await client.set_margin_mode("cross", ADA)


@checks.proves("hedge mode: a long and a short of one contract, each with its stop, each closed")
async def hedge_mode(desk: Desk) -> None:
    client = desk.ccxt
    await desk.flatten(BTC)
    await client.set_position_mode(True)
    try:
        for side, leg in (("buy", "LONG"), ("sell", "SHORT")):
            await client.create_order(ETH, "market", side, 0.1, None, {"positionSide": leg})
        stop = {"stopPrice": await desk.away(ETH, 0.9), "closePosition": True, "positionSide": "LONG"}
        await client.create_order(ETH, "STOP_MARKET", "sell", None, None, stop)
        rows = await client.fetch_positions([ETH])
        same(sorted((row["side"], row["contracts"]) for row in rows), [("long", 0.1), ("short", 0.1)], "positions")
        same((await client.fetch_position_mode(ETH))["hedged"], True, "mode")
        for side, leg in (("sell", "LONG"), ("buy", "SHORT")):
            await client.create_order(ETH, "market", side, 0.1, None, {"positionSide": leg})
        await client.cancel_all_orders(ETH, params={"trigger": True})
        same([row["contracts"] for row in await client.fetch_positions([ETH]) if row["contracts"]], [], "positions")
    finally:
        await client.set_position_mode(False)


@checks.proves("the ledger adds up: the deposit and every fee and profit make the balance")
async def ledger(desk: Desk) -> None:
    client = desk.ccxt
    rows = await client.fapiPrivateGetIncome({"limit": 1000})
    total = (await client.fetch_balance())["USDT"]["total"]

    holds(rows and await client.fetch_ledger("USDT"), "no income")
    same(sum(Decimal(row["income"]) for row in rows if row["asset"] == "USDT"), Decimal(str(total)), "balance")
    holds(isinstance(await client.fetch_funding_history(BTC), list), "funding history")
