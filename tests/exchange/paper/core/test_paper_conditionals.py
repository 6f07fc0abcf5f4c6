"""Conditional orders beyond plain stops: limit children, trailing, mark price, protection, good-till dates."""

import pytest

from exchange.paper.core.answers import algo_read
from exchange.paper.core.terms import MarkModel, Terms
from exchange.types import VenueStatus
from tests.exchange.paper.scripted import T0, D, Desk, stop_sell

LAGGING = Terms(mark=MarkModel.LAGGING)


def states(desk):
    return [row["o"]["X"] for row in desk.events("ALGO_UPDATE")]


def stop_limit(**changes):
    return {"type": "STOP", "closePosition": "", "quantity": "1", "price": "94.5"} | changes


def trailing(**changes):
    values = {"type": "TRAILING_STOP_MARKET", "closePosition": "", "triggerPrice": "", "quantity": "1"}
    return values | {"callbackRate": "2"} | changes


def test_stop_limit_rests_at_its_price_and_finishes_with_its_child():
    desk = Desk([(1000, "94", "5"), (2000, "94.5", "5")])
    desk.market_order("BUY", "1")
    algo_id = desk.algo(**stop_limit(reduceOnly="true"))["algoId"]

    desk.after(1000)
    algo = desk.account.algos[algo_id]
    waiting, child = algo.status, algo.child
    desk.after(2000)

    assert (waiting, child.order_type, child.price) == (VenueStatus.TRIGGERED, "LIMIT", D("94.5"))
    assert (algo.status, child.status, desk.position().quantity) == (VenueStatus.FINISHED, VenueStatus.FILLED, D(0))
    assert states(desk) == ["NEW", "TRIGGERING", "TRIGGERED", "FINISHED"]


def test_stop_limit_below_the_market_fills_at_once():
    desk = Desk([(1000, "94", "5")])
    desk.market_order("BUY", "1")

    desk.algo(**stop_limit(price="93", reduceOnly="true"))
    desk.after(1000)

    assert desk.account.fills[-1].price == D(94)


def test_cancelled_child_finishes_the_conditional_order_with_nothing_done():
    desk = Desk([(1000, "94", "5")])
    desk.market_order("BUY", "1")
    algo_id = desk.algo(**stop_limit(reduceOnly="true"))["algoId"]
    desk.after(1000)
    child = desk.account.algos[algo_id].child

    desk.do("cancel_order", symbol="BTCUSDT", orderId=str(child.order_id))

    last = desk.events("ALGO_UPDATE")[-1]["o"]
    assert (last["X"], last["aq"], last["act"], last["ai"]) == ("FINISHED", "0", "LIMIT", str(child.order_id))


@pytest.mark.parametrize(
    ("time_in_force", "price", "reason"),
    [("GTX", "93", "Post Only order will be rejected"), ("FOK", "95", "FOK order has been rejected")],
)
def test_child_that_cannot_keep_its_word_is_rejected_with_the_reason(time_in_force, price, reason):
    desk = Desk([(1000, "94", "5")])
    desk.market_order("BUY", "1")
    desk.algo(**stop_limit(price=price, timeInForce=time_in_force, reduceOnly="true"))

    desk.after(1000)

    last = desk.events("ALGO_UPDATE")[-1]["o"]
    assert last["X"] == "REJECTED"
    assert reason in last["rm"]


def test_take_profit_limit_sells_at_its_price_or_better():
    desk = Desk([(1000, "105", "5")])
    desk.market_order("BUY", "1")
    desk.algo(**stop_limit(type="TAKE_PROFIT", triggerPrice="104", price="103", reduceOnly="true"))

    desk.after(1000)

    assert (desk.position().quantity, desk.account.fills[-1].price) == (D(0), D(105))


def test_trailing_sell_follows_the_highest_price_and_fires_on_the_way_back():
    path = [(1000, "110", "5"), (2000, "120", "5"), (3000, "117.7", "5"), (4000, "117.6", "5")]
    desk = Desk(path)
    desk.market_order("BUY", "1")
    algo_id = desk.algo(**trailing(reduceOnly="true"))["algoId"]

    desk.after(3000)
    before = desk.account.algos[algo_id].status
    desk.after(4000)

    assert (before, desk.account.algos[algo_id].status) == (VenueStatus.NEW, VenueStatus.FINISHED)
    assert desk.account.fills[-1].price == D("117.6")


def test_trailing_buy_follows_the_lowest_price():
    desk = Desk([(1000, "80", "5"), (2000, "81.5", "5"), (3000, "81.6", "5")])
    desk.market_order("SELL", "1")
    desk.algo(**trailing(side="BUY", reduceOnly="true"))

    desk.after(2000)
    held = desk.position().quantity
    desk.after(3000)

    assert (held, desk.position().quantity) == (D(-1), D(0))


def test_trailing_order_waits_for_its_activation_and_tells_of_it():
    desk = Desk([(1000, "90", "5"), (2000, "105", "5"), (3000, "102", "5")])
    desk.algo(**trailing(activatePrice="104"))

    desk.after(1000)
    asleep = states(desk)
    desk.after(3000)

    assert asleep == ["NEW"]
    assert [row["o"]["ia"] for row in desk.events("ALGO_UPDATE")][:2] == [False, True]
    assert states(desk)[-1] == "FINISHED"


