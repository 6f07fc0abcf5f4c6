"""A client's market streams are the upstream's own: frames and commands go through as they are."""

import asyncio
from urllib.parse import quote

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from exchange.paper.feeds.mirror.upstream import Upstream
from exchange.paper.server.streams import Receive, Scope, Send

log = structlog.get_logger(__name__)

OPEN_S = 5.0
TRY_AGAIN_LATER = 1013


def is_market_stream(scope: Scope) -> bool:
    """Whether a socket asks for market streams only: by its route, or by names that no listen key has."""
    path, query = str(scope["path"]), scope["query_string"].decode("latin-1")
    return path.startswith(("/public", "/market")) or "@" in path or "@" in query or "%40" in query


async def relay(upstream: Upstream, *, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket until either side leaves; 1013 when the upstream does."""
    query = scope["query_string"].decode("latin-1")
    url = upstream.ws_url + quote(scope["path"], safe="/!@") + (f"?{query}" if query else "")
    await receive()
    try:
        socket = await connect(url, proxy=upstream.proxy, open_timeout=OPEN_S, max_size=None)
    except (OSError, WebSocketException, TimeoutError, ImportError) as error:  # ImportError: SOCKS, no library
        log.info("mirror_relay_refused", error=f"{type(error).__name__}: {error}")
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        return
    async with socket:
        await send({"type": "websocket.accept"})
        down, up = asyncio.create_task(_down(socket, send)), asyncio.create_task(_up(socket, receive))
        done, _ = await asyncio.wait({down, up}, return_when=asyncio.FIRST_COMPLETED)
        for task in (down, up):
            task.cancel()
        await asyncio.gather(down, up, return_exceptions=True)
        if up not in done:
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})


async def _down(socket: ClientConnection, send: Send) -> None:
    async for frame in socket:
        await send({"type": "websocket.send", "text": frame if isinstance(frame, str) else frame.decode()})


async def _up(socket: ClientConnection, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        try:
            await socket.send(message.get("text") or (message.get("bytes") or b"").decode(errors="replace"))
        except ConnectionClosed:
            return
