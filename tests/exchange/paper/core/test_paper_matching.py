"""How orders meet the price path."""

import pytest

from exchange.paper.core.kinds import OrderType, TimeInForce
from exchange.paper.core.orders import AlgoOrder
from exchange.types import PositionSide, Side, VenueStatus, WorkingType
from tests.exchange.paper.scripted import T0, D, Desk, limit_buy


@pytest.mark.parametrize(("side", "price"), [("BUY", "100.1"), ("SELL", "100")])
def test_market_order_fills_at_once_at_the_best_price_as_taker(side, price):
    desk = Desk([])

    answer = desk.market_order(side, "1", newOrderRespType="RESULT")

    fill = desk.account.fills[0]
    assert (answer["status"], answer["executedQty"]) == ("FILLED", "1")
    assert (fill.price, fill.is_maker) == (D(price), False)
    assert fill.commission == D(price) * D("0.0005")


def test_acknowledged_market_order_shows_nothing_filled_yet():
    assert Desk([]).market_order("BUY", "1")["status"] == "NEW"


@pytest.mark.parametrize(
    ("side", "price", "filled_at"),
    [("BUY", "100.1", "100.1"), ("BUY", "105", "100.1"), ("SELL", "100", "100"), ("SELL", "95", "100")],
)
def test_marketable_limit_order_fills_at_the_best_price_as_taker(side, price, filled_at):
    desk = Desk([])

    desk.order(side=side, price=price)

    assert [(f.price, f.is_maker) for f in desk.account.fills] == [(D(filled_at), False)]


@pytest.mark.parametrize(
    ("side", "price", "path", "is_filled"),
    [
        ("BUY", "99", "99.1", False),
        ("BUY", "99", "99", True),
        ("BUY", "99", "98", True),
        ("SELL", "101", "100.9", False),
        ("SELL", "101", "101", True),
        ("SELL", "101", "102", True),
    ],
)
def test_resting_limit_order_fills_at_its_own_price_when_the_path_trades_at_or_through_it(side, price, path, is_filled):
    desk = Desk([(1000, path, "50")])
    desk.order(side=side, price=price)

    desk.after(1000)

    assert [(f.price, f.is_maker) for f in desk.account.fills] == ([(D(price), True)] if is_filled else [])


def test_large_order_fills_partially_with_what_each_point_trades():
    desk = Desk([(1000, "99", "0.3"), (2000, "98", "0.5"), (3000, "97", "5")])
    desk.order()

    desk.after(2000)
    after_two = [order.executed for order in desk.account.open_orders.values()]
    desk.after(3000)

    assert after_two == [D("0.8")]
    assert [f.quantity for f in desk.account.fills] == [D("0.3"), D("0.5"), D("0.2")]
    assert not desk.account.open_orders


def test_older_order_is_served_first_from_a_points_quantity():
    desk = Desk([(1000, "98", "1.5")])
    first, second = desk.order()["orderId"], desk.order(price="98.5")["orderId"]

    desk.after(1000)

    assert [(f.order_id, f.quantity) for f in desk.account.fills] == [(first, D(1)), (second, D("0.5"))]


def test_path_before_the_order_does_not_fill_it():
    desk = Desk([(1000, "90", "50"), (2000, "100", "50")])
    desk.after(2000)

    desk.order()
    desk.after(3000)

    assert not desk.account.fills


def test_unfillable_ioc_order_expires_and_leaves_nothing():
    desk = Desk([])

    answer = desk.order(timeInForce="IOC", newOrderRespType="RESULT")

    assert answer["status"] == "EXPIRED"
    assert desk.engine.records[-1].payload["o"]["er"] == "2"
    assert not desk.account.open_orders


