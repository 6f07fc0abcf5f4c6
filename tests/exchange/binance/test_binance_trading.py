from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.binance.income import all_income
from exchange.binance.requests import algo_order_params, order_params
from exchange.binance.trading import BinanceTrading
from exchange.errors import ExchangeUnavailable, OrderRefused, OutcomeUnknown
from exchange.ports import TradingPort
from exchange.types import (
    AlgoOrderRequest,
    IncomeRow,
    MarginType,
    OrderRequest,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
    VenueStatus,
    WorkingType,
    from_ms,
    to_ms,
)

ORDER = "/fapi/v1/order"
ALGO_ORDER = "/fapi/v1/algoOrder"
SENT_WITH_EVERYTHING = {"recvWindow", "timestamp", "signature"}
START = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def trading(client) -> TradingPort:
    return BinanceTrading(client)


def limit_order(**changes):
    fields = {
        "symbol": "BTCUSDT",
        "side": Side.SELL,
        "position_side": PositionSide.BOTH,
        "order_type": OrderType.LIMIT,
        "quantity": Decimal("1E-5"),
        "price": Decimal("97000.10"),
        "time_in_force": TimeInForce.GTC,
        "client_order_id": "dlabc-7-entry1",
    }
    return OrderRequest(**fields | changes)


def market_order(**changes):
    return limit_order(order_type=OrderType.MARKET, price=None, time_in_force=None, **changes)


def stop_order(**changes):
    fields = {
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "position_side": PositionSide.BOTH,
        "order_type": OrderType.STOP_MARKET,
        "trigger_price": Decimal("99000.50"),
        "client_order_id": "dlabc-7-stop1",
        "close_position": True,
    }
    return AlgoOrderRequest(**fields | changes)


def algo_row(**changes):
    row = {
        "algoId": 2146760,
        "clientAlgoId": "dlabc-7-stop1",
        "orderType": "STOP_MARKET",
        "symbol": "BTCUSDT",
        "side": "BUY",
        "positionSide": "BOTH",
        "quantity": "0",
        "algoStatus": "NEW",
        "triggerPrice": "99000.50",
        "closePosition": True,
        "reduceOnly": True,
        "updateTime": 1789128259631,
    }
    return row | changes


def income(number, at_ms, income_type="COMMISSION"):
    return {
        "symbol": "BTCUSDT",
        "incomeType": income_type,
        "income": "-0.5",
        "asset": "USDT",
        "info": "",
        "time": at_ms,
        "tranId": number,
        "tradeId": str(number),
    }


def test_limit_order_in_one_way_mode():
    assert order_params(limit_order()) == {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "quantity": "0.00001",
        "price": "97000.1",
        "timeInForce": "GTC",
        "newClientOrderId": "dlabc-7-entry1",
    }


def test_order_that_expires_by_itself():
    params = order_params(limit_order(time_in_force=TimeInForce.GTD, good_till=from_ms(1789128259000)))

    assert (params["timeInForce"], params["goodTillDate"]) == ("GTD", "1789128259000")


def test_order_in_hedge_mode_names_its_side_and_never_reduce_only():
    params = order_params(limit_order(position_side=PositionSide.SHORT))

    assert params["positionSide"] == "SHORT"
    assert "reduceOnly" not in params


def test_reducing_order_in_one_way_mode():
    params = order_params(market_order(reduce_only=True))

    assert params["reduceOnly"] == "true"
    assert "positionSide" not in params


def test_market_order_asks_for_its_final_state():
    params = order_params(market_order())

    assert params["newOrderRespType"] == "RESULT"
    assert not {"price", "timeInForce", "goodTillDate"} & params.keys()


def test_limit_order_that_ends_at_once_asks_for_its_final_state():
    assert order_params(limit_order(time_in_force=TimeInForce.IOC))["newOrderRespType"] == "RESULT"


@pytest.mark.parametrize(
    "changes",
    [
        {"position_side": PositionSide.LONG, "reduce_only": True},
        {"order_type": OrderType.STOP_MARKET},
        {"price": None},
        {"order_type": OrderType.MARKET},
        {"time_in_force": TimeInForce.GTD},
        {"good_till": START},
    ],
    ids=str,
)
def test_order_that_no_venue_would_take_is_not_sent(venue, trading, changes):
    with pytest.raises(ValueError):
        trading.place_order(limit_order(**changes))

    assert venue.requests == []


