"""The user stream: one listenKey, one socket, and a loop that opens both again whenever something ends them.

No event is ever replayed by the venue, so every opening is announced with StreamConnected and the reader asks by REST.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import httpx2
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedOK, InvalidStatus, WebSocketException

from exchange.binance.client import BinanceClient
from exchange.binance.errors_map import Refusal, exchange_error
from exchange.binance.events import frame_payload, user_event
from exchange.binance.parsing import MalformedPayload, Row
from exchange.clock import wall_now
from exchange.errors import (
    BadCredentials,
    ExchangeError,
    ExchangeUnavailable,
    NotSent,
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
)
from exchange.types import StreamConnected, UserEvent

log = structlog.get_logger(__name__)

# At DEBUG websockets writes the handshake, and with it the listenKey, to the log.
logging.getLogger("websockets.client").setLevel(logging.INFO)

LISTEN_KEY = "/fapi/v1/listenKey"
EVENTS = "ORDER_TRADE_UPDATE/ACCOUNT_UPDATE/ALGO_UPDATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTimes:
    """Everything here is wall seconds."""

    keepalive: float = 25 * 60  # the venue drops a key after 60 minutes
    keepalive_retry: float = 60
    lifetime: float = 23 * 3600  # the venue cuts a connection after 24 hours
    first_pause: float = 0.5
    longest_pause: float = 30
    healthy_after: float = 60
    ping: float = 20
    close: float = 2


class BinanceUserStream:
    """UserStream over a websocket. Each iteration is a stream of its own; close it with ``contextlib.aclosing``.

    Raises BadCredentials, which no reconnect can heal; anything else is waited out.
    """

    def __init__(
        self,
        client: BinanceClient,
        ws_base: str,
        *,
        times: StreamTimes | None = None,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        if not ws_base.startswith(("ws://", "wss://")):
            raise ValueError(f"{ws_base!r} is no websocket URL")
        self._client = client
        self._ws_base = ws_base.rstrip("/")
        self._times = times or StreamTimes()
        self._jitter = jitter
        self._open_sessions = 0

    @property
    def is_connected(self) -> bool:
        """Whether a socket is open, by what is known of it: one that went silent is found out by its pings."""
        return self._open_sessions > 0

    def __aiter__(self) -> AsyncGenerator[UserEvent, None]:
        return self._events()

    async def _events(self) -> AsyncGenerator[UserEvent, None]:
        pauses = _Pauses(self._times, self._jitter)
        async with self._client.open_async(connections=2) as http:
            while True:
                try:
                    async with self._session(http) as session:
                        pauses.opened()
                        yield StreamConnected()
                        while (event := await session.next_event()) is not None:
                            yield event
                    pause = pauses.after_end()
                except BadCredentials:
                    raise
                except MalformedPayload as error:
                    log.exception("user_event_malformed")
                    pause = pauses.after_failure(error)
                except (ExchangeError, WebSocketException, OSError) as error:
                    pause = pauses.after_failure(error)
                    log.warning("user_stream_interrupted", error=repr(error), pause_seconds=round(pause, 2))
                await asyncio.sleep(pause)

    @asynccontextmanager
    async def _session(self, http: httpx2.AsyncClient) -> AsyncIterator["_Session"]:
        listen_key = await self._listen_key(http)
        async with self._connect(listen_key) as socket:
            tending = asyncio.create_task(self._tend(http, socket))
            self._open_sessions += 1
            try:
                yield _Session(socket, listen_key)
            finally:
                self._open_sessions -= 1
                tending.cancel()
                await asyncio.wait([tending])
                if not tending.cancelled():
                    tending.result()  # raises what ended it

    async def _listen_key(self, http: httpx2.AsyncClient) -> str:
        """The account's listenKey; the venue answers with the old one while it lives, and extends it."""
        answer = await self._client.call_async(http, "POST", LISTEN_KEY)
        try:
            return str(answer["listenKey"])
        except (LookupError, TypeError) as error:
            raise ExchangeUnavailable(f"answer without listenKey: {error!r}") from error

    @asynccontextmanager
    async def _connect(self, listen_key: str) -> AsyncIterator[ClientConnection]:
        url = f"{self._ws_base}/private/ws?listenKey={quote(listen_key, safe='')}&events={EVENTS}"
        connecting = connect(
            url,
            proxy=self._client.proxy,
            ping_interval=self._times.ping,
            ping_timeout=self._times.ping,
            close_timeout=self._times.close,
            max_queue=4096,  # frames; a reader that is busy for a while must not stall the answers to pings
        )
        try:
            socket = await connecting
        except InvalidStatus as refused:
            raise _handshake_error(refused) from refused
        try:
            yield socket
        finally:
            await socket.close()

    async def _tend(self, http: httpx2.AsyncClient, socket: ClientConnection) -> None:
        """Keep the listenKey alive, and close ``socket`` when the key is gone or the connection old."""
        try:
            async with asyncio.timeout(self._times.lifetime):
                await self._keep_alive(http)
        except TimeoutError:
            log.info("user_stream_renewed", reason="lifetime")
        finally:
            await socket.close()

    async def _keep_alive(self, http: httpx2.AsyncClient) -> None:
        """Extend the listenKey again and again; return when the venue refuses (-1125: it does not know it any more)."""
        pause = self._times.keepalive
        while True:
            await asyncio.sleep(pause)
            try:
                await self._client.call_async(http, "PUT", LISTEN_KEY)
                pause = self._times.keepalive
            except (OrderRefused, BadCredentials) as refused:
                log.warning("listen_key_lost", error=str(refused))
                return
            except RateLimited as limited:
                pause = max(self._times.keepalive_retry, _seconds_until(limited))
                log.warning("listen_key_not_extended", error=str(limited))
            except (NotSent, OutcomeUnknown, ExchangeUnavailable) as error:
                pause = self._times.keepalive_retry
                log.warning("listen_key_not_extended", error=str(error))


