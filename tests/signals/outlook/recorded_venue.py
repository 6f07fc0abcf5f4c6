"""The paper exchange on the recorded market, served from a thread of the test."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from exchange.binance.client import BinanceClient
from exchange.binance.market import BinanceMarketData
from exchange.paper.core.terms import REALISTIC
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.journal import Journal
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.run import listen, serve
from exchange.paper.server.weights import RequestLimits

DATA = Path(__file__).parents[3] / "data"
DEADLINE_S = 20


@contextmanager
def recorded_venue(home: Path, *, start_ms: int) -> Iterator[BinanceMarketData]:
    """A client of the recorded market, held at ``start_ms``, until the block ends."""
    bound = listen("127.0.0.1", 0)
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    host = open_host(
        journal=Journal(home),
        venue=ReplayMarket.load(DATA),
        setting=ClockSetting(start_ms=start_ms, speed=Decimal(1), is_held=True),
        listen_keys=ListenKeys(),
        terms=REALISTIC,
    )
    serving = serve(host, PaperApp(host, limits=RequestLimits()), bound, stop=stop, on_ready=ready.set)
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,), daemon=True)
    thread.start()
    assert ready.wait(DEADLINE_S)
    client = BinanceClient(f"http://127.0.0.1:{bound.getsockname()[1]}")
    try:
        yield BinanceMarketData(client)
    finally:
        client.close()
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
        loop.close()
        bound.close()
        host.close()
