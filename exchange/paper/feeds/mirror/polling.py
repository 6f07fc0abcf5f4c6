"""Prices by REST each second while the streams are silent: all of them, and running bars of those that matter."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.feeds.mirror.intake import MirrorFeed, Source
from exchange.paper.feeds.mirror.stream import Stream
from exchange.paper.feeds.mirror.tally import Seen, Trade, trades_between
from exchange.paper.feeds.mirror.upstream import Upstream, UpstreamDown

EVERY_S = 1.0
PER_SECOND = 10  # running bars, each of weight 1
STREAMS_FRESH_S = 1.5
BESIDE_STREAMS_S = 10.0
ZERO = Decimal(0)


class Poller:
    """What happened between two polls is told by the bars; what happened while the upstream was lost never is."""

    def __init__(self, feed: MirrorFeed, upstream: Upstream, *, stream: Stream) -> None:
        self._feed = feed
        self._upstream = upstream
        self._stream = stream
        self._looked: tuple[int, float] = (-1, 0.0)
        self._seen: dict[str, Seen] = {}
        self.last_error = ""

    async def run(self) -> None:
        while True:
            if self._feed.age_s(Source.STREAMS) > STREAMS_FRESH_S:
                await self._attempt(self._poll)
            else:
                self._seen.clear()
                await self._attempt(self._look_beside_streams)
            await asyncio.sleep(EVERY_S * max(1, len(self._feed.active) / PER_SECOND))

    async def begin(self, symbol: str) -> None:
        """Look at a symbol about to be traded, so that the next poll can tell what happened since. UpstreamDown."""
        if self._feed.source is Source.POLLING and symbol not in self._feed.active:
            for bar in await self._running_bars(symbol):
                self._seen[symbol] = bar

    async def _attempt(self, poll: Callable[[], Awaitable[None]]) -> None:
        try:
            await poll()
        except UpstreamDown as error:
            self.last_error = str(error)
            self._seen.clear()
        else:
            self.last_error = ""

    async def _look_beside_streams(self) -> None:
        """Learn what traded before a subscription counted, and now and then whether something was missed."""
        changes, looked_s = self._looked
        if changes == self._stream.changes and time.monotonic() - looked_s < BESIDE_STREAMS_S:
            return
        self._looked = (self._stream.changes, time.monotonic())
        before = self._feed.trades.copy()
        for row in await self._upstream.json("/fapi/v2/ticker/price"):
            symbol, price = row["symbol"], Decimal(row["price"])
            if self._feed.trades[symbol] == before[symbol] and self._feed.market.live_prices.get(symbol) != price:
                self._feed.trade(symbol, Trade(price, ZERO))

    async def _poll(self) -> None:
        active = sorted(self._feed.active)
        prices, *bars = await asyncio.gather(
            self._upstream.json("/fapi/v2/ticker/price"),
            *(self._running_bars(symbol) for symbol in active),
        )
        for row in prices:
            if row["symbol"] not in self._feed.active:
                self._feed.trade(row["symbol"], Trade(Decimal(row["price"]), ZERO))
        for symbol, found in zip(active, bars, strict=True):
            self._look(symbol, found)
        self._feed.hear(Source.POLLING)

    async def _running_bars(self, symbol: str) -> list[Seen]:
        rows = await self._upstream.json("/fapi/v1/klines", symbol=symbol, interval="1m", limit=2)
        return [_seen(row) for row in rows]

    def _look(self, symbol: str, bars: Sequence[Seen]) -> None:
        for trade in trades_between(self._seen.get(symbol), bars):
            self._feed.trade(symbol, trade)
        if bars:
            self._seen[symbol] = bars[-1]


def _seen(row: Sequence[Any]) -> Seen:
    high, low, close, volume = (Decimal(row[i]) for i in (2, 3, 4, 5))
    return Seen(int(row[0]), high, low, close, volume)
