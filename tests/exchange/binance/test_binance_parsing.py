from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange.binance import parsing
from exchange.binance.parsing import MalformedPayload
from exchange.types import MarginType, PositionSide, Side, VenueStatus, from_ms

ALGO_ROW = {
    "algoId": 1000000202490585,
    "clientAlgoId": "dlx-7-stop1",
    "algoType": "CONDITIONAL",
    "orderType": "STOP_MARKET",
    "symbol": "BTCUSDT",
    "side": "BUY",
    "positionSide": "SHORT",
    "timeInForce": "GTE_GTC",
    "quantity": "0",
    "algoStatus": "NEW",
    "triggerPrice": "45000.00",
    "price": "0",
    "workingType": "CONTRACT_PRICE",
    "closePosition": True,
    "priceProtect": False,
    "reduceOnly": True,
    "createTime": 1625474304765,
    "updateTime": 1625474304766,
    "triggerTime": 0,
    "goodTillDate": 0,
}
POSITION_ROW = {
    "symbol": "ADAUSDT",
    "positionSide": "SHORT",
    "positionAmt": "-30",
    "entryPrice": "0.385",
    "breakEvenPrice": "0.385077",
    "markPrice": "0.41047590",
    "unRealizedProfit": "-0.76427700",
    "liquidationPrice": "0",
    "isolatedMargin": "0",
    "notional": "-12.31427700",
    "marginAsset": "USDT",
    "isolatedWallet": "0",
    "initialMargin": "0.61571385",
    "maintMargin": "0.08004280",
    "positionInitialMargin": "0.61571385",
    "openOrderInitialMargin": "0",
    "adl": 2,
    "bidNotional": "0",
    "askNotional": "0",
    "updateTime": 1720736417660,
}
ACCOUNT = {
    "totalInitialMargin": "1.5",
    "totalMaintMargin": "0.4",
    "totalWalletBalance": "103.12345678",
    "totalUnrealizedProfit": "-2.1",
    "totalMarginBalance": "101.02345678",
    "availableBalance": "99.52345678",
    "assets": [],
    "positions": [],
}
INCOME_ROW = {
    "symbol": "",
    "incomeType": "TRANSFER",
    "income": "-0.37500000",
    "asset": "USDT",
    "info": "TRANSFER",
    "time": 1570608000000,
    "tranId": 9689322392,
    "tradeId": "",
}


def test_short_order_object_has_no_average_price(payload):
    order = parsing.order_state(payload("order_short"))

    assert order.symbol == "牛来USDT"
    assert order.status is VenueStatus.NEW
    assert order.quantity == Decimal(697)
    assert order.average_price is None
    assert order.updated_at == from_ms(1789128259631)


def test_long_order_object(payload):
    order = parsing.order_state(payload("order_long"))

    assert (order.order_id, order.client_order_id) == (12345678, "testOrder123")
    assert (order.side, order.position_side, order.order_type) == (Side.BUY, PositionSide.BOTH, "LIMIT")
    assert order.price == Decimal("50000.00")
    assert order.executed_quantity == 0
    assert order.average_price is None  # the venue says "0.00" before the first fill


def test_average_price_of_a_filled_order(payload):
    row = payload("order_long") | {"avgPrice": "49999.87", "executedQty": "0.001", "status": "FILLED"}

    assert parsing.order_state(row).average_price == Decimal("49999.87")


@pytest.mark.parametrize(
    "damage",
    [
        {"status": "NEARLY_FILLED"},
        {"side": "HOLD"},
        {"positionSide": ""},
        {"origQty": 0.001},
        {"origQty": "many"},
        {"executedQty": "NaN"},
        {"executedQty": None},
        {"orderId": None},
        {"reduceOnly": "false"},
        {"updateTime": "now"},
    ],
    ids=str,
)
def test_surprise_in_an_order_is_an_error(payload, damage):
    with pytest.raises(MalformedPayload, match="order_state"):
        parsing.order_state(payload("order_long") | damage)