@pytest.mark.parametrize(
    ("time_in_force", "price", "code"), [("FOK", "99", -5021), ("GTX", "100.1", -5022), ("GTX", "101", -5022)]
)
def test_fok_and_post_only_orders_that_cannot_keep_their_word_are_refused(time_in_force, price, code):
    desk = Desk([])

    assert desk.refusal("place_order", **limit_buy(timeInForce=time_in_force, price=price)) == code


def test_good_till_date_ends_the_order_at_its_own_time():
    desk = Desk([(700_000, "98", "50")])
    desk.order(timeInForce="GTD", goodTillDate=str(T0 + 601_000))

    desk.after(800_000)

    ended = desk.engine.records[-1]
    assert (ended.payload["o"]["X"], ended.market_ms) == ("EXPIRED", T0 + 601_000)
    assert not desk.account.fills


@pytest.mark.parametrize(("ahead_ms", "accepted"), [(600_000, False), (600_001, True), (0, False)])
def test_good_till_date_must_lie_more_than_ten_minutes_ahead(ahead_ms, accepted):
    desk = Desk([])
    values = limit_buy(timeInForce="GTD", goodTillDate=str(T0 + ahead_ms))

    if accepted:
        assert desk.do("place_order", **values)["goodTillDate"] == T0 + ahead_ms // 1000 * 1000
    else:
        assert desk.refusal("place_order", **values) == -5040


@pytest.mark.parametrize(
    ("order_type", "side", "price", "fires"),
    [
        (OrderType.STOP_MARKET, Side.SELL, "95", True),
        (OrderType.STOP_MARKET, Side.SELL, "95.1", False),
        (OrderType.STOP_MARKET, Side.BUY, "95", True),
        (OrderType.STOP_MARKET, Side.BUY, "94.9", False),
        (OrderType.TAKE_PROFIT_MARKET, Side.SELL, "95", True),
        (OrderType.TAKE_PROFIT_MARKET, Side.SELL, "94.9", False),
        (OrderType.TAKE_PROFIT_MARKET, Side.BUY, "95", True),
        (OrderType.TAKE_PROFIT_MARKET, Side.BUY, "95.1", False),
    ],
)
def test_trigger_table(order_type, side, price, fires):
    algo = AlgoOrder(
        algo_id=1,
        client_algo_id="a",
        symbol="BTCUSDT",
        side=side,
        position_side=PositionSide.BOTH,
        order_type=order_type,
        time_in_force=TimeInForce.GTC,
        quantity=D(1),
        trigger_price=D(95),
        working_type=WorkingType.CONTRACT_PRICE,
        close_position=False,
        reduce_only=True,
        price_protect=False,
        created_ms=0,
        updated_ms=0,
    )

    assert algo.is_met(D(price)) is fires


def test_steps_of_any_size_lead_to_the_same_exchange():
    path = [(i * 700, str(100 + (i * 7919) % 13 - 6), "0.4") for i in range(1, 60)]
    desks = [Desk(path), Desk(path)]
    for desk in desks:
        desk.market_order("BUY", "1")
        desk.order(quantity="2", price="97")
        desk.order(side="SELL", quantity="2", price="104")
        desk.algo()

    desks[0].after(50_000)
    for ms in range(0, 50_001, 130):
        desks[1].after(ms)
    desks[1].after(50_000)

    assert desks[0].engine.snapshot() == desks[1].engine.snapshot()
    assert desks[0].engine.records == desks[1].engine.records


def test_time_cannot_run_backward():
    desk = Desk([])
    desk.after(5)

    with pytest.raises(ValueError, match="backward"):
        desk.after(4)


def test_partially_filled_order_that_is_cancelled_keeps_its_fills():
    desk = Desk([(1000, "99", "0.3")])
    order_id = desk.order()["orderId"]
    desk.after(1000)

    answer = desk.do("cancel_order", symbol="BTCUSDT", orderId=str(order_id))

    assert (answer["status"], answer["executedQty"]) == (VenueStatus.CANCELED, "0.3")
    assert desk.position().quantity == D("0.3")
