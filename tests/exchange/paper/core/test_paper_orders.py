"""What the venue refuses, and the rules of position modes, reduce-only and margin."""

import pytest

from exchange.types import PositionSide
from tests.exchange.paper.scripted import SECRET, T0, D, Desk, limit_buy, stop_sell


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": ""}, -1102),
        ({"symbol": "NOPEUSDT"}, -1121),
        ({"side": "HOLD"}, -1117),
        ({"side": ""}, -1102),
        ({"type": "ICEBERG"}, -1116),
        ({"type": "STOP_MARKET"}, -4120),
        ({"type": "TRAILING_STOP_MARKET"}, -4120),
        ({"timeInForce": ""}, -1102),
        ({"timeInForce": "DAY"}, -1115),
        ({"timeInForce": "GTE_GTC"}, -1115),
        ({"price": ""}, -1102),
        ({"quantity": ""}, -1102),
        ({"quantity": "1e-05"}, -1100),
        ({"quantity": "-1"}, -1100),
        ({"quantity": "0"}, -4003),
        ({"quantity": "0.0001"}, -1111),
        ({"quantity": "1001"}, -4005),
        ({"price": "99.001"}, -1111),
        ({"price": "99.05"}, -4014),
        ({"price": "0"}, -4013),
        ({"price": "100001"}, -4002),
        ({"price": "151"}, -4016),
        ({"side": "SELL", "price": "49"}, -4024),
        ({"quantity": "0.01"}, -4164),
        ({"newClientOrderId": "bad id"}, -4015),
        ({"newClientOrderId": "x" * 37}, -4015),
        ({"positionSide": "LONG"}, -4061),
        ({"positionSide": "UP"}, -4060),
        ({"reduceOnly": "yes"}, -1130),
        ({"reduceOnly": "true"}, -2022),
        ({"newOrderRespType": "FULL"}, -1136),
        ({"timeInForce": "GTD"}, -1102),
        ({"type": "MARKET", "price": ""}, -1106),
        ({"type": "MARKET", "timeInForce": ""}, -1106),
        ({"type": "MARKET", "timeInForce": "", "price": "", "quantity": "121"}, -4005),
    ],
)
def test_refusals_of_ordinary_orders(changes, code):
    assert Desk([]).refusal("place_order", **limit_buy(**changes)) == code


def test_off_step_quantity_is_refused():
    desk = Desk([])
    row = dict(desk.market.symbol_info("BTCUSDT", T0))
    row["filters"] = [f | {"stepSize": "0.005"} if f["filterType"] == "LOT_SIZE" else f for f in row["filters"]]
    desk.market.symbol_info = lambda symbol, now_ms: row

    assert desk.refusal("place_order", **limit_buy(quantity="1.003")) == -4023


def test_quantity_below_the_minimum_is_refused():
    desk = Desk([])
    row = dict(desk.market.symbol_info("BTCUSDT", T0))
    row["filters"] = [f | {"minQty": "0.5"} if f["filterType"] == "LOT_SIZE" else f for f in row["filters"]]
    desk.market.symbol_info = lambda symbol, now_ms: row

    assert desk.refusal("place_order", **limit_buy(quantity="0.4")) == -4004


def test_vanished_contract_is_closed():
    desk = Desk([])
    desk.market.vanished.add("BTCUSDT")

    assert desk.refusal("place_order", **limit_buy()) == -4141


def test_contract_that_has_not_traded_yet_has_no_book():
    desk = Desk([])
    desk.market.points["BTCUSDT"].clear()

    assert desk.refusal("place_order", **limit_buy()) == -1112


def test_client_order_id_is_unique_among_open_orders_only():
    desk = Desk([])
    desk.order(newClientOrderId="mine")

    assert desk.refusal("place_order", **limit_buy(newClientOrderId="mine")) == -4116

    desk.do("cancel_order", symbol="BTCUSDT", origClientOrderId="mine")
    assert desk.order(newClientOrderId="mine")["status"] == "NEW"


@pytest.mark.parametrize("values", [{"orderId": "7"}, {"origClientOrderId": "nobody"}])
def test_cancelling_an_unknown_order_is_refused(values):
    assert Desk([]).refusal("cancel_order", symbol="BTCUSDT", **values) == -2011


