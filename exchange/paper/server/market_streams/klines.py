"""Bars while they form, and each one once more when it has closed: none is left out, whatever the clock does."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from exchange.paper.server.market_streams.names import SECOND, Kind, Topic
from exchange.paper.server.market_streams.reading import Message, Producer, Reading
from exchange.paper.server.market_streams.trades import trade_numbers
from exchange.paper.server.routes_bars import SECOND_MS, SPANS_MS, continuous_klines, klines

NO_TRADES = (-1, -1)
MOST_AT_ONCE = 500  # the rest follows in the next turns


class Klines(Producer):
    """``_told_ms``: bars that closed before it have been told."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._topic = topic
        self._span_ms = SECOND_MS if topic.interval == SECOND else SPANS_MS[topic.interval]
        self._told_ms = reading.now_ms
        self._seen_ms = reading.now_ms
        self._forming: list[Any] = []

    def messages(self, reading: Reading) -> Iterator[Message]:
        if self._is_unchanged(reading):
            return
        self._seen_ms = reading.now_ms
        rows = self._rows(reading)
        self.is_behind = len(rows) == MOST_AT_ONCE
        for row in rows:
            if row[6] < reading.now_ms:
                self._told_ms, self._forming = row[6] + 1, []
                yield self._message(reading, row, event_ms=row[6] + 1)
            elif reading.is_idle or row != self._forming:
                self._forming = row
                yield self._message(reading, row, event_ms=reading.now_ms)

    def _is_unchanged(self, reading: Reading) -> bool:
        """Whether nothing was traded since the last turn and the bar told last is still open: cheaper than a bar."""
        if self.is_behind or reading.is_idle or not self._forming or reading.now_ms > self._forming[6]:
            return False
        return next(reading.host.venue.path(self._topic.symbol, self._seen_ms, reading.now_ms), None) is None

    def _rows(self, reading: Reading) -> list[list[Any]]:
        """REST rows of the bars that have not been told as closed, oldest first."""
        start_ms = self._told_ms - self._span_ms
        until_ms = self._told_ms + MOST_AT_ONCE * self._span_ms
        period = {"startTime": start_ms, "endTime": until_ms, "limit": MOST_AT_ONCE + 2}
        trading, topic = reading.while_trading(self._topic.symbol), self._topic
        if topic.kind is Kind.KLINE:
            rows = trading.ask(klines, symbol=topic.symbol, interval=topic.interval, **period)
        else:
            named = {"pair": topic.symbol, "contractType": topic.contract, "interval": topic.interval}
            rows = trading.ask(continuous_klines, **named, **period)
        return [row for row in rows if row[6] >= self._told_ms][:MOST_AT_ONCE]

    def _message(self, reading: Reading, row: list[Any], *, event_ms: int) -> Message:
        topic = self._topic
        if topic.kind is Kind.KLINE:
            head = {"e": "kline", "E": event_ms, "s": topic.symbol}
        else:
            head = {"e": "continuous_kline", "E": event_ms, "ps": topic.symbol, "ct": topic.contract}
        return head | {"k": self._bar(reading, row)}

    def _bar(self, reading: Reading, row: list[Any]) -> Mapping[str, Any]:
        symbol = self._topic.symbol
        until_ms = min(row[6], reading.now_ms)
        first, last = NO_TRADES
        if Decimal(row[5]):
            first, last = trade_numbers(reading.host.venue, symbol, since_ms=row[0], until_ms=until_ms)
        named = {"s": symbol} if self._topic.kind is Kind.KLINE else {}
        return {
            "t": row[0], "T": row[6], **named, "i": self._topic.interval, "f": first, "L": last, "o": row[1],
            "c": row[4], "h": row[2], "l": row[3], "v": row[5], "n": row[8], "x": row[6] < reading.now_ms,
            "q": row[7], "V": row[9], "Q": row[10], "B": row[11],
        }  # fmt: skip
