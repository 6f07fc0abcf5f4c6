"""REST of the official SDK: every answer must fit its pydantic models."""

from decimal import Decimal
from itertools import pairwise

from binance_common.errors import UnauthorizedError
from binance_sdk_derivatives_trading_usds_futures.rest_api.models import (
    ModifyMultipleOrdersBatchOrdersParameterInner,
    PlaceMultipleOrdersBatchOrdersParameterInner,
)
from reporting import Checks, Paper, announced, holds, same
from sdk_desk import ADA, BTC, ETH, Desk, connect

checks = Checks()

PERIODIC = (
    "long_short_ratio",
    "open_interest_statistics",
    "taker_buy_sell_volume",
    "top_trader_long_short_ratio_accounts",
    "top_trader_long_short_ratio_positions",
)


@checks.proves("exchange_information, time and ping fit the SDK's models")
async def contracts(desk: Desk) -> None:
    desk.typed("test_connectivity")
    found = desk.typed("exchange_information")
    holds(desk.typed("check_server_time").server_time > 0, "time")
    holds({BTC, ETH, ADA} <= {row.symbol for row in found.symbols}, "contracts")
    holds(all(row.filters and row.order_types for row in found.symbols), "filters")


@checks.proves("bars of contract, pair, index, mark and premium: twelve columns, ascending")
async def bars(desk: Desk) -> None:
    calls = {
        "kline_candlestick_data": {"symbol": BTC},
        "continuous_contract_kline_candlestick_data": {"pair": BTC, "contract_type": "PERPETUAL"},
        "index_price_kline_candlestick_data": {"pair": BTC},
        "mark_price_kline_candlestick_data": {"symbol": BTC},
        "premium_index_kline_data": {"symbol": BTC},
    }
    for name, parameters in calls.items():
        rows = desk.typed(name, interval="1h", limit=5, **parameters)
        same([len(row) for row in rows], [12] * 5, f"columns of {name}")
        same([b[0] - a[0] for a, b in pairwise(rows)], [3_600_000] * 4, f"steps of {name}")


@checks.proves("prices, book, trades and funding fit the models, for one contract and for all")
async def prices(desk: Desk) -> None:
    both = ("mark_price", "symbol_price_ticker_v2", "symbol_order_book_ticker", "ticker24hr_price_change_statistics")
    for name in (*both, "symbol_price_ticker"):
        same(desk.typed(name, symbol=BTC).actual_instance.symbol, BTC, name)
        holds(len(desk.rows(name)) >= 20, f"{name} of all contracts")
    for name in ("order_book", "rpi_order_book"):
        book = desk.typed(name, symbol=BTC)
        holds(Decimal(book.bids[0][0]) < Decimal(book.asks[0][0]), f"{name} is crossed")
    for name in ("recent_trades_list", "old_trades_lookup", "compressed_aggregate_trades_list"):
        same(len(desk.rows(name, symbol=BTC, limit=10)), 10, name)
    holds(desk.rows("get_funding_rate_history", symbol=BTC, limit=3), "funding rates")
    desk.rows("get_funding_rate_info")


@checks.proves("statistics, indices, insurance fund, ADL risk and trading schedule fit the models")
async def statistics(desk: Desk) -> None:
    for name in PERIODIC:
        desk.rows(name, symbol=BTC, period="1h", limit=3)
    desk.rows("basis", pair=BTC, contract_type="PERPETUAL", period="1h")
    desk.rows("quarterly_contract_settlement_price", pair=BTC)
    same(desk.typed("open_interest", symbol=BTC).symbol, BTC, "open interest")
    holds(desk.typed("query_index_price_constituents", symbol=BTC).constituents, "constituents")
    for name in ("composite_index_symbol_information", "asset_index", "adl_risk"):
        desk.typed(name)
    for name in ("query_insurance_fund_balance_snapshot", "adl_risk"):
        desk.typed(name, symbol=BTC)
    desk.typed("trading_schedule")


@checks.proves("account, balances and positions of every version, modes, limits and fees fit the models")
async def account(desk: Desk) -> None:
    same(desk.typed("account_information_v3").total_wallet_balance, "10000", "deposit")
    holds(len(desk.typed("account_information_v2").positions) >= 20, "positions of v2")
    for name in ("futures_account_balance_v2", "futures_account_balance_v3"):
        same([row.asset for row in desk.rows(name)], ["USDT"], name)
    holds(len(desk.rows("position_information_v2")) >= 20, "positions of v2")
    same(desk.rows("position_information_v3"), [], "positions")
    same(desk.typed("futures_account_configuration").dual_side_position, False, "mode")
    holds(len(desk.rows("symbol_configuration")) >= 20, "symbol settings")
    same(desk.typed("user_commission_rate", symbol=BTC).taker_commission_rate, "0.0005", "fee")
    holds(desk.typed("notional_and_leverage_brackets", symbol=BTC), "brackets")
    for name in ("query_user_rate_limit", "get_current_position_mode", "get_current_multi_assets_mode"):
        holds(desk.typed(name), name)
    same(desk.typed("get_bnb_burn_status").fee_burn, False, "BNB")
    desk.typed("futures_trading_quantitative_rules_indicators")


