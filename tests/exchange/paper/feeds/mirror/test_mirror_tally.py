"""Many trades reduced to few, and trades told from running bars."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.feeds.mirror.tally import Seen, Tally, Trade, outline, trades_between

D = Decimal
trades = st.lists(st.builds(Trade, st.integers(1, 50).map(D), st.integers(0, 9).map(D)), min_size=1, max_size=40)


@given(trades)
def test_outline_keeps_extremes_end_and_quantity_in_three_trades(found):
    kept = outline(found)

    assert len(kept) <= 3
    assert kept[-1].price == found[-1].price
    assert {min(t.price for t in kept), max(t.price for t in kept)} == {
        min(t.price for t in found),
        max(t.price for t in found),
    }
    assert sum(t.quantity for t in kept) == sum(t.quantity for t in found)


def test_outline_keeps_the_order_and_gives_what_is_left_out_to_the_next_kept():
    found = [Trade(D(price), D(1)) for price in (100, 99, 95, 97, 103, 101)]

    assert outline(found) == [Trade(D(95), D(3)), Trade(D(103), D(2)), Trade(D(101), D(1))]
    assert outline([]) == []


def test_tally_remembers_since_when_it_waits_and_is_empty_after_draining():
    tally = Tally()
    tally.add(Trade(D(5), D(1)), at_s=3.0)
    tally.add(Trade(D(7), D(1)), at_s=4.0)

    assert (bool(tally), tally.since_s, tally.extremes()) == (True, 3.0, (D(5), D(7)))
    assert len(tally.drain()) == 2
    assert not tally


def test_tally_stays_small_however_much_trades():
    tally = Tally()
    for number in range(5000):
        tally.add(Trade(D(100 + number % 7), D(1)), at_s=0.0)

    assert tally.extremes() == (D(100), D(106))
    assert sum(trade.quantity for trade in tally.drain()) == 5000


def seen(open_ms=0, *, high="101", low="99", close="100", volume="10"):
    return Seen(open_ms, D(high), D(low), D(close), D(volume))


@pytest.mark.parametrize(
    ("before", "bars", "told"),
    [
        (None, [], []),
        (None, [seen()], [("100", "0")]),
        (seen(), [seen()], []),
        (seen(), [seen(volume="14", close="100.5")], [("100.5", "4")]),
        (seen(), [seen(volume="14", low="98")], [("98", "2"), ("100", "2")]),
        (seen(), [seen(volume="16", low="98", high="104")], [("98", "2"), ("104", "2"), ("100", "2")]),
        (
            seen(),
            [seen(volume="11", close="99.5"), seen(60_000, volume="6")],
            [("99.5", "1"), ("99", "2"), ("101", "2"), ("100", "2")],
        ),
        (seen(60_000), [seen(0, volume="99"), seen(60_000)], []),
    ],
)
def test_running_bars_tell_what_traded_between_two_looks(before, bars, told):
    assert trades_between(before, bars) == [Trade(D(price), D(quantity)) for price, quantity in told]
