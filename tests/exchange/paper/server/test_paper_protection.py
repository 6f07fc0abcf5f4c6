"""Seconds without a stop, folded from records."""

from decimal import Decimal

import pytest

from exchange.paper.core.state import Record
from exchange.paper.server.protection import Protection

S = 1_000_000_000


class Story:
    """Tells a Protection what happened at which wall second."""

    def __init__(self):
        self.protection = Protection()
        self.seq = 0

    def tell(self, second, kind, payload):
        self.seq += 1
        self.protection.follow(Record(self.seq, 0, "key", kind, payload), second * S)

    def position(self, second, quantity, side="BOTH"):
        self.tell(second, "ACCOUNT_UPDATE", {"a": {"P": [{"s": "BTCUSDT", "ps": side, "pa": quantity}]}})

    def stop(self, second, state, **changes):
        row = {
            "s": "BTCUSDT",
            "aid": 1,
            "S": "SELL",
            "ps": "BOTH",
            "o": "STOP_MARKET",
            "R": True,
            "cp": True,
            "q": "0",
            "X": state,
        }
        self.tell(second, "ALGO_UPDATE", {"o": row | changes})

    def seconds(self, now):
        row = self.protection.report(now * S)[0]
        return row["worst_seconds"], row["current_seconds"]


@pytest.fixture
def story():
    return Story()


def test_span_between_fill_and_stop_counts(story):
    story.position(10, "1")
    story.stop(13, "NEW")

    assert story.seconds(100) == (3, 0)


def test_open_span_counts_up_to_now(story):
    story.position(10, "1")

    assert story.seconds(17) == (7, 7)


def test_adding_to_a_naked_position_does_not_start_anew(story):
    story.position(10, "1")
    story.position(12, "2")
    story.stop(14, "NEW")

    assert story.seconds(14) == (4, 0)


def test_cancelled_stop_leaves_the_position_naked(story):
    story.position(10, "1")
    story.stop(10, "NEW")
    story.stop(20, "CANCELED")
    story.position(25, "0")

    assert story.seconds(30) == (5, 0)


def test_firing_stop_still_protects(story):
    story.position(10, "1")
    for second, state in ((10, "NEW"), (15, "TRIGGERING"), (16, "TRIGGERED")):
        story.stop(second, state)
    story.position(17, "0")
    story.stop(18, "FINISHED")

    assert story.seconds(30) == (0, 0)


@pytest.mark.parametrize(
    ("stop", "is_covered"),
    [
        ({"cp": False, "q": "2"}, True),
        ({"cp": False, "q": "1.9"}, False),
        ({"o": "TAKE_PROFIT_MARKET"}, False),
        ({"S": "BUY"}, False),
        ({"cp": False, "R": False, "q": "5"}, False),
    ],
)
def test_only_a_close_only_stop_of_enough_quantity_covers(story, stop, is_covered):
    story.position(10, "2")
    story.stop(10, "NEW", **stop)

    assert story.seconds(15) == ((0, 0) if is_covered else (5, 5))


def test_two_stops_by_quantity_cover_together(story):
    story.position(10, "2")
    story.stop(10, "NEW", cp=False, q="1")
    story.stop(12, "NEW", cp=False, q="1", aid=2)

    assert story.seconds(15) == (2, 0)


def test_each_hedge_leg_needs_its_own_stop(story):
    story.position(10, "1", side="LONG")
    story.position(10, str(Decimal(-1)), side="SHORT")
    story.stop(11, "NEW", ps="LONG", R=False, cp=False, q="1")
    story.stop(14, "NEW", ps="SHORT", S="BUY", R=False, cp=False, q="1", aid=2)

    assert story.seconds(20) == (4, 0)
