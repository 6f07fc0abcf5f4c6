"""A held exchange in the test's own thread, and somebody who listens to its market streams round by round."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from exchange.paper.core.terms import REALISTIC, Terms
from exchange.paper.core.venue import Venue
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.journal import Journal
from exchange.paper.server.host import ClockSetting, Host, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.market_streams.hub import MarketStreams
from exchange.paper.server.market_streams.names import parse
from exchange.paper.server.routing import Call, Handler
from tests.exchange.paper.scripted import KEY, SECRET, T0

DATA = Path(__file__).resolve().parents[4] / "data"


@cache
def recorded_market() -> ReplayMarket:
    return ReplayMarket.load(DATA)


class Ear:
    """Follows names, lets market time pass and keeps what it heard. Each round takes ``round_s`` of wall time."""

    def __init__(self, host: Host, *, round_s: float = 0.05) -> None:
        self.host = host
        self.wall_s = 1000.0
        self.round_s = round_s
        self.streams = MarketStreams(host, wall_s=lambda: self.wall_s)
        self.heard: list[tuple[str, Any]] = []

    def hear(self, name: str, payload: bytes) -> None:
        self.heard.append((name, orjson.loads(payload)))

    def follow(self, *names: str) -> "Ear":
        for name in names:
            topic = parse(name)
            assert topic is not None, name
            self.streams.follow(name, topic, self)
        return self

    def after(self, ms: int, *, rounds: int = 1) -> list[Any]:
        """What is heard while ``ms`` of market time pass in one leap, and in the rounds after it."""
        return self.payloads(lambda: self.host.change_clock(lambda clock: clock.step(ms)), rounds=rounds)

    def payloads(self, happening: Any, *, rounds: int = 1) -> list[Any]:
        self.heard.clear()
        happening()
        for _ in range(rounds):
            self.wall_s += self.round_s
            self.streams.speak()
        return [payload for _, payload in self.heard]

    def rest(self, handler: Handler, **values: Any) -> Any:
        """What REST answers now."""
        texts = {name: str(value) for name, value in values.items()}
        return handler(Call(self.host, texts, self.host.advance()))


@contextmanager
def listening(
    home: Path, market: Venue | None = None, *, start_ms: int = T0, terms: Terms = REALISTIC, round_s: float = 0.05
) -> Iterator[Ear]:
    """An ear at a held exchange with one account; by default on the recorded market."""
    host = open_host(
        journal=Journal(home),
        venue=market or recorded_market(),
        setting=ClockSetting(start_ms=start_ms, speed=Decimal(1), is_held=True),
        listen_keys=ListenKeys(),
        terms=terms,
    )
    if not host.engine.has_account(KEY):
        host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
    try:
        yield Ear(host, round_s=round_s)
    finally:
        host.close()
