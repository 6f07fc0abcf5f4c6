"""The life of conditional orders."""

import pytest

from exchange.types import VenueStatus
from tests.exchange.paper.scripted import D, Desk, stop_sell


def algo_states(desk):
    return [r.payload["o"]["X"] for r in desk.engine.records if r.kind == "ALGO_UPDATE"]


def test_stop_goes_through_its_whole_life_and_closes_the_position():
    desk = Desk([(1000, "96", "5"), (2000, "94.5", "5")])
    desk.market_order("BUY", "1")
    algo_id = desk.algo(clientAlgoId="stop-1")["algoId"]

    desk.after(2000)

    algo = desk.account.algos[algo_id]
    assert algo_states(desk) == ["NEW", "TRIGGERING", "TRIGGERED", "FINISHED"]
    assert (algo.child.client_order_id, algo.child.average_price) == ("stop-1", D("94.5"))
    assert desk.position().quantity == 0


def test_events_of_a_trigger_come_in_the_venues_order():
    desk = Desk([(1000, "94", "5")])
    desk.market_order("BUY", "1")
    desk.algo()
    before = len(desk.engine.records)

    desk.after(1000)

    assert desk.kinds()[before:] == [
        "ALGO_UPDATE:TRIGGERING",
        "ORDER_TRADE_UPDATE:NEW",
        "TRADE_LITE",
        "ACCOUNT_UPDATE",
        "ORDER_TRADE_UPDATE:FILLED",
        "ALGO_UPDATE:TRIGGERED",
        "ALGO_UPDATE:FINISHED",
    ]


def test_algo_update_names_its_child_only_when_it_exists():
    desk = Desk([(1000, "94", "5")])
    desk.market_order("BUY", "1")
    desk.algo()

    desk.after(1000)

    rows = {r.payload["o"]["X"]: r.payload["o"] for r in desk.engine.records if r.kind == "ALGO_UPDATE"}
    child = str(desk.account.fills[-1].order_id)
    assert [rows[s]["ai"] for s in ("NEW", "TRIGGERING", "TRIGGERED", "FINISHED")] == ["", "", child, child]
    assert (rows["TRIGGERED"]["aq"], rows["FINISHED"]["aq"], rows["FINISHED"]["ap"]) == ("0", "1", "94")
    assert (rows["NEW"]["f"], rows["NEW"]["R"], rows["NEW"]["q"]) == ("GTE_GTC", True, "0")


def test_close_position_orders_expire_when_the_position_is_gone():
    desk = Desk([])
    desk.market_order("BUY", "1")
    desk.algo()
    desk.algo(type="TAKE_PROFIT_MARKET", triggerPrice="110")

    desk.market_order("SELL", "1")

    assert algo_states(desk) == ["NEW", "NEW", "EXPIRED", "EXPIRED"]
    assert not desk.account.open_algos


def test_close_position_stop_never_acts_on_a_flipped_position():
    desk = Desk([(1000, "90", "5")])
    desk.market_order("BUY", "1")
    desk.algo()

    desk.market_order("SELL", "3")
    desk.after(1000)

    assert desk.position().quantity == D(-2)
    assert algo_states(desk)[-1] == "EXPIRED"


def test_close_position_stop_covers_what_was_added_later():
    desk = Desk([(1000, "90", "5")])
    desk.market_order("BUY", "1")
    desk.algo()
    desk.market_order("BUY", "2")

    desk.after(1000)

    assert desk.position().quantity == 0
    assert desk.account.fills[-1].quantity == D(3)


def test_reduce_only_stop_is_cut_to_the_position_and_beats_resting_closes():
    desk = Desk([(1000, "90", "5")])
    desk.market_order("BUY", "1")
    desk.order(side="SELL", price="120", reduceOnly="true")
    desk.algo(closePosition="", reduceOnly="true", quantity="5")

    desk.after(1000)

    assert desk.position().quantity == 0
    assert desk.account.fills[-1].quantity == D(1)
    assert not desk.account.open_orders


def test_reduce_only_stop_without_a_position_is_rejected_when_it_fires():
    desk = Desk([(1000, "90", "5")])
    desk.algo(closePosition="", reduceOnly="true", quantity="1")

    desk.after(1000)

    assert algo_states(desk) == ["NEW", "TRIGGERING", "REJECTED"]
    assert desk.engine.records[-1].payload["o"]["rm"] == "ReduceOnly Order is rejected."
    assert not desk.account.fills