def test_cancelling_twice_is_refused():
    desk = Desk([])
    order_id = str(desk.order()["orderId"])
    desk.do("cancel_order", symbol="BTCUSDT", orderId=order_id)

    assert desk.refusal("cancel_order", symbol="BTCUSDT", orderId=order_id) == -2011


def test_ids_grow():
    desk = Desk([])

    ids = [desk.order()["orderId"] for _ in range(3)]

    assert ids == sorted(set(ids))


def test_reduce_only_order_is_cut_to_the_position():
    desk = Desk([])
    desk.market_order("BUY", "1")

    answer = desk.market_order("SELL", "5", reduceOnly="true", newOrderRespType="RESULT")

    assert answer["executedQty"] == "1"
    assert desk.position().quantity == 0


def test_resting_reduce_only_orders_count_against_the_position():
    desk = Desk([])
    desk.market_order("BUY", "1")
    desk.order(side="SELL", price="110", reduceOnly="true")

    assert desk.refusal("place_order", **limit_buy(side="SELL", price="111", reduceOnly="true")) == -4118


def test_reduce_only_order_expires_when_its_position_is_gone():
    desk = Desk([])
    desk.market_order("BUY", "1")
    desk.order(side="SELL", price="110", reduceOnly="true")

    desk.market_order("SELL", "1")

    ended = desk.engine.records[-1].payload["o"]
    assert (ended["X"], ended["er"]) == ("EXPIRED", "4")


def test_small_exit_is_exempt_from_the_minimum_notional():
    desk = Desk([])
    desk.market_order("BUY", "0.06")

    assert desk.market_order("SELL", "0.01", reduceOnly="true")["status"] == "NEW"


def test_reduce_only_order_on_the_wrong_side_is_refused():
    desk = Desk([])
    desk.market_order("BUY", "1")

    assert desk.refusal("place_order", **limit_buy(reduceOnly="true")) == -2022


def test_one_way_position_flips_through_zero():
    desk = Desk([])
    desk.market_order("BUY", "1")

    desk.market_order("SELL", "3")

    assert (desk.position().quantity, desk.position().entry_price) == (D(-2), D(100))


class TestHedgeMode:
    @pytest.fixture
    def desk(self):
        desk = Desk([(1000, "94", "5")])
        desk.do("set_position_mode", dualSidePosition="true")
        return desk

    def test_both_directions_stand_side_by_side(self, desk):
        desk.market_order("BUY", "1", positionSide="LONG")
        desk.market_order("SELL", "2", positionSide="SHORT")

        assert desk.position(PositionSide.LONG).quantity == D(1)
        assert desk.position(PositionSide.SHORT).quantity == D(-2)

    @pytest.mark.parametrize("value", ["true", "false"])
    def test_reduce_only_is_not_known(self, desk, value):
        assert desk.refusal("place_order", **limit_buy(positionSide="LONG", reduceOnly=value)) == -1106

    def test_position_side_is_needed(self, desk):
        assert desk.refusal("place_order", **limit_buy()) == -4061

    def test_closing_more_than_held_is_refused(self, desk):
        desk.market_order("BUY", "1", positionSide="LONG")

        assert (
            desk.refusal("place_order", **limit_buy(side="SELL", price="110", quantity="2", positionSide="LONG"))
            == -2022
        )

    def test_close_position_stop_closes_its_own_leg_only(self, desk):
        desk.market_order("BUY", "1", positionSide="LONG")
        desk.market_order("SELL", "2", positionSide="SHORT")
        desk.algo(positionSide="LONG")

        desk.after(1000)

        assert desk.position(PositionSide.LONG).quantity == 0
        assert desk.position(PositionSide.SHORT).quantity == D(-2)

    def test_close_position_stop_on_the_opening_side_is_refused(self, desk):
        desk.market_order("BUY", "1", positionSide="LONG")

        values = stop_sell(side="BUY", triggerPrice="110", positionSide="LONG")
        assert desk.refusal("place_algo_order", **values) == -4138

    def test_quantity_stop_larger_than_the_leg_is_rejected_when_it_fires(self, desk):
        desk.market_order("BUY", "1", positionSide="LONG")
        desk.algo(closePosition="", quantity="2", positionSide="LONG")

        desk.after(1000)

        assert desk.engine.records[-1].payload["o"]["X"] == "REJECTED"


