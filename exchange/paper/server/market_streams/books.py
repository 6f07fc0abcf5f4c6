"""The order book: its best prices, its first levels, and its changes as a chain that continues a REST snapshot.

Update ids are those of GET /fapi/v1/depth.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from exchange.paper.core.refusals import VenueError
from exchange.paper.server.market_streams.names import Topic
from exchange.paper.server.market_streams.reading import USDS_M, Message, Producer, Reading
from exchange.paper.server.routes_book import depth, ticker_book

MINUTE_MS = 60_000
FIRST_LEVELS, ALL_LEVELS = 20, 1000
SIDES = {"b": "bids", "a": "asks"}
Book = Mapping[str, dict[str, str]]
EMPTY: Book = {"b": {}, "a": {}}


class BookTickers(Producer):
    """Best prices of one symbol, or of all in single messages, when they change."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._symbol = topic.symbol
        self._told: dict[str, tuple[str, ...]] = {}

    def messages(self, reading: Reading) -> Iterator[Message]:
        answer = reading.ask(ticker_book, symbol=self._symbol)
        for row in [answer] if self._symbol else answer:
            best = (row["bidPrice"], row["bidQty"], row["askPrice"], row["askQty"])
            repeats = reading.is_idle and bool(self._symbol)
            if repeats or self._told.get(row["symbol"]) != best:
                self._told[row["symbol"]] = best
                yield _best(row, best)


class PartialDepth(Producer):
    """The first levels whenever they change."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._symbol, self._levels = topic.symbol, topic.levels
        self._told: list[Any] = []
        self._told_id = reading.now_ms - 1

    def messages(self, reading: Reading) -> Iterator[Message]:
        answer = reading.ask(depth, symbol=self._symbol, limit=self._levels)
        levels = [answer["bids"], answer["asks"]]
        if reading.is_idle or levels != self._told:
            before, self._told, self._told_id = self._told_id, levels, answer["lastUpdateId"]
            head = _head(self._symbol, answer, before=before)
            yield head | {"b": answer["bids"], "a": answer["asks"]}


class DepthChanges(Producer):
    """Levels that any answer of REST since the last message may have shown otherwise, with their quantities of now."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._symbol = topic.symbol
        self._told_id = reading.now_ms - 1
        self._looks: tuple[Any, ...] = ()
        self._book = EMPTY
        self._touched: dict[str, set[str]] = {}
        self.observe(reading)
        self._forget()

    def observe(self, reading: Reading) -> None:
        """Note what changed since the last look, at every moment at which somebody may read the book."""
        try:
            top = reading.ask(depth, symbol=self._symbol, limit=FIRST_LEVELS)
        except VenueError:
            return
        looks = (reading.now_ms // MINUTE_MS, top["bids"], top["asks"])
        if looks == self._looks:
            return
        self._looks, before = looks, self._book
        whole = reading.ask(depth, symbol=self._symbol, limit=ALL_LEVELS)
        self._book = {side: dict(whole[name]) for side, name in SIDES.items()}
        for side, touched in self._touched.items():
            changed = before[side].items() ^ self._book[side].items()
            touched.update(price for price, _ in changed)

    def messages(self, reading: Reading) -> Iterator[Message]:
        self.observe(reading)
        if not any(self._touched.values()) and not reading.is_idle:
            return
        answer = reading.ask(depth, symbol=self._symbol, limit=5)
        before, self._told_id = self._told_id, answer["lastUpdateId"]
        yield _head(self._symbol, answer, before=before) | {side: self._changes(side) for side in SIDES}
        self._forget()

    def _changes(self, side: str) -> list[list[str]]:
        book, touched = self._book[side], self._touched[side]
        held = [[price, quantity] for price, quantity in book.items() if price in touched]
        return held + [[price, "0"] for price in sorted(touched - book.keys())]

    def _forget(self) -> None:
        self._touched = {side: set() for side in SIDES}


def _best(row: Any, best: tuple[str, ...]) -> Message:
    bid, bid_quantity, ask, ask_quantity = best
    return {
        "e": "bookTicker", "u": row["lastUpdateId"], "E": row["time"], "T": row["time"], "s": row["symbol"],
        "ps": row["symbol"], "b": bid, "B": bid_quantity, "a": ask, "A": ask_quantity, "st": USDS_M,
    }  # fmt: skip


def _head(symbol: str, answer: Any, *, before: int) -> dict[str, Any]:
    """``before`` is the last update id of the message before."""
    return {
        "e": "depthUpdate", "E": answer["E"], "T": answer["T"], "s": symbol, "ps": symbol, "U": before + 1,
        "u": answer["lastUpdateId"], "pu": before, "st": USDS_M,
    }  # fmt: skip
