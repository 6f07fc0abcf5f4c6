"""The beat of the market streams: rounds while anybody is connected."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from exchange.paper.server.market_streams.hub import MarketStreams

log = structlog.get_logger(__name__)

BEAT_S = 0.02


class Pump:
    """Runs a task of the current event loop as long as somebody attends."""

    def __init__(self, streams: MarketStreams) -> None:
        self._streams = streams
        self._guests = 0
        self._beating: asyncio.Task[None] | None = None

    @contextmanager
    def attended(self) -> Iterator[None]:
        self._guests += 1
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            self._guests -= 1
            if not self._guests:
                self._beating.cancel()
                self._beating = None

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                self._streams.speak()
            except Exception:
                log.exception("paper_streams_failed")
