"""Trades of the path as they happen, in the form of REST's lists of them."""

from collections.abc import Callable, Iterator
from typing import Any

from exchange.paper.core.market import Market
from exchange.paper.server.market_streams.names import Topic
from exchange.paper.server.market_streams.reading import USDS_M, Message, Producer, Reading
from exchange.paper.server.routes_book import HOUR_MS, aggregated_trades, historical_trades
from exchange.paper.server.routing import Handler

ROWS = 100  # read at once; the rest follows in the next turns
LOOKBACK_MS = 120_000


class Trades(Producer):
    """Rows of a REST list that are newer than the newest one told; ``number`` names the member with their id, in ms.

    They are read from an older one on, for who made a trade shows in the direction of the price.
    """

    def __init__(
        self, topic: Topic, reading: Reading, *, handler: Handler, number: str, spell: Callable[[Any], dict[str, Any]]
    ) -> None:
        self._symbol = topic.symbol
        self._handler, self._number, self._spell = handler, number, spell
        self._told = reading.now_ms
        self._before = reading.now_ms - LOOKBACK_MS

    def messages(self, reading: Reading) -> Iterator[Message]:
        rows = reading.ask(self._handler, symbol=self._symbol, fromId=self._before, limit=ROWS)
        self.is_behind = len(rows) == ROWS
        for row in rows:
            self._before = row[self._number]
            if self._before > self._told:
                self._told = self._before
                yield self._spell(row) | {"E": reading.now_ms, "s": self._symbol}


def aggregates(topic: Topic, reading: Reading) -> Trades:
    return Trades(topic, reading, handler=aggregated_trades, number="a", spell=_aggregate)


def singles(topic: Topic, reading: Reading) -> Trades:
    return Trades(topic, reading, handler=historical_trades, number="id", spell=_single)


def trade_numbers(market: Market, symbol: str, *, since_ms: int, until_ms: int) -> tuple[int, int]:
    """Ids of the first and the last trade within both times, inclusive; -1 without any."""
    path = market.path(symbol, since_ms - 1, until_ms)
    first = next((point.at_ms for point in path if point.quantity), -1)
    late = market.path(symbol, max(since_ms - 1, until_ms - HOUR_MS), until_ms)
    return first, max((point.at_ms for point in late if point.quantity), default=first)


def _aggregate(row: Any) -> dict[str, Any]:
    return {"e": "aggTrade", **row, "st": USDS_M}


def _single(row: Any) -> dict[str, Any]:
    return {
        "e": "trade", "t": row["id"], "p": row["price"], "q": row["qty"], "T": row["time"], "m": row["isBuyerMaker"],
    }  # fmt: skip