@pytest.mark.parametrize(
    ("before", "code"),
    [([], -4059), ([("order", {})], -4059), ([("market_order", {"side": "BUY", "quantity": "1"})], -4059)],
)
def test_position_mode_that_is_already_so(before, code):
    desk = Desk([])
    for method, values in before:
        getattr(desk, method)(**values)

    assert desk.refusal("set_position_mode", dualSidePosition="false") == code


def test_position_mode_is_locked_by_orders_and_positions():
    desk = Desk([])
    desk.order()
    assert desk.refusal("set_position_mode", dualSidePosition="true") == -4067

    desk.do("cancel_all_orders", symbol="BTCUSDT")
    desk.market_order("BUY", "1")
    assert desk.refusal("set_position_mode", dualSidePosition="true") == -4068


def test_margin_type_is_locked_by_orders_and_positions():
    desk = Desk([])
    assert desk.refusal("set_margin_type", symbol="BTCUSDT", marginType="CROSSED") == -4046
    assert desk.refusal("set_margin_type", symbol="BTCUSDT", marginType="SOMEHOW") == -1130

    desk.order()
    assert desk.refusal("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED") == -4047

    desk.do("cancel_all_orders", symbol="BTCUSDT")
    desk.market_order("BUY", "1")
    assert desk.refusal("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED") == -4048


@pytest.mark.parametrize("leverage", ["0", "76"])
def test_leverage_outside_the_first_bracket_is_refused(leverage):
    assert Desk([]).refusal("set_leverage", symbol="BTCUSDT", leverage=leverage) == -4028


def test_leverage_says_how_much_may_be_held():
    answer = Desk([]).do("set_leverage", symbol="BTCUSDT", leverage="50")

    assert answer == {"symbol": "BTCUSDT", "leverage": 50, "maxNotionalValue": "50000"}


def test_leverage_of_an_open_isolated_position_cannot_fall():
    desk = Desk([])
    desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    desk.market_order("BUY", "1")

    assert desk.refusal("set_leverage", symbol="BTCUSDT", leverage="10") == -4161
    assert desk.do("set_leverage", symbol="BTCUSDT", leverage="25")["leverage"] == 25


def test_order_beyond_the_free_margin_is_refused():
    desk = Desk([], deposit="10")

    assert desk.refusal("place_order", **limit_buy(quantity="3")) == -2019
    assert desk.order(quantity="2")["status"] == "NEW"
    assert desk.refusal("place_order", **limit_buy(quantity="1")) == -2019


def test_order_beyond_the_position_limit_of_the_leverage_is_refused():
    desk = Desk([], deposit="1000000")
    desk.do("set_leverage", symbol="BTCUSDT", leverage="75")

    assert desk.refusal("place_order", **limit_buy(quantity="600")) == -2027


def test_closing_needs_no_margin():
    desk = Desk([(1000, "96", "5")], deposit="10")
    desk.market_order("BUY", "1.9")
    desk.after(1000)

    assert desk.market_order("SELL", "1.9")["status"] == "NEW"


def test_open_order_limit_of_a_symbol():
    desk = Desk([])
    for _ in range(200):
        desk.order(quantity="0.06")

    assert desk.refusal("place_order", **limit_buy()) == -2025


def test_second_account_with_the_same_key_is_refused():
    assert Desk([]).refusal("open_account", api_key="key", api_secret=SECRET) == -1130


def test_resting_reduce_only_order_shrinks_with_the_position():
    desk = Desk([(1000, "110", "50")])
    desk.market_order("BUY", "2")
    desk.order(side="SELL", price="110", quantity="2", reduceOnly="true")
    desk.market_order("SELL", "1.5")

    desk.after(1000)

    assert desk.position().quantity == 0
    assert desk.account.fills[-1].quantity == D("0.5")
    assert [r.payload["o"]["x"] for r in desk.engine.records if r.kind == "ORDER_TRADE_UPDATE"][-2:] == [
        "AMENDMENT",
        "TRADE",
    ]
