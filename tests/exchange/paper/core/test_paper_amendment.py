"""Changing, testing and timing out resting orders."""

import pytest

from exchange.paper.core.amendment import amendment_row
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.trading import check_only
from tests.exchange.paper.scripted import D, Desk, limit_buy


def amend(order_id, **changes):
    values = {"symbol": "BTCUSDT", "side": "BUY", "orderId": str(order_id), "quantity": "1", "price": "98"}
    return {name: value for name, value in (values | changes).items() if value}


def test_amended_order_keeps_its_id_and_takes_the_new_terms():
    desk = Desk([])
    order_id = desk.order()["orderId"]

    answer = desk.do("amend_order", **amend(order_id, price="97", quantity="2", modifyId="7"))

    order = desk.account.orders[order_id]
    assert (order.price, order.quantity, order.status) == (D(97), D(2), "NEW")
    assert (answer["orderId"], answer["price"], answer["pair"], answer["modifyId"]) == (order_id, "97", "BTCUSDT", "7")
    assert desk.events("ORDER_TRADE_UPDATE")[-1]["o"]["x"] == "AMENDMENT"
    assert desk.events("ORDER_TRADE_UPDATE")[-1]["o"]["M"] == "7"


def test_amended_order_loses_its_place():
    desk = Desk([(1000, "98", "1")])
    first, second = desk.order(price="98")["orderId"], desk.order(price="98")["orderId"]

    desk.do("amend_order", **amend(first, quantity="0.9"))
    desk.after(1000)

    assert [fill.order_id for fill in desk.account.fills] == [second]


def test_amendment_that_crosses_fills_at_once():
    desk = Desk([])
    order_id = desk.order()["orderId"]

    desk.do("amend_order", **amend(order_id, price="101"))

    assert [(fill.price, fill.is_maker) for fill in desk.account.fills] == [(D("100.1"), False)]


def test_post_only_order_whose_amendment_crosses_is_cancelled():
    desk = Desk([])
    order_id = desk.order(timeInForce="GTX")["orderId"]

    assert desk.do("amend_order", **amend(order_id, price="101"))["status"] == "CANCELED"


def test_amendment_to_no_more_than_was_filled_cancels():
    desk = Desk([(1000, "99", "0.3")])
    order_id = desk.order()["orderId"]
    desk.after(1000)

    assert desk.do("amend_order", **amend(order_id, quantity="0.3"))["status"] == "CANCELED"


def test_history_shows_before_and_after():
    desk = Desk([])
    order_id = desk.order()["orderId"]
    desk.do("amend_order", **amend(order_id))
    desk.do("amend_order", **amend(order_id, price="97"))

    row = amendment_row(desk.account.amendments[-1])

    assert row["amendment"]["price"] == {"before": "98", "after": "97"}
    assert (row["amendment"]["count"], row["orderId"]) == (2, order_id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": "99"}, -5027),
        ({"price": "98.05"}, -4014),
        ({"price": "200"}, -4016),
        ({"quantity": "0.01"}, -4164),
        ({"quantity": "1000", "price": "140"}, -2019),
        ({"side": "SELL"}, -2013),
        ({"orderId": "1"}, -2013),
        ({"price": ""}, -1102),
        ({"reduceOnly": "true"}, -5047),
        ({"priceMatch": "QUEUE"}, -1106),
    ],
)
def test_refused_amendment_leaves_the_order_as_it_is(changes, code):
    desk = Desk([])
    order_id = desk.order()["orderId"]

    assert desk.refusal("amend_order", **amend(order_id, **changes)) == code


def test_reduce_only_order_cannot_outgrow_the_position():
    desk = Desk([])
    desk.market_order("BUY", "1")
    order_id = desk.order(side="SELL", price="110", reduceOnly="true")["orderId"]

    assert desk.refusal("amend_order", **amend(order_id, side="SELL", price="111", quantity="2")) == -2022
    assert desk.do("amend_order", **amend(order_id, side="SELL", price="111"))["price"] == "111"


def test_checked_order_is_not_placed():
    desk = Desk([])
    before = desk.engine.snapshot()

    answer = check_only(desk.engine.state, desk.account, Parameters(limit_buy()))

    assert (answer["status"], answer["avgPrice"]) == ("NEW", "0")
    assert desk.engine.snapshot() == before
    with pytest.raises(VenueError) as refusal:
        check_only(desk.engine.state, desk.account, Parameters(limit_buy(quantity="0")))
    assert refusal.value.code == -4003


def test_countdown_cancels_the_symbols_orders_when_it_is_not_renewed():
    desk = Desk([])
    desk.order()
    desk.order(symbol="ETHUSDT", price="40")

    answer = desk.do("set_countdown", symbol="BTCUSDT", countdownTime="5000")
    desk.after(4000)
    desk.do("set_countdown", symbol="BTCUSDT", countdownTime="5000")
    desk.after(8999)
    before = len(desk.account.open_orders)
    desk.after(9000)

    assert answer == {"symbol": "BTCUSDT", "countdownTime": "5000"}
    assert (before, [o.symbol for o in desk.account.open_orders.values()]) == (2, ["ETHUSDT"])


def test_countdown_of_zero_is_off():
    desk = Desk([])
    desk.order()
    desk.do("set_countdown", symbol="BTCUSDT", countdownTime="5000")

    desk.do("set_countdown", symbol="BTCUSDT", countdownTime="0")
    desk.after(60_000)

    assert len(desk.account.open_orders) == 1


def test_resting_reduce_only_orders_shrink_and_expire_with_the_position():
    desk = Desk([])
    desk.market_order("BUY", "3")
    older = desk.order(side="SELL", price="110", quantity="2", reduceOnly="true")["orderId"]
    newer = desk.order(side="SELL", price="111", quantity="1", reduceOnly="true")["orderId"]

    desk.market_order("SELL", "1.5")

    orders = desk.account.orders
    assert (orders[older].quantity, orders[older].is_open) == (D("1.5"), True)
    assert orders[newer].status == "EXPIRED"