def test_closing_stop_has_neither_quantity_nor_reduce_only():
    assert algo_order_params(stop_order()) == {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "STOP_MARKET",
        "triggerPrice": "99000.5",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": "false",
        "closePosition": "true",
        "clientAlgoId": "dlabc-7-stop1",
    }


def test_stop_by_quantity():
    one_way = algo_order_params(stop_order(close_position=False, quantity=Decimal("0.50"), reduce_only=True))
    hedge = algo_order_params(
        stop_order(
            close_position=False,
            quantity=Decimal("0.50"),
            position_side=PositionSide.SHORT,
            working_type=WorkingType.MARK_PRICE,
            price_protect=True,
        )
    )

    assert (one_way["quantity"], one_way["reduceOnly"]) == ("0.5", "true")
    assert not {"closePosition", "positionSide"} & one_way.keys()
    assert (hedge["positionSide"], hedge["workingType"], hedge["priceProtect"]) == ("SHORT", "MARK_PRICE", "true")
    assert "reduceOnly" not in hedge


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal(1)},
        {"close_position": False},
        {"reduce_only": True},
        {"order_type": OrderType.LIMIT},
        {"close_position": False, "quantity": Decimal(1), "reduce_only": True, "position_side": PositionSide.LONG},
    ],
    ids=str,
)
def test_stop_that_no_venue_would_take_is_not_sent(venue, trading, changes):
    with pytest.raises(ValueError):
        trading.place_algo_order(stop_order(**changes))

    assert venue.requests == []


def test_place_order_sends_the_parameters_and_nothing_besides(venue, trading, payload):
    venue.script("POST", ORDER, payload("order_short"))

    state = trading.place_order(limit_order())

    (seen,) = venue.seen("POST", ORDER)
    assert state.order_id == 6480716
    assert seen.params.keys() == order_params(limit_order()).keys() | SENT_WITH_EVERYTHING


@pytest.mark.parametrize("body", [{}, {"orderId": 6480716}, []], ids=str)
def test_accepted_order_with_an_unreadable_answer_is_unknown_not_failed(venue, trading, body):
    venue.script("POST", ORDER, body)

    with pytest.raises(OutcomeUnknown, match="accepted"):
        trading.place_order(limit_order())

    assert len(venue.seen("POST", ORDER)) == 1


def test_place_algo_order(venue, trading):
    venue.script("POST", ALGO_ORDER, algo_row(clientAlgoId="x"))

    state = trading.place_algo_order(stop_order())

    assert (state.algo_id, state.client_order_id, state.status) == (2146760, "x", VenueStatus.NEW)


def test_cancel_of_an_order(venue, trading, payload):
    venue.script("DELETE", ORDER, payload("order_short") | {"status": "CANCELED"})

    state = trading.cancel_order("BTCUSDT", "dlabc-7-entry1")

    (seen,) = venue.seen("DELETE", ORDER)
    assert state.status is VenueStatus.CANCELED
    assert seen.params["origClientOrderId"] == "dlabc-7-entry1"


def test_cancel_of_an_unknown_order_is_refused(venue, trading, refuse):
    venue.script("DELETE", ORDER, refuse(-2011, "Unknown order sent."))

    with pytest.raises(OrderRefused) as refused:
        trading.cancel_order("BTCUSDT", "nobody")

    assert refused.value.code == -2011


def test_cancel_of_an_algo_order_names_no_symbol(venue, trading):
    venue.script("DELETE", ALGO_ORDER, {"algoId": 2146760, "clientAlgoId": "a", "code": "200", "msg": "success"})

    trading.cancel_algo_order("BTCUSDT", "a")

    (seen,) = venue.seen("DELETE", ALGO_ORDER)
    assert seen.params.keys() == {"clientAlgoId"} | SENT_WITH_EVERYTHING


def test_order_is_found_by_either_id(venue, trading, payload):
    venue.script("GET", ORDER, payload("order_long"))

    assert trading.order("BTCUSDT", "testOrder123").order_id == 12345678
    assert trading.order_by_id("BTCUSDT", 12345678).client_order_id == "testOrder123"

    by_client_id, by_id = venue.seen("GET", ORDER)
    assert by_client_id.params["origClientOrderId"] == "testOrder123"
    assert by_id.params["orderId"] == "12345678"


