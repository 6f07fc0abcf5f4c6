"""The synthetic book: depth, slippage, bounds of market orders, self-trade prevention, matched prices."""

import pytest

from exchange.paper.core.book import best_level_notional, depth_within, levels, nth_price
from exchange.paper.core.terms import Terms
from exchange.types import Side, VenueStatus
from tests.exchange.paper.scripted import D, Desk, limit_buy

THIN = "3000000"  # USDT an hour: 1,000 at the best level, raised to the least of 2,000


def test_best_level_offers_two_percent_of_a_mean_minutes_turnover():
    desk = Desk([], turnover="150000000")

    assert best_level_notional(desk.engine.state, "BTCUSDT") == D(150_000_000) / 60 * D("0.02")


def test_a_market_without_bars_offers_the_usual_depth_and_a_dead_one_the_least():
    assert best_level_notional(Desk([], turnover=None).engine.state, "BTCUSDT") == D(50_000)
    assert best_level_notional(Desk([], turnover="0").engine.state, "BTCUSDT") == D(2_000)


@pytest.mark.parametrize(("side", "first", "direction"), [(Side.BUY, "100.1", 1), (Side.SELL, "100", -1)])
def test_levels_go_away_from_the_last_price_by_ticks(side, first, direction):
    found = [level for level, _ in zip(levels(Desk([]).engine.state, "BTCUSDT", side), range(5), strict=False)]

    assert [level.price for level in found] == [D(first) + direction * n * D("0.1") for n in range(5)]
    assert all(level.quantity > 0 for level in found)


def test_book_is_the_same_for_everybody_and_changes_by_the_minute():
    one, other = Desk([]), Desk([])
    before = list(levels(one.engine.state, "BTCUSDT", Side.BUY))[:10]

    assert before == list(levels(other.engine.state, "BTCUSDT", Side.BUY))[:10]
    one.after(60_000)
    assert before != list(levels(one.engine.state, "BTCUSDT", Side.BUY))[:10]


def test_small_market_order_has_no_slippage_and_a_large_one_walks_the_levels():
    small, large = Desk([], turnover=THIN), Desk([], turnover=THIN)

    small.market_order("BUY", "5")
    large.market_order("BUY", "90")

    prices = [fill.price for fill in large.account.fills]
    assert [fill.price for fill in small.account.fills] == [D("100.1")]
    assert len(prices) > 2 and prices == sorted(prices)
    assert sum(fill.quantity for fill in large.account.fills) == D(90)
    assert len({fill.trade_id for fill in large.account.fills}) == len(prices)


def test_limit_order_takes_the_levels_within_its_price_and_rests_with_the_remainder():
    desk = Desk([], turnover=THIN)
    depth = depth_within(desk.engine.state, "BTCUSDT", Side.BUY, D("100.3"))

    desk.order(price="100.3", quantity="90")

    (order,) = desk.account.open_orders.values()
    assert (order.status, order.executed) == (VenueStatus.PARTIALLY_FILLED, depth)
    assert {fill.price for fill in desk.account.fills} == {D("100.1"), D("100.2"), D("100.3")}


def test_ioc_takes_what_is_there_and_expires():
    desk = Desk([], turnover=THIN)

    answer = desk.order(price="100.2", quantity="90", timeInForce="IOC", newOrderRespType="RESULT")

    assert answer["status"] == "EXPIRED"
    assert D(0) < D(answer["executedQty"]) < 90


def test_fok_larger_than_the_book_is_refused():
    desk = Desk([], turnover=THIN)

    assert desk.refusal("place_order", **limit_buy(price="100.2", quantity="90", timeInForce="FOK")) == -5021
    assert desk.order(price="100.2", quantity="5", timeInForce="FOK", newOrderRespType="RESULT")["status"] == "FILLED"


def test_market_order_ends_where_its_bound_is_and_expires():
    desk = Desk([(1000, "1", "5")], turnover="0", deposit="900000")
    desk.do("set_leverage", symbol="BTCUSDT", leverage="1")
    desk.after(1000)

    desk.market_order("SELL", "120")  # bound of 5 %: only the bid at 1 lies within it, one tick is a tenth

    last = desk.events("ORDER_TRADE_UPDATE")[-1]["o"]
    assert (last["X"], last["er"]) in {("FILLED", "0"), ("EXPIRED", "9")}
    assert {fill.price for fill in desk.account.fills} == {D(1)}


