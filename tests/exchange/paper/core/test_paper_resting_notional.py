"""ORDER_TRADE_UPDATE says what the symbol's open orders are worth: ``b`` the bids, ``a`` the asks, USDT."""

from tests.exchange.paper.scripted import D, Desk


def told(desk):
    row = desk.events("ORDER_TRADE_UPDATE")[-1]["o"]
    return D(row["b"]), D(row["a"])


def test_each_new_order_is_counted_on_its_side():
    desk = Desk([])
    desk.order(price="99")
    after_bid = told(desk)
    desk.order(side="SELL", price="101", quantity="2")

    assert after_bid == (99, 0)
    assert told(desk) == (99, 202)


def test_a_cancelled_order_counts_no_more():
    desk = Desk([])
    desk.order(price="99", newClientOrderId="a")
    desk.do("cancel_order", symbol="BTCUSDT", origClientOrderId="a")

    assert told(desk) == (0, 0)


def test_only_what_is_left_of_a_partly_filled_order_counts():
    desk = Desk([(1000, "98", "0.4")])
    desk.order(price="99")
    desk.after(1000)

    assert told(desk) == (D("0.6") * 99, 0)


def test_other_symbols_and_market_orders_count_nothing():
    desk = Desk([])
    desk.order(symbol="ETHUSDT", price="45")
    desk.market_order("BUY", "1")

    assert told(desk) == (0, 0)


def test_an_amended_order_counts_at_its_new_price():
    desk = Desk([])
    order_id = str(desk.order(price="99")["orderId"])
    desk.do("amend_order", symbol="BTCUSDT", side="BUY", orderId=order_id, quantity="2", price="98")

    assert told(desk) == (196, 0)