@pytest.mark.parametrize("missing", ["clientOrderId", "status", "executedQty", "reduceOnly"])
def test_order_without_a_member_is_an_error(payload, missing):
    row = payload("order_long")
    del row[missing]

    with pytest.raises(MalformedPayload):
        parsing.order_state(row)


def test_algo_order_before_its_trigger():
    order = parsing.algo_order_state(ALGO_ROW)

    assert order.algo_id == 1000000202490585
    assert (order.order_type, order.status) == ("STOP_MARKET", VenueStatus.NEW)
    assert order.close_position
    assert order.quantity == 0
    assert order.trigger_price == Decimal("45000.00")
    assert order.child_order_id is None


@pytest.mark.parametrize(("actual", "child"), [("", None), ("0", None), (None, None), ("88937381063", 88937381063)])
def test_child_of_an_algo_order(actual, child):
    assert parsing.algo_order_state(ALGO_ROW | {"actualOrderId": actual}).child_order_id == child


def test_position_of_a_short_is_negative_and_may_have_no_liquidation_price():
    position = parsing.position(POSITION_ROW)

    assert position.quantity == Decimal(-30)
    assert position.position_side is PositionSide.SHORT
    assert position.liquidation_price is None
    assert position.unrealized_pnl == Decimal("-0.764277")
    assert position.maintenance_margin == Decimal("0.0800428")


def test_liquidation_price_is_read_where_there_is_one():
    assert parsing.position(POSITION_ROW | {"liquidationPrice": "1.2"}).liquidation_price == Decimal("1.2")


def test_account_totals():
    account = parsing.account(ACCOUNT)

    assert account.wallet_balance == Decimal("103.12345678")
    assert account.available_balance == Decimal("99.52345678")
    assert account.margin_balance == account.wallet_balance + account.unrealized_pnl
    assert (account.initial_margin, account.maintenance_margin) == (Decimal("1.5"), Decimal("0.4"))


def test_account_modes():
    modes = parsing.account_modes({"dualSidePosition": True, "multiAssetsMargin": False, "canTrade": True})

    assert (modes.hedge_mode, modes.multi_assets_margin, modes.can_trade) == (True, False, True)


def test_symbol_config(payload):
    ether, bitcoin = [parsing.symbol_config(row) for row in payload("symbol_config")]

    assert (ether.margin_type, ether.leverage) == (MarginType.CROSSED, 20)
    assert (bitcoin.margin_type, bitcoin.leverage) == (MarginType.ISOLATED, 25)


def test_fills(payload):
    fill = parsing.trade(payload("user_trades")[1])

    assert (fill.trade_id, fill.order_id) == (82357629, 831238690)
    assert (fill.side, fill.price, fill.quantity) == (Side.BUY, Decimal(2779), Decimal("0.005"))
    assert (fill.realized_pnl, fill.commission) == (Decimal("-0.00325"), Decimal("0.005558"))
    assert not fill.is_maker


def test_income_without_symbol_and_trade():
    row = parsing.income_row(INCOME_ROW)

    assert (row.income_type, row.income, row.transaction_id) == ("TRANSFER", Decimal("-0.375"), 9689322392)
    assert (row.symbol, row.trade_id) == ("", "")


def test_contracts_of_every_kind_are_read(payload):
    contracts = {c.symbol: c for c in parsing.tolerant(parsing.contract, payload("exchange_info")["symbols"])}

    assert contracts["BTCUSDT"].is_usdt_perpetual
    assert contracts["BTCUSDT"].is_trading
    assert contracts["ETHUSDT_250627"].contract_type == "CURRENT_QUARTER DELIVERING"
    assert contracts["XAUUSDT"].contract_type == "TRADIFI_PERPETUAL"
    assert not contracts["XAUUSDT"].is_usdt_perpetual
    assert contracts["XAUUSDT"].underlying_type == "COMMODITY"
    assert len(contracts) == len(payload("exchange_info")["symbols"])