@pytest.mark.parametrize("code", [-2013, -20124])
def test_order_the_venue_does_not_know_is_none(venue, trading, refuse, code):
    venue.script("GET", ORDER, refuse(code, "Order does not exist."))
    venue.script("GET", ALGO_ORDER, refuse(code, "Order does not exist."))

    assert trading.order("BTCUSDT", "a") is None
    assert trading.order_by_id("BTCUSDT", 1) is None
    assert trading.algo_order("BTCUSDT", "a") is None


def test_query_refused_for_another_reason_is_no_absence(venue, trading, refuse):
    venue.script("GET", ORDER, refuse(-1121, "Invalid symbol."))

    with pytest.raises(OrderRefused):
        trading.order("BTCUSDT", "a")


def test_query_that_cannot_be_answered_is_no_absence(venue, trading, answer):
    venue.script("GET", ALGO_ORDER, answer(status=503))

    with pytest.raises(ExchangeUnavailable):
        trading.algo_order("BTCUSDT", "a")


def test_triggered_algo_order_names_its_child(venue, trading):
    venue.script("GET", ALGO_ORDER, algo_row(algoStatus="TRIGGERED", actualOrderId="88937381063"))

    assert trading.algo_order("BTCUSDT", "a").child_order_id == 88937381063


def test_open_orders_of_one_symbol_and_of_all(venue, trading, payload):
    venue.script("GET", "/fapi/v1/openOrders", [payload("order_long")])
    venue.script("GET", "/fapi/v1/openAlgoOrders", [algo_row(), algo_row(algoId=2)])

    assert len(trading.open_orders("BTCUSDT")) == len(trading.open_orders()) == 1
    assert [order.algo_id for order in trading.open_algo_orders()] == [2146760, 2]

    of_one, of_all = venue.seen("GET", "/fapi/v1/openOrders")
    assert of_one.params["symbol"] == "BTCUSDT"
    assert "symbol" not in of_all.params


def test_list_with_an_unreadable_order_is_no_list(venue, trading, payload):
    venue.script("GET", "/fapi/v1/openOrders", [payload("order_long"), {"symbol": "ETHUSDT"}])

    with pytest.raises(ExchangeUnavailable):
        trading.open_orders()


def test_positions_leave_out_empty_rows(venue, trading):
    row = {
        "symbol": "BTCUSDT",
        "positionSide": "LONG",
        "positionAmt": "0.010",
        "entryPrice": "97000",
        "markPrice": "97010",
        "unRealizedProfit": "0.1",
        "liquidationPrice": "50000",
        "isolatedMargin": "97",
        "initialMargin": "97",
        "maintMargin": "4",
        "updateTime": 1789128259631,
    }
    venue.script("GET", "/fapi/v3/positionRisk", [row, row | {"positionSide": "SHORT", "positionAmt": "0.000"}])

    (position,) = trading.positions()

    assert (position.position_side, position.quantity) == (PositionSide.LONG, Decimal("0.010"))


def test_symbol_config_picks_its_symbol(venue, trading, payload):
    venue.script("GET", "/fapi/v1/symbolConfig", payload("symbol_config"))

    assert trading.symbol_config("BTCUSDT").leverage == 25
    with pytest.raises(ExchangeUnavailable):
        trading.symbol_config("XRPUSDT")


def test_account_and_modes(venue, trading):
    totals = ["WalletBalance", "MarginBalance", "UnrealizedProfit", "InitialMargin", "MaintMargin"]
    venue.script("GET", "/fapi/v3/account", {f"total{name}": "1.5" for name in totals} | {"availableBalance": "1.25"})
    venue.script(
        "GET", "/fapi/v1/accountConfig", {"dualSidePosition": False, "multiAssetsMargin": False, "canTrade": True}
    )

    assert trading.account().available_balance == Decimal("1.25")
    assert not trading.modes().hedge_mode


