"""What the last 24 hours were, short and long, of one symbol or of those that changed."""

from collections.abc import Iterator
from typing import Any

from exchange.paper.server.market_streams.names import Topic
from exchange.paper.server.market_streams.reading import USDS_M, Message, Payload, Producer, Reading
from exchange.paper.server.routes_market import ticker_day

MINI = {"c": "lastPrice", "o": "openPrice", "h": "highPrice", "l": "lowPrice", "v": "volume", "q": "quoteVolume"}
DAY = {
    "p": "priceChange", "P": "priceChangePercent", "w": "weightedAvgPrice", "c": "lastPrice", "Q": "lastQty",
    "o": "openPrice", "h": "highPrice", "l": "lowPrice", "v": "volume", "q": "quoteVolume", "O": "openTime",
    "C": "closeTime", "F": "firstId", "L": "lastId", "n": "count",
}  # fmt: skip
PASSING = frozenset({"E", "C"})  # members that change by time alone


def mini_tickers(topic: Topic, reading: Reading) -> "Tickers":
    return Tickers(topic, event="24hrMiniTicker", members=MINI)


def day_tickers(topic: Topic, reading: Reading) -> "Tickers":
    return Tickers(topic, event="24hrTicker", members=DAY)


class Tickers(Producer):
    """``members``: from the stream's letters to REST's names."""

    def __init__(self, topic: Topic, *, event: str, members: dict[str, str]) -> None:
        self._symbol, self._event, self._members = topic.symbol, event, members
        self._told: dict[str, dict[str, Any]] = {}

    def messages(self, reading: Reading) -> Iterator[Payload]:
        if self._symbol:
            yield self._message(reading, reading.ask(ticker_day, symbol=self._symbol))
            return
        rows = [self._message(reading, row) for row in reading.ask(ticker_day)]
        changed = [row for row in rows if self._has_changed(row)]
        if changed:
            yield changed

    def _has_changed(self, message: Message) -> bool:
        lasting = {name: value for name, value in message.items() if name not in PASSING}
        is_new = self._told.get(message["s"]) != lasting
        self._told[message["s"]] = lasting
        return is_new

    def _message(self, reading: Reading, row: Any) -> Message:
        symbol = row["symbol"]
        values = {letter: row[name] for letter, name in self._members.items()}
        return {"e": self._event, "E": reading.now_ms, "s": symbol, **values, "ps": symbol, "st": USDS_M}
