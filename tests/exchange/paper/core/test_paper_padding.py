"""Prices of orders carry the symbol's pricePrecision where the terms say so, and are the same numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.core.answers import order_long
from exchange.paper.core.terms import Terms
from tests.exchange.paper.scripted import D, Desk

PADS = Terms(pads_prices=True)


def desk(points=(), terms=PADS):
    return Desk(list(points), terms=terms)


def test_limit_price_and_missing_stop_price_have_the_symbols_decimals():
    answer = desk().order(price="99.1")

    assert (answer["price"], answer["stopPrice"]) == ("99.10", "0.00")


def test_a_market_order_shows_zeros():
    answer = desk().market_order("BUY", "1")

    assert (answer["price"], answer["stopPrice"]) == ("0.00", "0.00")


def test_without_the_terms_they_are_as_short_as_possible():
    answer = desk(terms=None).order(price="99.10")

    assert (answer["price"], answer["stopPrice"]) == ("99.1", "0")


def test_events_read_as_answers_do():
    venue = desk()
    venue.order(price="99")

    (event,) = venue.events("ORDER_TRADE_UPDATE")
    assert (event["o"]["p"], event["o"]["sp"]) == ("99.00", "0.00")


def test_a_conditional_order_and_its_child_show_the_trigger():
    venue = desk([(1000, "94", "5")])
    venue.market_order("BUY", "1")

    placed = venue.algo(triggerPrice="95.5", closePosition="", quantity="1", reduceOnly="true")
    venue.after(1000)

    child = venue.events("ORDER_TRADE_UPDATE")[-1]["o"]
    assert (placed["triggerPrice"], placed["price"]) == ("95.50", "0.00")
    assert (child["sp"], child["ot"], child["X"]) == ("95.50", "STOP_MARKET", "FILLED")


def test_an_amended_price_is_padded_too():
    venue = desk()
    order_id = venue.order(price="99")["orderId"]

    changed = venue.do("amend_order", symbol="BTCUSDT", side="BUY", orderId=str(order_id), quantity="1", price="98.5")

    assert changed["price"] == "98.50"


def test_a_matched_price_is_padded_too():
    answer = desk().order(price="", priceMatch="QUEUE")

    assert answer["price"] == "100.00"


@pytest.mark.parametrize("terms", [PADS, None])
@given(price=st.decimals(min_value=51, max_value=100, places=1), zeros=st.sampled_from(["", "0"]))
def test_what_is_shown_is_the_number_that_was_sent(terms, price, zeros):
    venue = desk(terms=terms)

    answer = venue.order(price=f"{price:f}{zeros}", quantity="0.2")

    order = venue.account.orders[answer["orderId"]]
    assert Decimal(answer["price"]) == order.price == price
    assert D(order_long(order)["price"]) == price
    assert "E" not in answer["price"].upper()
