"""The socket of the WebSocket API: takes frames in, lets each be answered on its own, and ends with the client."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson

from exchange.paper.faults.requests import abort
from exchange.paper.journal import JournalError
from exchange.paper.server.requests import JSON_TYPE
from exchange.paper.server.streams import GOING_AWAY, Receive, Send
from exchange.paper.server.weights import TooMany
from exchange.paper.server.ws_api.conversation import Conversation
from exchange.paper.server.ws_api.envelope import MAX_FRAME_CHARS

Settled = Callable[[], Awaitable[None]]

PATH = "/ws-fapi/v1"
TOO_BIG = 1009
MAX_UNANSWERED = 100


class ApiConnection:
    """One client. ``latency_s`` delays each answer, half each way, without holding up the others.

    A request is carried out in one go between two waits: it happens whole or not at all, whether or not its client is
    still there for the answer.
    """

    def __init__(
        self, conversation: Conversation, *, settled: Settled, receive: Receive, send: Send, latency_s: float
    ) -> None:
        self._conversation = conversation
        self._settled = settled
        self._receive, self._send = receive, send
        self._delay_s = latency_s / 2
        self._places = asyncio.Semaphore(MAX_UNANSWERED)
        self._unanswered: set[asyncio.Task[None]] = set()
        self._is_open = True

    async def serve(self, lifetime_s: float) -> None:
        """Until the client leaves, sends a frame that is too large, or its 24 hours are over."""
        try:
            close_code = await asyncio.wait_for(self._read(), timeout=lifetime_s)
        except TimeoutError:
            close_code = GOING_AWAY
        await asyncio.gather(*self._unanswered)
        if close_code is not None and self._is_open:
            await self._send({"type": "websocket.close", "code": close_code})

    async def _read(self) -> int | None:
        """Take requests until the connection has to end; returns the code to close it with, None when it is closed."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._is_open = False
                return None
            frame = message.get("text") or message.get("bytes") or ""
            if len(frame) > MAX_FRAME_CHARS:
                return TOO_BIG
            await self._places.acquire()
            task = asyncio.create_task(self._answer(frame))
            self._unanswered.add(task)
            task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._unanswered.discard(task)
        self._places.release()

    async def _answer(self, frame: str | bytes) -> None:
        await asyncio.sleep(self._delay_s)
        answer = await self._durable(await self._conversation.answer_or_break(frame))
        if answer is None:
            abort(self._send)
            return
        await asyncio.sleep(self._delay_s)
        await self._say(answer)

    async def _durable(self, answer: bytes | None) -> bytes | None:
        """``answer`` once nothing it may tell of can be lost any more; None when that is not to be had."""
        try:
            await self._settled()
        except JournalError:
            return None
        return answer

    async def _say(self, answer: bytes) -> None:
        if not self._is_open:
            return
        try:
            await self._send({"type": "websocket.send", "text": answer.decode()})
        except OSError:  # the client left at this moment
            self._is_open = False


async def serve_ws_api(
    converse: Callable[[], Conversation],
    *,
    settled: Settled,
    receive: Receive,
    send: Send,
    latency_s: float,
    lifetime_s: float,
) -> None:
    """Serve one WebSocket, or answer its handshake with 429 or 418 when the address has used up its weight."""
    await receive()
    try:
        conversation = converse()
    except TooMany as refusal:
        await _deny(send, refusal)
        return
    await send({"type": "websocket.accept"})
    connection = ApiConnection(conversation, settled=settled, receive=receive, send=send, latency_s=latency_s)
    await connection.serve(lifetime_s)


async def _deny(send: Send, refusal: TooMany) -> None:
    body = orjson.dumps({"code": refusal.code, "msg": refusal.message})
    headers = [JSON_TYPE, (b"retry-after", str(refusal.retry_after_s).encode())]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