@checks.proves("settings: leverage, margin type, position mode, multi-assets mode, BNB fees; set and set back")
async def settings(desk: Desk) -> None:
    changed = desk.typed("change_initial_leverage", symbol=BTC, leverage=7)
    same((changed.leverage, changed.symbol), (7, BTC), "leverage")
    for kind in ("ISOLATED", "CROSSED"):
        same(desk.typed("change_margin_type", symbol=ADA, margin_type=kind).code, 200, kind)
    for name, parameter in (
        ("change_position_mode", "dual_side_position"),
        ("change_multi_assets_mode", "multi_assets_margin"),
        ("toggle_bnb_burn_on_futures_trade", "fee_burn"),
    ):
        for value in ("true", "false"):
            same(desk.typed(name, **{parameter: value}).code, 200, name)
    desk.refused("change_position_mode", -4059, dual_side_position="false")
    same(desk.typed("futures_tradfi_perps_contract").code, 200, "agreement")


@checks.proves("limit order: test, place, query, list, modify with its history, countdown, cancel")
async def limit_order(desk: Desk) -> None:
    price, lower = desk.away(BTC, "0.9"), desk.away(BTC, "0.89")
    wanted = {"type": "LIMIT", "time_in_force": "GTC", "quantity": Decimal("0.01"), "price": price}
    desk.typed("test_order", symbol=BTC, side="BUY", **wanted)
    placed = desk.order(BTC, "BUY", **wanted, new_client_order_id="conformance-1")
    known = {"symbol": BTC, "order_id": placed.order_id}
    same((placed.status, placed.client_order_id), ("NEW", "conformance-1"), "placed")

    for name in ("query_order", "query_current_open_order"):
        same(desk.typed(name, **known).status, "NEW", name)
    same([row.order_id for row in desk.rows("current_all_open_orders", symbol=BTC)], [placed.order_id], "open")
    moved = desk.typed("modify_order", side="BUY", quantity=Decimal("0.02"), price=lower, **known)
    same((moved.orig_qty, Decimal(moved.price)), ("0.02", lower), "modified")
    same(len(desk.rows("get_order_modify_history", symbol=BTC)), 1, "history of changes")
    for countdown_ms in (600_000, 0):
        desk.typed("auto_cancel_all_open_orders", symbol=BTC, countdown_time=countdown_ms)

    same(desk.typed("cancel_order", **known).status, "CANCELED", "cancelled")
    holds(placed.order_id in [row.order_id for row in desk.rows("all_orders", symbol=BTC)], "not in all orders")


@checks.proves("several orders in one request: placed, modified and cancelled, a refused one in its place")
async def batches(desk: Desk) -> None:
    price, lower = float(desk.away(BTC, "0.9")), float(desk.away(BTC, "0.89"))
    orders = [
        PlaceMultipleOrdersBatchOrdersParameterInner(
            symbol=BTC, side="BUY", type="LIMIT", timeInForce="GTC", quantity=quantity, price=price
        )
        for quantity in (0.01, 0.0001, 0.01)
    ]

    placed = desk.rows("place_multiple_orders", batch_orders=orders)
    known = [row.order_id for row in placed if row.order_id]
    changes = [
        ModifyMultipleOrdersBatchOrdersParameterInner(symbol=BTC, side="BUY", orderId=one, quantity=0.01, price=lower)
        for one in known
    ]
    changed = desk.rows("modify_multiple_orders", batch_orders=changes)
    gone = desk.rows("cancel_multiple_orders", symbol=BTC, order_id_list=known)

    same([row.order_id is not None for row in placed], [True, False, True], "placed")
    same([Decimal(row.price) for row in changed], [Decimal(str(lower))] * 2, "modified")
    same([row.status for row in gone], ["CANCELED"] * 2, "cancelled")


@checks.proves("market order: filled, position, trades, income and ADL quantile fit the models and agree")
async def market_order(desk: Desk) -> None:
    order = desk.order(BTC, "BUY", type="MARKET", quantity=Decimal("0.01"), new_order_resp_type="RESULT")
    read = desk.typed("query_order", symbol=BTC, order_id=order.order_id)
    trades = [row for row in desk.rows("account_trade_list", symbol=BTC) if row.order_id == order.order_id]
    (position,) = desk.rows("position_information_v3", symbol=BTC)
    income = desk.rows("get_income_history", limit=1000)

    same((order.status, order.executed_qty), ("FILLED", "0.01"), "order")
    same(sum(Decimal(row.qty) for row in trades), Decimal("0.01"), "quantity of its trades")
    same(Decimal(position.entry_price), Decimal(read.avg_price), "entry price")
    fees = -sum(Decimal(row.income) for row in income if row.income_type == "COMMISSION")
    same(fees, sum(Decimal(row.commission) for row in trades), "fees")
    holds(desk.typed("position_adl_quantile_estimation"), "ADL quantile")
    holds(desk.typed("account_information_v3").positions, "positions of the account")
    same(desk.rows("users_force_orders"), [], "forced orders")