def test_plain_conditional_order_survives_the_position_and_opens_another():
    desk = Desk([(1000, "94", "5")])
    desk.algo(closePosition="", quantity="2")

    desk.after(1000)

    assert desk.position().quantity == D(-2)


def test_child_that_the_margin_cannot_carry_is_rejected():
    desk = Desk([(1000, "94", "5")], deposit="100")
    desk.algo(closePosition="", quantity="100")

    desk.after(1000)

    assert desk.engine.records[-1].payload["o"]["rm"] == "Margin is insufficient."


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"triggerPrice": "100"}, -2021),
        ({"triggerPrice": "101"}, -2021),
        ({"type": "TAKE_PROFIT_MARKET", "triggerPrice": "99"}, -2021),
        ({"side": "BUY", "triggerPrice": "110"}, -4509),
        ({"quantity": "1"}, -4137),
        ({"reduceOnly": "true"}, -1106),
        ({"closePosition": ""}, -1102),
        ({"algoType": ""}, -1102),
        ({"algoType": "TWAP"}, -1130),
        ({"type": "LIMIT"}, -1116),
        ({"triggerPrice": ""}, -1102),
        ({"triggerPrice": "0"}, -4006),
        ({"triggerPrice": "1e2"}, -1100),
        ({"workingType": "INDEX"}, -4031),
        ({"clientAlgoId": "x" * 37}, -4015),
        ({"positionSide": "LONG"}, -4061),
        ({"symbol": "NOPEUSDT"}, -1121),
        ({"closePosition": "", "quantity": "0.0005", "reduceOnly": "true"}, -1111),
        ({"closePosition": "", "quantity": "121", "reduceOnly": "true"}, -4005),
        ({"closePosition": "", "quantity": "0.01"}, -4164),
        ({"timeInForce": "FOK"}, -1115),
    ],
)
def test_refusals_of_conditional_orders(changes, code):
    desk = Desk([])
    desk.market_order("BUY", "1")

    assert desk.refusal("place_algo_order", **stop_sell(**changes)) == code


def test_close_position_needs_a_position():
    assert Desk([]).refusal("place_algo_order", **stop_sell()) == -4509


def test_second_close_position_stop_in_the_direction_is_refused_but_a_take_profit_is_not():
    desk = Desk([])
    desk.market_order("BUY", "1")
    desk.algo()

    assert desk.refusal("place_algo_order", **stop_sell(triggerPrice="90")) == -4130
    assert desk.algo(type="TAKE_PROFIT_MARKET", triggerPrice="110")["algoStatus"] == "NEW"
    assert desk.algo(closePosition="", quantity="1", reduceOnly="true", triggerPrice="96")["algoStatus"] == "NEW"


def test_client_algo_id_is_unique_among_open_orders():
    desk = Desk([])
    desk.market_order("BUY", "1")
    desk.algo(clientAlgoId="one")

    assert desk.refusal("place_algo_order", **stop_sell(clientAlgoId="one", triggerPrice="90")) == -20132

    desk.do("cancel_algo_order", clientAlgoId="one")
    assert desk.algo(clientAlgoId="one")["algoStatus"] == "NEW"


def test_no_more_than_two_hundred_conditional_orders():
    desk = Desk([])
    for _ in range(200):
        desk.algo(closePosition="", quantity="1")

    assert desk.refusal("place_algo_order", **stop_sell(closePosition="", quantity="1")) == -4045


def test_cancelled_stop_is_gone():
    desk = Desk([(1000, "90", "5")])
    desk.market_order("BUY", "1")
    algo_id = str(desk.algo()["algoId"])

    answer = desk.do("cancel_algo_order", algoId=algo_id)
    desk.after(1000)

    assert (answer["code"], answer["msg"]) == ("200", "success")
    assert desk.position().quantity == D(1)
    assert desk.refusal("cancel_algo_order", algoId=algo_id) == -2011


def test_cancel_all_spares_the_other_book_and_other_symbols():
    desk = Desk([])
    desk.market_order("BUY", "1")
    desk.algo()
    desk.order()
    desk.order(symbol="ETHUSDT", price="40")

    desk.do("cancel_all_orders", symbol="BTCUSDT")
    assert [o.symbol for o in desk.account.open_orders.values()] == ["ETHUSDT"]
    assert len(desk.account.open_algos) == 1

    desk.do("cancel_all_algo_orders", symbol="BTCUSDT")
    assert [a.status for a in desk.account.algos.values()] == [VenueStatus.CANCELED]
