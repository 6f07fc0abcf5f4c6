"""The stream sockets: user data by listen key and market streams by name, raw or wrapped, and the stream commands."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from exchange.paper.core.state import Record
from exchange.paper.server.host import Host
from exchange.paper.server.market_streams.hub import MarketStreams
from exchange.paper.server.market_streams.names import SERVED, Route, parse
from exchange.paper.server.market_streams.pump import Pump
from exchange.paper.server.stream_commands import MAX_NAMES, TOO_MANY, BadCommand, Command, Method, read_command

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LIFETIME_S = 24 * 3600
MAX_WAITING_FRAMES = 10_000
MAX_MESSAGES, MESSAGES_WITHIN_S = 10, 1.0
GOING_AWAY, POLICY = 1001, 1008
USER_ROUTES = frozenset({Route.PRIVATE, Route.LEGACY})


@dataclass(frozen=True, slots=True)
class Closing:
    """Why the exchange ends a connection."""

    code: int
    reason: str = ""


class StreamConnection:
    """One client: the names it follows, and the frames that wait for it. Unknown names are followed and stay silent."""

    def __init__(self, host: Host, market: MarketStreams, *, path: str) -> None:
        self._host, self._market = host, market
        self._parts = [unquote(part) for part in path.split("/") if part]
        self._route = Route(self._parts[0]) if self._parts and self._parts[0] in list(Route) else Route.LEGACY
        self.is_wrapped = "stream" in self._parts[:2]
        self._names: dict[str, None] = {}
        self._keys: dict[str, frozenset[str] | None] = {}
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._heard_s: deque[float] = deque(maxlen=MAX_MESSAGES)
        self.closing: Closing | None = None

    def open(self, query: str) -> None:
        """Follow what the address names."""
        parts = self._parts
        try:
            self.subscribe(parts[parts.index("ws") + 1 :] if "ws" in parts else ())
            self._follow_query(parse_qsl(query))
        except BadCommand as refusal:
            self._refuse(refusal)

    def record(self, record: Record) -> None:
        for name, kinds in self._keys.items():
            is_owner = self._host.listen_keys.owner(name) == record.account
            if is_owner and (kinds is None or record.kind in kinds):
                self.hear(name, orjson.dumps(record.payload))

    def key_expired(self, listen_key: str, market_ms: int) -> None:
        if listen_key in self._keys:
            event = {"e": "listenKeyExpired", "E": market_ms, "listenKey": listen_key}
            self.hear(listen_key, orjson.dumps(event))

    def disconnect(self, account: str | None, code: int) -> None:
        """Close it if it follows user data of this account; None means of any."""
        owners = {self._host.listen_keys.owner(key) for key in self._keys}
        if account in owners or (account is None and self._keys):
            self.end(Closing(code))

    def hear(self, name: str, payload: bytes) -> None:
        """Take a frame of a followed stream, as JSON."""
        self._put(b'{"stream":' + orjson.dumps(name) + b',"data":' + payload + b"}" if self.is_wrapped else payload)

    def command(self, text: str) -> None:
        """Answer one message of the client."""
        now_s = time.monotonic()
        if len(self._heard_s) == MAX_MESSAGES and now_s - self._heard_s[0] < MESSAGES_WITHIN_S:
            self.end(Closing(POLICY, "Too many requests"))
        self._heard_s.append(now_s)
        if self.closing is not None:
            return
        try:
            command = read_command(text)
            self._put(orjson.dumps(command.answer(COMMANDS[command.method](self, command))))
        except BadCommand as refusal:
            self._refuse(refusal)

    def subscribe(self, names: Iterable[str]) -> None:
        """Follow more streams. Raises BadCommand when they are too many."""
        for name in names:
            if name in self._names:
                continue
            if len(self._names) == MAX_NAMES:
                raise BadCommand(TOO_MANY, "Too many subscriptions")
            self._names[name] = None
            self._follow(name)

    def unsubscribe(self, names: Iterable[str]) -> None:
        for name in names:
            self._names.pop(name, None)
            self._keys.pop(name, None)
            self._market.leave(name, self)

    def listing(self) -> list[str]:
        return list(self._names)

    def end(self, closing: Closing) -> None:
        """Close the connection once the frames before are out."""
        if self.closing is None:
            self.closing = closing
            self._frames.put_nowait(None)

    async def next_frame(self) -> bytes | None:
        """None: there are no more."""
        return await self._frames.get()

    def _follow(self, name: str) -> None:
        topic = parse(name)
        if topic is not None and topic.kind in SERVED[self._route]:
            self._market.follow(name, topic, self)
        elif topic is None and self._route in USER_ROUTES:
            self._keys[name] = None

    def _follow_query(self, pairs: Iterable[tuple[str, str]]) -> None:
        """``listenKey`` with the ``events`` that follow it, and ``streams``."""
        key = ""
        for name, value in pairs:
            if name == "listenKey":
                key = value
                self.subscribe([key])
            elif name == "events" and key in self._keys:
                self._keys[key] = frozenset(value.split("/"))
            elif name == "streams":
                self.subscribe(value.split("/"))

    def _refuse(self, refusal: BadCommand) -> None:
        self._put(orjson.dumps(refusal.answer()))
        if refusal.code == TOO_MANY:
            self.end(Closing(POLICY, str(refusal)))

    def _put(self, frame: bytes) -> None:
        """Keep a frame for the writer. A client that leaves too many waiting loses them, and the connection."""
        if self.closing is not None:
            return
        if self._frames.qsize() < MAX_WAITING_FRAMES:
            self._frames.put_nowait(frame)
            return
        while not self._frames.empty():
            self._frames.get_nowait()
        self.end(Closing(POLICY))


def _set_property(connection: StreamConnection, command: Command) -> None:
    connection.is_wrapped = bool(command.is_combined)


COMMANDS: Mapping[Method, Callable[[StreamConnection, Command], Any]] = {
    Method.SUBSCRIBE: lambda connection, command: connection.subscribe(command.names),
    Method.UNSUBSCRIBE: lambda connection, command: connection.unsubscribe(command.names),
    Method.LIST_SUBSCRIPTIONS: lambda connection, command: connection.listing(),
    Method.SET_PROPERTY: _set_property,
    Method.GET_PROPERTY: lambda connection, command: connection.is_wrapped,
}


class StreamServer:
    """Serves the WebSockets of one host until the client leaves, its 24 hours are over, or it breaks a limit."""

    def __init__(self, host: Host, *, lifetime_s: float = LIFETIME_S) -> None:
        self._host = host
        self._lifetime_s = lifetime_s
        self._market = MarketStreams(host)
        self._pump = Pump(self._market)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = StreamConnection(self._host, self._market, path=scope["path"])
        await receive()
        await send({"type": "websocket.accept"})
        self._host.listeners.append(connection)
        try:
            connection.open(scope["query_string"].decode("latin-1"))
            with self._pump.attended():
                await self._converse(connection, receive, send)
        finally:
            self._host.listeners.remove(connection)
            connection.unsubscribe(connection.listing())

    async def _converse(self, connection: StreamConnection, receive: Receive, send: Send) -> None:
        writer = asyncio.create_task(_write(connection, send))
        reader = asyncio.create_task(_read(connection, receive))
        try:
            done, _ = await asyncio.wait(
                {writer, reader}, timeout=self._lifetime_s, return_when=asyncio.FIRST_COMPLETED
            )
            if reader not in done:
                closing = connection.closing or Closing(POLICY if done else GOING_AWAY)
                await send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})
        finally:
            for task in (writer, reader):
                task.cancel()
            await asyncio.gather(writer, reader, return_exceptions=True)


async def _write(connection: StreamConnection, send: Send) -> None:
    while (frame := await connection.next_frame()) is not None:
        await send({"type": "websocket.send", "text": frame.decode()})


async def _read(connection: StreamConnection, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text") or (message.get("bytes") or b"").decode(errors="replace")
        connection.command(text)
