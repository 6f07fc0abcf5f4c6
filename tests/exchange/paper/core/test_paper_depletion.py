"""What an account takes from the book is missing there, and comes back within a minute."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.core.book import REFILL_MS, levels
from exchange.paper.core.terms import Terms
from exchange.types import Side
from tests.exchange.paper.scripted import T0, D, Desk

DEPLETES = Terms(depletes_book=True)
BEFORE_THE_MINUTE_ENDS = 20_000


def desk(**more):
    return Desk([], terms=DEPLETES, deposit="1000000", turnover=None, **more)


def offered(desk, side=Side.BUY, count=3):
    return [level.quantity for level in islice(levels(desk.engine.state, "BTCUSDT", side), count)]


def test_the_best_level_lacks_what_was_taken():
    venue = desk()
    before = offered(venue)

    venue.market_order("BUY", "10")

    assert offered(venue) == [before[0] - 10, *before[1:]]


def test_the_other_side_is_untouched():
    venue = desk()
    before = offered(venue, Side.SELL)

    venue.market_order("BUY", "10")

    assert offered(venue, Side.SELL) == before


def test_a_second_order_pays_more_than_the_first():
    venue = desk()
    size = f"{min(offered(venue)[0], D(120)):f}"
    first = [venue.market_order("BUY", size) for _ in range(6)]

    prices = [order.average_price for order in venue.account.orders.values()]

    assert len(first) == 6
    assert prices == sorted(prices)
    assert prices[-1] > prices[0]


def test_without_the_terms_it_is_there_again_at_once():
    venue = Desk([], deposit="1000000", turnover=None)
    before = offered(venue)

    venue.market_order("BUY", "10")

    assert offered(venue) == before


def test_half_is_back_after_half_the_time_and_all_after_all_of_it():
    venue, undisturbed = desk(), desk()
    venue.market_order("BUY", "100")
    missing = {}
    for ms in (0, REFILL_MS // 2 - 1, REFILL_MS - 1, REFILL_MS):
        venue.after(ms)
        undisturbed.after(ms)
        missing[ms] = offered(undisturbed)[0] - offered(venue)[0]

    assert missing[0] == 100
    assert abs(missing[REFILL_MS // 2 - 1] - 50) < D("0.01")
    assert missing[REFILL_MS] == 0


def test_the_smallest_quantity_is_always_there():
    venue = desk()
    best = offered(venue)[0]
    price = next(levels(venue.engine.state, "BTCUSDT", Side.BUY)).price

    left = best
    while left > 0:
        part = min(left, D(120))
        venue.order(type="LIMIT", timeInForce="IOC", price=f"{price:f}", quantity=f"{part:f}")
        left -= part

    assert offered(venue)[0] == D("0.001")


def test_an_order_too_large_for_what_is_left_is_refused_as_fill_or_kill():
    venue = desk()
    price = next(levels(venue.engine.state, "BTCUSDT", Side.BUY)).price
    whole = offered(venue)[0]
    venue.order(timeInForce="IOC", price=f"{price:f}", quantity="100")

    code = venue.refusal(
        "place_order",
        symbol="BTCUSDT",
        side="BUY",
        type="LIMIT",
        timeInForce="FOK",
        price=f"{price:f}",
        quantity=f"{whole - 50:f}",
    )

    assert code == -5021


@settings(max_examples=60, deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.integers(0, 40_000), st.integers(1, 120), st.sampled_from(["BUY", "SELL"])), max_size=8
    )
)
def test_nobody_gets_more_at_a_price_within_a_minute_than_twice_what_was_offered(orders):
    venue = desk()
    most = {side: max(offered(venue, side, 1)[0] for _ in [0]) for side in Side}
    got = {}
    for at_ms, quantity, side in sorted(orders):
        venue.engine.advance(T0 + at_ms)
        venue.market_order(side, str(quantity))
    for fill in venue.account.fills:
        got[fill.side, fill.price] = got.get((fill.side, fill.price), D(0)) + fill.quantity

    for side in Side:
        best = next(levels(venue.engine.state, "BTCUSDT", side)).price
        assert got.get((side, best), D(0)) <= 2 * most[side] + D("0.01")


@pytest.mark.parametrize("steps", [1, 7])
def test_the_same_orders_find_the_same_book_however_time_is_cut(steps):
    venue = desk()
    venue.market_order("BUY", "50")
    for number in range(steps):
        venue.after(BEFORE_THE_MINUTE_ENDS * (number + 1) // steps)
    venue.market_order("BUY", "50")

    again = desk()
    again.market_order("BUY", "50")
    again.after(BEFORE_THE_MINUTE_ENDS)
    again.market_order("BUY", "50")

    assert venue.engine.snapshot() == again.engine.snapshot()
