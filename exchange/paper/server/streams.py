"""WebSocket side: user data by listen key, raw or wrapped frames, and the stream commands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from exchange.paper.core.state import Record
from exchange.paper.server.host import Host

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LIFETIME_S = 24 * 3600
MAX_WAITING_FRAMES = 10_000
GOING_AWAY, POLICY = 1001, 1008
MARKET_ROUTES = frozenset({"public", "market"})


class StreamConnection:
    """One client: the names it follows, and the frames that wait for it. Unknown names are followed and stay silent."""

    def __init__(self, host: Host, *, path: str, query: str) -> None:
        self._host = host
        parts = [unquote(part) for part in path.split("/") if part]
        self._serves_users = not MARKET_ROUTES.intersection(parts[:1])
        self.is_wrapped = "stream" in parts[:2]
        self._names: dict[str, frozenset[str] | None] = {}
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.is_overrun = False
        for name in parts[parts.index("ws") + 1 :] if "ws" in parts else ():
            self._names[name] = None
        self._follow_query(parse_qsl(query))

    def record(self, record: Record) -> None:
        for name, kinds in self._names.items():
            is_owner = self._serves_users and self._host.listen_keys.owner(name) == record.account
            if is_owner and (kinds is None or record.kind in kinds):
                self._push(name, record.payload)

    def key_expired(self, listen_key: str, market_ms: int) -> None:
        if self._serves_users and listen_key in self._names:
            self._push(listen_key, {"e": "listenKeyExpired", "E": market_ms, "listenKey": listen_key})

    def command(self, text: str) -> None:
        """Answer one message of the client."""
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            self._put({"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"})
            return
        if not isinstance(message, dict) or message.get("method") not in COMMANDS:
            self._put({"code": 2, "msg": "Invalid request: unknown variant"})
            return
        params = message.get("params") or []
        names = [name for name in params if isinstance(name, str)] if isinstance(params, list) else []
        result = COMMANDS[message["method"]](self, names)
        self._put({"result": result, "id": message.get("id")})

    def subscribe(self, names: Iterable[str]) -> None:
        for name in names:
            self._names.setdefault(name, None)

    def unsubscribe(self, names: Iterable[str]) -> None:
        for name in names:
            self._names.pop(name, None)

    def listing(self, names: Iterable[str]) -> list[str]:
        return list(self._names)

    async def next_frame(self) -> bytes:
        return await self._frames.get()

    def _follow_query(self, pairs: Iterable[tuple[str, str]]) -> None:
        """``listenKey`` with the ``events`` that follow it, and ``streams``."""
        key = ""
        for name, value in pairs:
            if name == "listenKey":
                key = value
                self._names[key] = None
            elif name == "events" and key:
                self._names[key] = frozenset(value.split("/"))
            elif name == "streams":
                self.subscribe(value.split("/"))

    def _push(self, name: str, payload: Mapping[str, Any]) -> None:
        self._put({"stream": name, "data": payload} if self.is_wrapped else payload)

    def _put(self, frame: Mapping[str, Any]) -> None:
        if self._frames.qsize() >= MAX_WAITING_FRAMES:
            self.is_overrun = True
            return
        self._frames.put_nowait(orjson.dumps(frame))


COMMANDS: Mapping[str, Callable[[StreamConnection, Iterable[str]], Any]] = {
    "SUBSCRIBE": StreamConnection.subscribe,
    "UNSUBSCRIBE": StreamConnection.unsubscribe,
    "LIST_SUBSCRIPTIONS": StreamConnection.listing,
}


async def serve_stream(host: Host, *, scope: Scope, receive: Receive, send: Send, lifetime_s: float) -> None:
    """Serve one WebSocket until the client leaves, its 24 hours are over, or it cannot keep up."""
    connection = StreamConnection(host, path=scope["path"], query=scope["query_string"].decode("latin-1"))
    await receive()
    await send({"type": "websocket.accept"})
    host.listeners.append(connection)
    writer = asyncio.create_task(_write(connection, send))
    reader = asyncio.create_task(_read(connection, receive))
    try:
        done, _ = await asyncio.wait({writer, reader}, timeout=lifetime_s, return_when=asyncio.FIRST_COMPLETED)
        if reader not in done:
            await send({"type": "websocket.close", "code": POLICY if done else GOING_AWAY})
    finally:
        host.listeners.remove(connection)
        for task in (writer, reader):
            task.cancel()
        await asyncio.gather(writer, reader, return_exceptions=True)


async def _write(connection: StreamConnection, send: Send) -> None:
    while not connection.is_overrun:
        frame = await connection.next_frame()
        await send({"type": "websocket.send", "text": frame.decode()})


async def _read(connection: StreamConnection, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text") or (message.get("bytes") or b"").decode(errors="replace")
        connection.command(text)