def test_rules_come_from_the_filters_not_from_the_precisions(payload):
    rules = parsing.contract(payload("exchange_info")["symbols"][0]).rules

    assert (rules.tick_size, rules.min_price, rules.max_price) == (Decimal("0.10"), Decimal("261.10"), Decimal(809484))
    assert (rules.step_size, rules.min_quantity, rules.max_quantity) == (Decimal("0.0001"), Decimal("0.0001"), 1000)
    assert (rules.market_step_size, rules.market_max_quantity) == (Decimal("0.0001"), 120)
    assert rules.min_notional == 100


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        (4133404800000, None),
        (4133404802000, None),  # seen on one contract of 2025
        (1735552800000, datetime(2024, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_an_announced_end_is_told_and_no_end_is_none(payload, delivery, expected):
    row = payload("exchange_info")["symbols"][0] | {"deliveryDate": delivery}

    assert parsing.contract(row).delivery_at == expected


def test_unknown_words_in_a_contract_stay_text(payload):
    row = payload("exchange_info")["symbols"][0] | {"contractType": "MOON_PERPETUAL", "status": "NAPPING"}
    row["filters"].append({"filterType": "NEVER_HEARD_OF", "bound": 3})

    contract = parsing.contract(row)

    assert (contract.contract_type, contract.status) == ("MOON_PERPETUAL", "NAPPING")


def test_missing_market_lot_and_notional_filters_limit_nothing_more(payload):
    row = payload("exchange_info")["symbols"][0]
    row["filters"] = [f for f in row["filters"] if f["filterType"] in ("PRICE_FILTER", "LOT_SIZE")]

    rules = parsing.contract(row).rules

    assert rules.market_max_quantity == rules.max_quantity
    assert rules.min_notional == 0


def test_contract_that_cannot_be_read_does_not_hide_the_others(payload):
    first, second, *rest = payload("exchange_info")["symbols"]
    first["filters"][0]["tickSize"] = "small"

    symbols = [c.symbol for c in parsing.tolerant(parsing.contract, [first, second, "no row at all", *rest])]

    assert symbols == [row["symbol"] for row in (second, *rest)]


def test_mark_price(payload):
    mark = parsing.mark_price(payload("premium_index"))

    assert mark.mark_price == Decimal("11793.63104562")
    assert mark.funding_rate == Decimal("0.00038246")
    assert mark.next_funding_at == datetime(2020, 8, 14, 8, tzinfo=UTC)


def test_contract_without_funding_has_rate_zero(payload):
    mark = parsing.mark_price(payload("premium_index") | {"lastFundingRate": "", "nextFundingTime": 0})

    assert mark.funding_rate == 0


def test_ticker(payload):
    ticker = parsing.ticker(payload("ticker_price"))

    assert (ticker.symbol, ticker.last_price, ticker.at) == ("BTCUSDT", Decimal("6000.01"), from_ms(1589437530011))


def test_klines(payload):
    (bar,) = parsing.klines(payload("klines"))

    assert bar.open_time == from_ms(1607444700000)
    assert (bar.open, bar.high) == (Decimal("18879.99"), Decimal("18900.00"))
    assert (bar.low, bar.close) == (Decimal("18878.98"), Decimal("18896.13"))
    assert bar.close_time == from_ms(1607444759999)
    assert (bar.quote_volume, bar.trades) == (Decimal("9302145.66080"), 1874)
    assert bar.taker_buy_quote_volume == Decimal("7292402.33267")
    assert bar.sell_volume == Decimal("492.363") - Decimal("385.983")


@pytest.mark.parametrize("rows", [[[1, "2"]], [["a"] * 12], [None], 7], ids=str)
def test_klines_that_are_none_are_an_error(rows):
    with pytest.raises(MalformedPayload, match="klines"):
        parsing.klines(rows)
