"""Book streams: best prices and levels as REST shows them, and changes that carry any snapshot forward."""

import random
from itertools import pairwise

import pytest

from exchange.paper.server.market_streams.reading import Reading
from exchange.paper.server.routes_book import depth, ticker_book
from tests.exchange.paper.scripted import D
from tests.exchange.paper.server.market_ear import listening

MINUTE_MS = 60_000


@pytest.fixture
def ear(tmp_path):
    with listening(tmp_path) as ear:
        yield ear


class LocalBook:
    """A client's book by the venue's rules: a snapshot, then the chain of changes."""

    def __init__(self, snapshot):
        self.last_id = snapshot["lastUpdateId"]
        self.sides = {"b": dict(snapshot["bids"]), "a": dict(snapshot["asks"])}
        self.previous = None

    def apply(self, event):
        if event["u"] < self.last_id:
            return
        if self.previous is None:
            assert event["U"] <= self.last_id <= event["u"]
        else:
            assert event["pu"] == self.previous
        self.previous = event["u"]
        for side, book in self.sides.items():
            for price, quantity in event[side]:
                book[price] = quantity
            self.sides[side] = {price: quantity for price, quantity in book.items() if D(quantity)}

    def equals(self, snapshot):
        return self.sides == {"b": dict(snapshot["bids"]), "a": dict(snapshot["asks"])}


def test_best_prices_are_those_of_rest(ear):
    ear.follow("btcusdt@bookTicker")

    (message,) = ear.after(25_000)

    row = ear.rest(ticker_book, symbol="BTCUSDT")
    assert (message["b"], message["B"], message["a"], message["A"]) == (
        row["bidPrice"], row["bidQty"], row["askPrice"], row["askQty"],
    )  # fmt: skip
    assert (message["u"], message["T"], message["s"], message["ps"]) == (
        row["lastUpdateId"], row["time"], "BTCUSDT", "BTCUSDT",
    )  # fmt: skip


def test_best_prices_are_told_when_they_change_and_again_after_a_silent_second(ear):
    ear.follow("btcusdt@bookTicker")
    ear.after(1)

    unchanged = ear.after(1)
    ear.wall_s += 1
    repeated = ear.after(1000)

    assert unchanged == []
    assert len(repeated) == 1


def test_best_prices_of_all_come_one_by_one_and_only_those_that_changed(ear):
    ear.follow("!bookTicker")

    first = ear.after(5000)
    second = ear.after(5000)

    assert {m["s"] for m in first} == {row["symbol"] for row in ear.rest(ticker_book)}
    assert len(second) < len(first)


@pytest.mark.parametrize("levels", [5, 10, 20])
def test_first_levels_are_those_of_rest(ear, levels):
    ear.follow(f"ethusdt@depth{levels}@100ms")

    (message,) = ear.after(25_000)

    snapshot = ear.rest(depth, symbol="ETHUSDT", limit=levels)
    assert (message["b"], message["a"], message["u"]) == (snapshot["bids"], snapshot["asks"], snapshot["lastUpdateId"])
    assert len(message["b"]) == len(message["a"]) == levels


def test_partial_books_are_chained(ear):
    ear.follow("ethusdt@depth5")

    events = [event for _ in range(10) for event in ear.after(30_000)]

    assert len(events) == 10
    assert all(later["pu"] == earlier["u"] and later["U"] == earlier["u"] + 1 for earlier, later in pairwise(events))


@pytest.mark.parametrize("seed", range(3))
def test_changes_carry_a_snapshot_of_any_moment_to_the_book_of_now(ear, seed):
    draw = random.Random(seed)
    ear.follow("btcusdt@depth@100ms")
    ear.round_s = 0.01  # most steps are too quick for a message of their own
    events, books = [], []

    for _ in range(25):
        events += ear.after(draw.choice([3, 90, 700, 15_000, 70_000]))
        if draw.random() < 0.4:
            books.append((len(events), LocalBook(ear.rest(depth, symbol="BTCUSDT", limit=1000))))
    ear.round_s = 0.05
    events += ear.after(MINUTE_MS)

    now = ear.rest(depth, symbol="BTCUSDT", limit=1000)
    assert books
    for _, book in books:
        for event in events:
            book.apply(event)
        assert book.equals(now)


def test_chain_goes_on_without_changes(ear):
    ear.follow("btcusdt@depth@100ms")
    ear.after(25_000)
    ear.wall_s += 2

    (event,) = ear.after(1500)

    assert (event["b"], event["a"]) == ([], [])
    assert event["U"] <= event["u"] == ear.host.engine.now_ms


def test_first_message_covers_a_snapshot_from_the_moment_of_the_subscription(ear):
    ear.follow("btcusdt@depth")
    snapshot = ear.rest(depth, symbol="BTCUSDT", limit=1000)

    (event,) = ear.after(25_000)

    assert event["U"] <= snapshot["lastUpdateId"] <= event["u"]


def test_whole_book_is_read_only_when_it_has_changed(ear, monkeypatch):
    asked = []
    original = Reading.ask
    monkeypatch.setattr(Reading, "ask", lambda self, handler, **v: asked.append(v) or original(self, handler, **v))
    ear.follow("btcusdt@depth@100ms")
    asked.clear()

    for _ in range(20):
        ear.after(100)

    assert [v for v in asked if v.get("limit") == 1000] == []
