"""Who follows which market stream, and the rounds in which the followed ones speak. Nothing is done for the others."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import orjson
import structlog

from exchange.paper.core.refusals import VenueError
from exchange.paper.server.host import Host
from exchange.paper.server.market_streams.books import DepthChanges
from exchange.paper.server.market_streams.names import Topic
from exchange.paper.server.market_streams.pace import Pace
from exchange.paper.server.market_streams.producers import producer_of
from exchange.paper.server.market_streams.reading import Producer, Reading

log = structlog.get_logger(__name__)


class Follower(Protocol):
    """Somebody who hears frames; ``payload`` is JSON, written once for all who follow the name."""

    def hear(self, name: str, payload: bytes) -> None: ...


@dataclass(slots=True)
class Stream:
    name: str
    topic: Topic
    producer: Producer
    pace: Pace
    followers: dict[Follower, None] = field(default_factory=dict)


class MarketStreams:
    """The followed market streams of one host. For one thread."""

    def __init__(self, host: Host, *, wall_s: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._wall_s = wall_s
        self._streams: dict[str, Stream] = {}
        self._books: dict[str, DepthChanges] = {}
        self._now_ms = host.engine.now_ms
        host.on_advance.append(self._observe)

    def follow(self, name: str, topic: Topic, follower: Follower) -> None:
        """Let ``follower`` hear what the stream says from now on."""
        if name not in self._streams:
            self._begin(name, topic)
        self._streams[name].followers[follower] = None

    def leave(self, name: str, follower: Follower) -> None:
        stream = self._streams.get(name)
        if stream is None:
            return
        stream.followers.pop(follower, None)
        if not stream.followers:
            del self._streams[name]
            self._books.pop(name, None)

    def speak(self) -> None:
        """Give every stream that is due its turn. A producer that fails is logged and loses its turn."""
        now_ms, wall_s = self._host.engine.now_ms, self._wall_s()
        if now_ms < self._now_ms:
            self._begin_anew()
        self._now_ms = now_ms
        for stream in list(self._streams.values()):
            if stream.pace.is_due(now_ms=now_ms, wall_s=wall_s, is_behind=stream.producer.is_behind):
                stream.pace.take_turn(now_ms=now_ms, wall_s=wall_s)
                with _alone(stream.name):
                    self._turn(stream, now_ms=now_ms, wall_s=wall_s)

    def _turn(self, stream: Stream, *, now_ms: int, wall_s: float) -> None:
        is_idle = stream.pace.is_idle(now_ms=now_ms, wall_s=wall_s)
        for payload in self._payloads(stream, Reading(host=self._host, now_ms=now_ms, is_idle=is_idle)):
            stream.pace.note_frame(now_ms=now_ms, wall_s=wall_s)
            for follower in stream.followers:
                follower.hear(stream.name, payload)

    def _payloads(self, stream: Stream, reading: Reading) -> Iterator[bytes]:
        """Frames as JSON; none about a symbol that REST would refuse to speak of."""
        try:
            for payload in stream.producer.messages(reading):
                yield orjson.dumps(payload)
        except VenueError:
            return

    def _observe(self) -> None:
        for name, producer in self._books.items():
            with _alone(name):
                producer.observe(self._reading())

    def _begin(self, name: str, topic: Topic) -> None:
        reading = self._reading()
        pace = Pace.starting(topic.period_ms, now_ms=reading.now_ms, wall_s=self._wall_s())
        producer = producer_of(topic, reading)
        self._streams[name] = Stream(name, topic, producer, pace)
        if isinstance(producer, DepthChanges):
            self._books[name] = producer

    def _begin_anew(self) -> None:
        """After a snapshot was restored: what was told lies in the future."""
        for name, stream in list(self._streams.items()):
            self._begin(name, stream.topic)
            self._streams[name].followers = stream.followers

    def _reading(self) -> Reading:
        return Reading(host=self._host, now_ms=self._host.engine.now_ms)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """A stream that fails is logged, and neither the others nor the exchange's requests fail with it."""
    try:
        yield
    except Exception:
        log.exception("paper_stream_failed", stream=name)