def test_market_order_is_refused_when_the_best_price_is_beyond_its_bound():
    desk = Desk([(1000, "1", "5")], turnover="0")
    desk.after(1000)

    code = desk.refusal("place_order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="50")

    assert code == -4131  # the ask of 1.1 lies more than 5 % above the mark price of 1


@pytest.mark.parametrize(
    ("mode", "maker", "taker_left"),
    [
        ("EXPIRE_MAKER", VenueStatus.EXPIRED_IN_MATCH, VenueStatus.FILLED),
        ("EXPIRE_TAKER", VenueStatus.NEW, VenueStatus.EXPIRED_IN_MATCH),
        ("EXPIRE_BOTH", VenueStatus.EXPIRED_IN_MATCH, VenueStatus.EXPIRED_IN_MATCH),
        ("NONE", VenueStatus.NEW, VenueStatus.FILLED),
    ],
)
def test_self_trade_prevention(mode, maker, taker_left):
    desk = Desk([])
    resting = desk.order(side="SELL", price="100.2")["orderId"]

    taking = desk.order(price="100.4", quantity="700", selfTradePreventionMode=mode)["orderId"]

    statuses = {order_id: desk.account.orders[order_id].status for order_id in (resting, taking)}
    assert statuses == {resting: maker, taking: taker_left}


def test_an_order_that_does_not_reach_the_other_leaves_it_alone():
    desk = Desk([])
    resting = desk.order(side="SELL", price="100.5")["orderId"]

    desk.market_order("BUY", "1")

    assert desk.account.orders[resting].is_open


@pytest.mark.parametrize(
    ("side", "match", "price"),
    [
        ("BUY", "QUEUE", "100"),
        ("SELL", "QUEUE", "100.1"),
        ("BUY", "OPPONENT", "100.1"),
        ("SELL", "OPPONENT", "100"),
        ("BUY", "OPPONENT_5", "100.5"),
        ("BUY", "QUEUE_5", "99.6"),
        ("SELL", "QUEUE_20", "102"),
    ],
)
def test_matched_price_comes_from_the_book(side, match, price):
    answer = Desk([]).order(side=side, price="", priceMatch=match)

    assert (answer["price"], answer["priceMatch"]) == (price, match)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"priceMatch": "BEST", "price": ""}, -5037),
        ({"priceMatch": "OPPONENT_10", "price": ""}, -5037),
        ({"priceMatch": "QUEUE"}, -1106),
        ({"priceMatch": "QUEUE", "type": "MARKET", "price": "", "timeInForce": ""}, -5038),
        ({"selfTradePreventionMode": "SOMETIMES"}, -5039),
    ],
)
def test_refusals_of_matched_prices_and_prevention_modes(changes, code):
    assert Desk([]).refusal("place_order", **limit_buy(**changes)) == code


def test_deep_opponent_prices_are_a_matter_of_terms():
    desk = Desk([], terms=Terms(allows_deep_opponent=True))

    assert desk.order(price="", priceMatch="OPPONENT_10")["price"] == "101"


def test_a_book_that_ends_has_no_further_level():
    desk = Desk([(1000, "0.3", "5")])
    desk.after(1000)

    assert nth_price(desk.engine.state, "BTCUSDT", Side.SELL, 3) == D("0.1")
    assert nth_price(desk.engine.state, "BTCUSDT", Side.SELL, 4) is None


def test_better_price_is_served_before_the_older_order():
    desk = Desk([(1000, "98", "1")])
    older, better = desk.order(price="98.5")["orderId"], desk.order(price="99")["orderId"]

    desk.after(1000)

    assert [fill.order_id for fill in desk.account.fills] == [better]
    assert desk.account.orders[older].executed == 0


def test_average_price_in_answers_is_a_matter_of_terms():
    shown = Desk([], terms=Terms(shows_average=True)).market_order("BUY", "1", newOrderRespType="RESULT")
    hidden = Desk([]).market_order("BUY", "1", newOrderRespType="RESULT")

    assert (shown["avgPrice"], shown["cumQuote"]) == ("100.1", "100.1")
    assert "avgPrice" not in hidden