@checks.proves("stop, take-profit, their limit forms, closePosition and trailing: place, query, list, cancel")
async def conditional_orders(desk: Desk) -> None:
    desk.flatten(BTC)
    desk.order(BTC, "BUY", type="MARKET", quantity=Decimal("0.01"))
    below, above, quantity = desk.away(BTC, "0.9"), desk.away(BTC, "1.1"), Decimal("0.01")
    placed = [
        desk.stop(trigger_price=below, quantity=quantity, reduce_only="true", client_algo_id="conformance-stop"),
        desk.stop(type="TAKE_PROFIT_MARKET", trigger_price=above, quantity=quantity, reduce_only="true"),
        desk.stop(type="STOP", trigger_price=below, price=below, quantity=quantity, time_in_force="GTC"),
        desk.stop(type="TAKE_PROFIT", trigger_price=above, price=above, quantity=quantity, working_type="MARK_PRICE"),
        desk.stop(trigger_price=below, close_position="true"),
        desk.stop(type="TAKE_PROFIT_MARKET", trigger_price=above, close_position="true", price_protect="true"),
        desk.stop(type="TRAILING_STOP_MARKET", callback_rate=Decimal("5"), quantity=quantity),
    ]
    ids = sorted(row.algo_id for row in placed)
    same(sorted(row.algo_id for row in desk.rows("current_all_algo_open_orders", symbol=BTC)), ids, "open stops")
    for row in placed:
        same(desk.typed("query_algo_order", algo_id=row.algo_id).algo_status, "NEW", "stop")
    same(desk.typed("query_algo_order", client_algo_id="conformance-stop").algo_id, placed[0].algo_id, "by client id")

    same(desk.typed("cancel_algo_order", algo_id=placed[0].algo_id).code, "200", "cancel")
    same(desk.typed("cancel_all_algo_open_orders", symbol=BTC).code, 200, "cancel all")

    rows = desk.rows("query_all_algo_orders", symbol=BTC)
    same(sorted(row.algo_id for row in rows), ids, "all stops")
    same({row.algo_status for row in rows}, {"CANCELED"}, "status")
    same(desk.rows("current_all_algo_open_orders"), [], "open stops after the cancel")


@checks.proves("isolated margin moved in and out, with its history; hedge mode with a leg each")
async def margin(desk: Desk) -> None:
    desk.typed("change_margin_type", symbol=ADA, margin_type="ISOLATED")
    desk.order(ADA, "BUY", type="MARKET", quantity=Decimal(100))
    for kind, amount in ((1, 5), (2, 2)):
        moved = desk.typed("modify_isolated_position_margin", symbol=ADA, amount=Decimal(amount), type=str(kind))
        same((moved.code, moved.type), (200, kind), "moved")
    same(len(desk.rows("get_position_margin_change_history", symbol=ADA)), 2, "moves")
    desk.flatten(ADA)
    desk.flatten(BTC)
    desk.typed("change_position_mode", dual_side_position="true")
    for leg, first in (("LONG", "BUY"), ("SHORT", "SELL")):
        desk.order(ETH, first, type="MARKET", quantity=Decimal("0.1"), position_side=leg)
    sides = [row.position_side for row in desk.rows("position_information_v3", symbol=ETH)]
    for leg, last in (("LONG", "SELL"), ("SHORT", "BUY")):
        desk.order(ETH, last, type="MARKET", quantity=Decimal("0.1"), position_side=leg)
    desk.typed("change_position_mode", dual_side_position="false")
    same(sorted(sides), ["LONG", "SHORT"], "legs")


@checks.proves("refusals are BadRequestError and UnauthorizedError with the venue's codes")
async def refusals(desk: Desk) -> None:
    above, quantity = desk.away(BTC, "1.02"), Decimal("0.01")
    trigger = {"algo_type": "CONDITIONAL", "symbol": BTC, "side": "SELL", "type": "STOP_MARKET"}
    desk.refused("new_order", -2019, symbol=BTC, side="BUY", type="MARKET", quantity=Decimal(50))
    desk.refused("new_order", -2022, symbol=BTC, side="SELL", type="MARKET", quantity=quantity, reduce_only="true")
    desk.refused("new_order", -4120, symbol=BTC, side="SELL", type="STOP_MARKET", quantity=quantity)
    desk.refused("new_algo_order", -2021, **trigger, trigger_price=above, quantity=quantity)
    desk.refused("query_order", -2013, symbol=BTC, order_id=1)
    desk.refused("order_book", -1121, symbol="NOUSDT")
    other = connect(Paper(**{**announced().__dict__, "api_key": "0" * 64}))
    stranger = Desk(other)
    stranger.refused("account_information_v3", -2015, kind=UnauthorizedError)