def test_leverage_in_force_is_the_venues(venue, trading):
    venue.script("POST", "/fapi/v1/leverage", {"leverage": 5, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"})

    assert trading.set_leverage("BTCUSDT", 6) == 5
    assert venue.seen("POST", "/fapi/v1/leverage")[0].params["leverage"] == "6"


def test_margin_type_that_is_already_so_is_success(venue, trading, refuse):
    venue.script(
        "POST",
        "/fapi/v1/marginType",
        {"code": 200, "msg": "success"},
        refuse(-4046, "No need to change margin type."),
        refuse(-4047, "Margin type cannot be changed if there exists open orders."),
    )

    trading.set_margin_type("BTCUSDT", MarginType.ISOLATED)
    trading.set_margin_type("BTCUSDT", MarginType.ISOLATED)
    with pytest.raises(OrderRefused):
        trading.set_margin_type("BTCUSDT", MarginType.ISOLATED)

    assert venue.seen("POST", "/fapi/v1/marginType")[0].params["marginType"] == "ISOLATED"


def test_fills_come_oldest_first(venue, trading, payload):
    venue.script("GET", "/fapi/v1/userTrades", payload("user_trades")[::-1])

    fills = trading.trades("ETHUSDT", start=START, order_id=9)

    (seen,) = venue.seen("GET", "/fapi/v1/userTrades")
    assert [fill.trade_id for fill in fills] == [82357626, 82357629]
    assert (seen.params["startTime"], seen.params["orderId"]) == (str(to_ms(START)), "9")
    assert (seen.params["limit"], "fromId" in seen.params) == ("1000", False)


def test_fills_from_an_id_have_no_start(venue, trading):
    venue.script("GET", "/fapi/v1/userTrades", [])

    assert trading.trades("ETHUSDT", from_id=0) == []
    assert venue.seen("GET", "/fapi/v1/userTrades")[0].params["fromId"] == "0"
    with pytest.raises(ValueError):
        trading.trades("ETHUSDT", from_id=1, start=START)


def test_income_is_read_to_the_last_page(venue, trading):
    first = [income(number, to_ms(START) + number // 2) for number in range(1000)]
    venue.script("GET", "/fapi/v1/income", first, [*first[-2:], income(1000, to_ms(START) + 600)])

    rows = trading.income(start=START, end=START + timedelta(days=1), symbol="BTCUSDT")

    assert [row.transaction_id for row in rows] == list(range(1001))
    one, two = venue.seen("GET", "/fapi/v1/income")
    assert one.params["startTime"] == str(to_ms(START))
    assert two.params["startTime"] == str(to_ms(START) + 499)
    assert two.params["endTime"] == str(to_ms(START + timedelta(days=1)))
    assert two.params["symbol"] == "BTCUSDT"


def ledger_pages(ledger):
    """A venue's income endpoint over ``ledger``, 1000 rows a page."""

    def page(params):
        since, until = int(params["startTime"]), int(params.get("endTime", 10**15))
        return [row for row in ledger if since <= to_ms(row.at) <= until][:1000]

    return page


def ledger_row(number, *, at, income_type="COMMISSION"):
    return IncomeRow(
        symbol="BTCUSDT",
        income_type=income_type,
        income=Decimal(number),
        asset="USDT",
        transaction_id=number,
        trade_id="",
        at=at,
    )


@pytest.mark.parametrize("per_millisecond", [1, 7, 400, 999])
@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 3500])
def test_income_has_no_gaps_and_no_doubles_at_the_borders_of_pages(rows, per_millisecond):
    ledger = [
        ledger_row(number, at=START + timedelta(milliseconds=number // per_millisecond)) for number in range(rows)
    ]

    assert all_income(ledger_pages(ledger), start=START, end=None, symbol=None) == ledger


def test_income_of_different_types_may_share_a_transaction_id():
    ledger = [ledger_row(1, at=START), ledger_row(1, at=START, income_type="REALIZED_PNL")]

    assert all_income(ledger_pages(ledger), start=START, end=START, symbol=None) == ledger


def test_income_that_cannot_be_paged_is_an_error_not_a_gap():
    ledger = [ledger_row(number, at=START) for number in range(1001)]

    with pytest.raises(ExchangeUnavailable, match="one millisecond"):
        all_income(ledger_pages(ledger), start=START, end=None, symbol=None)
