"""How records go out to streams, without a socket."""

from types import SimpleNamespace

import pytest

from exchange.paper.faults.post import Post
from tests.exchange.paper.faults.faulty import FaultyDesk

HELD_NS = 500 * 1_000_000


class Ear:
    """A stream that remembers what it was told."""

    def __init__(self):
        self.heard, self.closed = [], []

    def record(self, record):
        order = record.payload.get("o", {})
        self.heard.append(f"{record.kind}:{order.get('X', '')}".rstrip(":"))

    def disconnect(self, account, code):
        self.closed.append((account, code))


class Office:
    """A post over a desk, with a clock of its own."""

    def __init__(self, desk):
        self.desk, self.ears, self.now_ns, self.expired = desk, [Ear(), Ear()], 0, []
        sender = SimpleNamespace(
            state=desk.engine.state, listeners=self.ears, expire_listen_key=self.expired.append
        )  # fmt: skip
        self.post = Post(sender, monotonic_ns=lambda: self.now_ns)
        self._sent = len(desk.engine.records)

    def send_all(self):
        for record in self.desk.engine.records[self._sent :]:
            self.post.send(record)
        self._sent = len(self.desk.engine.records)

    @property
    def orders(self):
        """Order events of the first ear; the second must have heard the same."""
        assert self.ears[0].heard == self.ears[1].heard
        return [name.partition(":")[2] for name in self.ears[0].heard if name.startswith("ORDER_TRADE_UPDATE")]


@pytest.fixture
def office():
    return Office(FaultyDesk([(1000, "98", "0.4"), (2000, "98", "1000")]))


def test_without_faults_everything_goes_out_once_in_order(office):
    office.desk.market_order("BUY", "1")

    office.send_all()

    assert office.ears[0].heard == office.desk.kinds()[-4:]
    assert office.orders == ["NEW", "FILLED"]


def test_held_fill_goes_out_right_after_the_order_s_next_event(office):
    office.desk.fault("fills_reordered", count=1)
    office.desk.order()

    office.desk.after(1000)
    office.send_all()
    before = office.orders
    office.desk.after(2000)
    office.send_all()

    assert before == ["NEW"]
    assert office.orders == ["NEW", "FILLED", "PARTIALLY_FILLED"]


def test_held_fill_does_not_wait_for_ever(office):
    office.desk.fault("fills_reordered")
    office.desk.market_order("BUY", "1")
    office.send_all()

    seen = []
    for office.now_ns in (0, HELD_NS - 1, HELD_NS):
        office.post.release_due()
        seen.append(office.orders)

    assert seen == [["NEW"], ["NEW"], ["NEW", "FILLED"]]


def test_held_fill_is_not_lost_when_its_fault_is_removed(office):
    office.desk.fault("fills_reordered")
    office.desk.market_order("BUY", "1")
    office.send_all()

    office.desk.do("clear_faults")
    office.now_ns = HELD_NS
    office.post.release_due()

    assert office.orders == ["NEW", "FILLED"]


def test_other_orders_of_the_account_do_not_release_it(office):
    office.desk.fault("fills_reordered", count=1)

    office.desk.market_order("BUY", "1")
    office.desk.market_order("BUY", "2")
    office.send_all()

    assert office.orders == ["NEW", "NEW", "FILLED"]


def test_doubled_and_held_it_comes_late_and_twice(office):
    office.desk.fault("fills_doubled")
    office.desk.fault("fills_reordered")
    office.desk.market_order("BUY", "1")
    office.send_all()

    office.now_ns = HELD_NS
    office.post.release_due()

    assert office.orders == ["NEW", "FILLED", "FILLED"]


def test_cut_comes_after_the_event_and_an_expired_key_too(office):
    office.desk.fault("stream_disconnect", events="TRADE_LITE", code=4000)
    office.desk.fault("listen_key_expired", events="TRADE_LITE", count=1)

    office.desk.market_order("BUY", "1")
    office.send_all()

    assert [ear.closed for ear in office.ears] == [[(office.desk.key, 4000)]] * 2
    assert office.expired == [office.desk.key]


def test_withheld_events_count_for_each_fault_that_is_about_them(office):
    office.desk.fault("event_gap")
    office.desk.fault("event_gap", execution="TRADE", events="ORDER_TRADE_UPDATE")

    office.desk.market_order("BUY", "1")
    office.send_all()

    assert office.ears[0].heard == []
    assert office.desk.struck()[0] == 4
