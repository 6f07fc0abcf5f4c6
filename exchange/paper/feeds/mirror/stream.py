"""Prices by WebSocket: small tickers and mark prices of everything, each trade of what the accounts depend on."""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping, MutableMapping
from decimal import Decimal
from typing import Any

import orjson
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from exchange.paper.feeds.mirror.intake import MirrorFeed, Source
from exchange.paper.feeds.mirror.tally import Trade
from exchange.paper.feeds.mirror.upstream import Upstream

log = structlog.get_logger(__name__)

EVERYTHING = "/market/stream?streams=!miniTicker@arr/!markPrice@arr@1s"
AGAIN_S = 5.0
SILENT_S = 10.0
LOOK_S = 0.2
LIFETIME_S = 23 * 3600.0  # the venue cuts at 24 h
ZERO = Decimal(0)


class Stream:
    """One connection at a time, for ever. ``rates`` gets the funding rates that come along.

    ``changes`` counts connections and subscriptions: what traded just before one was not heard.
    """

    def __init__(self, feed: MirrorFeed, upstream: Upstream, *, rates: MutableMapping[str, str]) -> None:
        self._feed = feed
        self._upstream = upstream
        self._rates = rates
        self._followed: frozenset[str] = frozenset()
        self._numbers = itertools.count(1)
        self.changes = 0
        self.last_error = ""
        self._readers: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "24hrMiniTicker": self._ticker,
            "markPriceUpdate": self._mark,
            "aggTrade": self._trade,
        }

    async def run(self) -> None:
        while True:
            try:
                await self._session()
                self.last_error = ""
            except (OSError, WebSocketException, TimeoutError, ImportError) as error:  # ImportError: SOCKS, no library
                self.last_error = f"{type(error).__name__}: {error}"
                log.info("mirror_stream_ended", error=self.last_error)
            await asyncio.sleep(AGAIN_S)

    async def _session(self) -> None:
        self._followed, self.changes = frozenset(), self.changes + 1
        url, proxy = f"{self._upstream.ws_url}{EVERYTHING}", self._upstream.proxy
        async with connect(url, proxy=proxy, open_timeout=SILENT_S, max_size=None, max_queue=4096) as socket:
            ends_s = time.monotonic() + LIFETIME_S
            heard_s = time.monotonic()
            while time.monotonic() < ends_s:
                await self._follow_active(socket)
                try:
                    frame = await asyncio.wait_for(socket.recv(), LOOK_S)
                except TimeoutError:
                    if time.monotonic() - heard_s > SILENT_S:
                        raise TimeoutError(f"nothing came for {SILENT_S:g} s") from None
                    continue
                heard_s = time.monotonic()
                self._read(frame)

    async def _follow_active(self, socket: ClientConnection) -> None:
        """Trades of the symbols that matter now."""
        wanted = self._feed.active
        for method, symbols in (("SUBSCRIBE", wanted - self._followed), ("UNSUBSCRIBE", self._followed - wanted)):
            if symbols:
                names = [f"{symbol.lower()}@aggTrade" for symbol in sorted(symbols)]
                await socket.send(orjson.dumps({"method": method, "params": names, "id": next(self._numbers)}).decode())
                self.changes += 1
        self._followed = wanted

    def _read(self, frame: str | bytes) -> None:
        try:
            data = orjson.loads(frame).get("data")
        except (orjson.JSONDecodeError, AttributeError):
            return
        for row in data if isinstance(data, list) else [data]:
            reader = self._readers.get(row.get("e", "")) if isinstance(row, dict) else None
            if reader is not None:
                reader(row)
                self._feed.hear(Source.STREAMS)

    def _ticker(self, row: Mapping[str, Any]) -> None:
        """Second-hand for symbols whose trades come themselves."""
        if row["s"] not in self._followed:
            self._feed.trade(row["s"], Trade(Decimal(row["c"]), ZERO))

    def _mark(self, row: Mapping[str, Any]) -> None:
        self._rates[row["s"]] = row["r"]

    def _trade(self, row: Mapping[str, Any]) -> None:
        self._feed.trade(row["s"], Trade(Decimal(row["p"]), Decimal(row["q"])))