class _Session:
    """One open socket and what ends it."""

    def __init__(self, socket: ClientConnection, listen_key: str) -> None:
        self._socket = socket
        self._listen_key = listen_key

    async def next_event(self) -> UserEvent | None:
        """The next event the desk uses; None when the session is over and a new one may be opened at once.

        Raises MalformedPayload, and ConnectionClosedError when the connection broke.
        """
        while True:
            try:
                payload = frame_payload(await self._socket.recv())
            except ConnectionClosedOK:
                return None
            if self._is_over(payload):
                log.warning("user_stream_ended", event_type=payload["e"])
                return None
            event = user_event(payload)
            if event is not None:
                return event
            log.debug("user_event_ignored", event_type=payload.get("e"))

    def _is_over(self, payload: Row) -> bool:
        kind = payload.get("e")
        if kind == "listenKeyExpired":
            # The venue may send the notice twice, the second time into the session of the next key.
            return bool(payload.get("listenKey", self._listen_key) == self._listen_key)
        return kind == "serverShutdown"


class _Pauses:
    """Wait before the next session: full jitter that grows with failures, forgotten after a healthy while."""

    def __init__(self, times: StreamTimes, jitter: Callable[[float, float], float]) -> None:
        self._times = times
        self._jitter = jitter
        self._failures = 0
        self._opened_at: float | None = None

    def opened(self) -> None:
        self._opened_at = time.monotonic()

    def after_end(self) -> float:
        """After an orderly end: none, but for ends that follow one another without a healthy while between."""
        self._count()
        return 0.0 if self._failures == 1 else self._growing()

    def after_failure(self, error: Exception) -> float:
        self._count()
        pause = self._growing()
        return max(pause, _seconds_until(error)) if isinstance(error, RateLimited) else pause

    def _count(self) -> None:
        if self._opened_at is not None and time.monotonic() - self._opened_at >= self._times.healthy_after:
            self._failures = 0
        self._opened_at = None
        self._failures += 1

    def _growing(self) -> float:
        ceiling = self._times.first_pause * 2 ** min(self._failures - 1, 16)
        return self._jitter(0.0, min(self._times.longest_pause, ceiling))


def _seconds_until(limited: RateLimited) -> float:
    return max(0.0, (limited.until - wall_now()) / timedelta(seconds=1))


def _handshake_error(refused: InvalidStatus) -> ExchangeError:
    """A handshake answered with an HTTP status instead of a socket."""
    response = refused.response
    headers = {name.lower(): text for name, text in response.headers.raw_items()}
    text = bytes(response.body or b"").decode(errors="replace")[:200]
    refusal = Refusal(status=response.status_code, code=None, message=text, headers=headers)
    return exchange_error(refusal, writes=False, now=wall_now())