def test_trailing_answers_name_rate_and_activation():
    desk = Desk([])

    answer = desk.algo(**trailing(activatePrice="104"))

    assert (answer["activatePrice"], answer["callbackRate"]) == ("104", "2")
    assert algo_read(desk.account.algos[answer["algoId"]])["callbackRate"] == "2"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"callbackRate": ""}, -1102),
        ({"callbackRate": "0.05"}, -1130),
        ({"callbackRate": "20.1"}, -1130),
        ({"activatePrice": "99"}, -4135),
        ({"side": "BUY", "activatePrice": "101"}, -4135),
        ({"triggerPrice": "95"}, -2021),
        ({"closePosition": "true", "quantity": ""}, -4136),
        ({"timeInForce": "IOC"}, -1115),
    ],
)
def test_refusals_of_trailing_orders(changes, code):
    assert Desk([]).refusal("place_algo_order", **stop_sell(**trailing(**changes))) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": ""}, -1102),
        ({"price": "94.55"}, -4014),
        ({"price": "0"}, -4013),
        ({"quantity": "1001"}, -4005),
        ({"closePosition": "true", "quantity": ""}, -4136),
        ({"priceMatch": "QUEUE"}, -1106),
        ({"timeInForce": "GTD", "goodTillDate": str(T0)}, -5040),
    ],
)
def test_refusals_of_limit_conditionals(changes, code):
    assert Desk([]).refusal("place_algo_order", **stop_sell(**stop_limit(**changes))) == code


def test_matched_child_price_is_taken_when_it_fires():
    desk = Desk([(1000, "94", "5")])
    algo_id = desk.algo(**stop_limit(price="", priceMatch="QUEUE"))["algoId"]

    desk.after(1000)

    assert desk.account.algos[algo_id].child.price == D("94.1")


def test_mark_price_lags_behind_the_last_price_between_index_and_last():
    desk = Desk([(100_000, "110", "5")], terms=LAGGING)

    desk.after(100_000)

    state = desk.engine.state
    assert state.index_price("BTCUSDT") == D("102.5")
    assert D("102.5") < state.mark_price("BTCUSDT") < D("110")


def test_mark_price_arrives_at_a_price_that_stays():
    desk = Desk([(100_000, "110", "5")], terms=LAGGING)

    desk.after(161_000)

    assert desk.engine.state.mark_price("BTCUSDT") == D("110")


def test_stop_on_the_mark_price_ignores_a_short_spike_of_the_last():
    path = [(100_000, "94", "5"), (101_000, "100", "5"), (300_000, "94", "5"), (361_000, "94", "5")]
    desk = Desk(path, terms=LAGGING)
    desk.market_order("BUY", "1")
    desk.algo(workingType="MARK_PRICE")

    desk.after(200_000)
    spike = states(desk)
    desk.after(361_000)

    assert spike == ["NEW"]
    assert states(desk)[-1] == "FINISHED"


def test_protected_stop_waits_while_mark_and_last_are_torn_apart():
    path = [(100_000, "90", "5"), (161_000, "90", "5")]
    plain, protected = Desk(path, terms=LAGGING), Desk(path, terms=LAGGING)
    for desk, protect in ((plain, "false"), (protected, "true")):
        desk.market_order("BUY", "1")
        desk.algo(priceProtect=protect)

    for desk in (plain, protected):
        desk.after(100_000)
    at_the_spike = (states(plain)[-1], states(protected)[-1])
    protected.after(161_000)

    assert at_the_spike == ("FINISHED", "NEW")
    assert states(protected)[-1] == "FINISHED"


def test_stop_in_a_gap_wider_than_the_take_bound_is_rejected():
    desk = Desk([(100_000, "80", "5")], terms=LAGGING)
    desk.market_order("BUY", "1")
    desk.algo()

    desk.after(100_000)

    last = desk.events("ALGO_UPDATE")[-1]["o"]
    assert last["X"] == "REJECTED"
    assert "PERCENT_PRICE" in last["rm"]


def test_good_till_date_ends_a_waiting_conditional_order():
    desk = Desk([(700_000, "94", "5")])
    desk.algo(**stop_limit(timeInForce="GTD", goodTillDate=str(T0 + 601_000)))

    desk.after(800_000)

    assert states(desk) == ["NEW", "EXPIRED"]


def test_off_tick_trigger_is_refused_only_by_terms():
    strict = Desk([], terms=Terms(checks_trigger_tick=True))
    for desk in (strict, lax := Desk([])):
        desk.market_order("BUY", "1")

    assert strict.refusal("place_algo_order", **stop_sell(triggerPrice="95.03")) == -4014
    assert lax.algo(triggerPrice="95.03")["triggerPrice"] == "95.03"


def test_close_position_without_a_position_is_accepted_by_terms():
    desk = Desk([(1000, "94", "5")], terms=Terms(gte_needs_position=False))

    desk.algo()

    assert states(desk) == ["NEW"]
