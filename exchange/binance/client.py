"""HTTP to a venue that speaks the USDS-M protocol: signing, time, errors. What the paths mean is not known here.

Reads are retried, what changes something never is; the one exception is a request that the venue refused for its
timestamp (-1021, -5028), which is sent again once after the clock was read anew.
"""

import hashlib
import logging
import os
import random
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import structlog

from exchange.binance.costs import cost_of, weight_of
from exchange.binance.errors_map import exchange_error, refusal_in
from exchange.binance.signing import signed_query
from exchange.clock import TimeReading, VenueClock, wall_now
from exchange.errors import ExchangeError, ExchangeUnavailable, NotSent, OrderCode, OrderRefused, RateLimited
from exchange.rate_budget import Cost, LocalBudget, RateBudget, Urgency
from exchange.types import from_ms, to_ms

if TYPE_CHECKING:
    from exchange.binance.fan_out import Answer, Reads

log = structlog.get_logger(__name__)

# At INFO httpx2 writes every URL, and with it signatures, to the log.
logging.getLogger("httpx2").setLevel(logging.WARNING)

Params = Mapping[str, str]

# Wall seconds, whatever the speed of the market.
DEFAULT_TIMEOUT = httpx2.Timeout(connect=3.0, read=6.0, write=3.0, pool=3.0)
READ_ATTEMPTS = 3
BACK_OFF_SECONDS = 0.2  # before the first repetition of a read, doubled before the second
STALE_TIMESTAMP_CODES = frozenset({OrderCode.TIMESTAMP, -5028})


_budgets: defaultdict[str, RateBudget] = defaultdict(LocalBudget)  # by base URL
# Its header tells another count there.
MISCOUNTED = frozenset({"/fapi/v1/ticker/bookTicker", "/fapi/v2/ticker/price"})


@dataclass(frozen=True, slots=True)
class _Call:
    """A request before its timestamp and signature."""

    method: str
    path: str
    params: Params
    is_signed: bool

    @property
    def writes(self) -> bool:
        return self.method != "GET"


class BinanceClient:
    """One base URL and API key. Thread-safe; connections are made on first use and never shared across a fork.

    ``proxy`` is an HTTP or SOCKS URL; proxies in the environment are not looked at. Raises exchange.errors only.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str = "",
        api_secret: str = "",
        proxy: str | None = None,
        timeout: httpx2.Timeout = DEFAULT_TIMEOUT,
        recv_window_ms: int = 5000,
        clock: VenueClock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        budget: RateBudget | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_secret = api_secret
        self._headers = {"X-MBX-APIKEY": api_key} if api_key else {}
        self._account = hashlib.sha256(api_key.encode()).hexdigest()[:16]
        self._proxy = proxy
        self._timeout = timeout
        self._recv_window_ms = recv_window_ms
        self._sleep = sleep
        self._budget = budget or _budgets[self._base_url]
        self._http: httpx2.Client | None = None
        self._http_pid = 0
        self._opening = threading.Lock()
        self.clock = clock or VenueClock(self.time_reading)
        self.used_weight_1m: int | None = None

    @property
    def proxy(self) -> str | None:
        return self._proxy

    def get(self, path: str, params: Params | None = None, *, signed: bool = False) -> Any:
        """Decoded answer of a read; repeated at most twice while the venue cannot answer."""
        call = _Call("GET", path, params or {}, signed)
        for pause in _pauses():
            try:
                return self._attempt(call)
            except ExchangeUnavailable as error:
                log.info("read_repeated", path=path, error=str(error))
                self._sleep(pause)
        return self._attempt(call)

    def send(self, method: str, path: str, params: Params | None = None) -> Any:
        """Decoded answer of a signed POST, PUT or DELETE, sent once."""
        return self._attempt(_Call(method, path, params or {}, True))

    def time_reading(self) -> TimeReading:
        """Server time and the market's speed (header X-Market-Speed, absent at a real venue), in a single attempt."""
        response, payload = self._carry(_Call("GET", "/fapi/v1/time", {}, False))
        try:
            return TimeReading(from_ms(payload["serverTime"]), Decimal(response.headers.get("x-market-speed", "1")))
        except (LookupError, TypeError, InvalidOperation) as error:
            raise ExchangeUnavailable(f"unreadable server time: {error!r}") from error

    def open_async(self, *, connections: int) -> httpx2.AsyncClient:
        """A client for the running event loop; the caller closes it."""
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        timeouts = self._timeout.as_dict()
        # Waiting for one of our own connections is no failure.
        timeout = httpx2.Timeout(connect=timeouts["connect"], read=timeouts["read"], write=timeouts["write"], pool=None)
        return httpx2.AsyncClient(timeout=timeout, limits=limits, **self._options())

    def open_reads(self, *, connections: int) -> "AbstractAsyncContextManager[Reads]":
        """Connections for many reads in the running event loop, closed with the block."""
        from exchange.binance.fan_out import Lines, open_reads  # 0.2 s to import, for what only a scan does

        timeouts = self._timeout.as_dict()
        lines = Lines(
            connections=connections,
            headers=self._headers,
            proxy=self._proxy,
            tls=self._tls,
            connect_seconds=timeouts["connect"],
            read_seconds=timeouts["read"],
        )
        return open_reads(lines)

    async def read_async(self, reads: "Reads", path: str, params: Params, *, is_reserved: bool = False) -> Any:
        """Decoded answer of an unsigned read, asked once. ``is_reserved``: its cost is taken already."""
        call = _Call("GET", path, params, False)
        if not is_reserved:
            self._admit(call)
        with self._heeding_limits():
            asked_at = wall_now()
            return self._payload(await reads.get(self._url(call)), call, asked_at=asked_at)

    def reserve(self, requests: Sequence[tuple[str, Params]]) -> None:
        """Take the cost of unsigned reads of (path, params) at once. Raises RateLimited when they do not all fit."""
        weight = sum(weight_of("GET", path, params) for path, params in requests)
        self._budget.admit(Cost(urgency=Urgency.SCAN, weight=weight))

    def fits_at(self, requests: Sequence[tuple[str, Params]]) -> datetime | None:
        """When unsigned reads of (path, params) will fit together (wall time); None when they do now."""
        weight = sum(weight_of("GET", path, params) for path, params in requests)
        return self._budget.fits_at(Cost(urgency=Urgency.SCAN, weight=weight))

    async def call_async(
        self,
        http: httpx2.AsyncClient,
        method: str,
        path: str,
        params: Params | None = None,
        *,
        is_reserved: bool = False,
    ) -> Any:
        """Decoded answer of an unsigned request by ``http``, sent once. ``is_reserved``: its cost is taken already."""
        call = _Call(method, path, params or {}, False)
        if not is_reserved:
            self._admit(call)
        asked_at = wall_now()
        with self._heeding_limits():
            try:
                response = await http.request(method, self._url(call))
            except httpx2.RequestError as error:
                raise exchange_error(error, writes=call.writes, now=wall_now()) from error
            return self._payload(response, call, asked_at=asked_at)

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        with self._opening:
            if self._http is not None and self._http_pid == os.getpid():
                self._http.close()
            self._http = None

    def _attempt(self, call: _Call) -> Any:
        try:
            return self._carry(call)[1]
        except OrderRefused as refused:
            if not _is_stale(call, refused):
                raise
            self._resync(refused, call)
        try:
            return self._carry(call)[1]
        except OrderRefused as refused:
            raise _unanswered(call, refused) from refused

    def _carry(self, call: _Call) -> tuple[httpx2.Response, Any]:
        self._admit(call)
        with self._heeding_limits():
            return self._exchange(call)

    def _admit(self, call: _Call) -> None:
        cost = cost_of(call.method, call.path, call.params, is_signed=call.is_signed, account=self._account)
        self._budget.admit(cost)

    @contextmanager
    def _heeding_limits(self) -> Iterator[None]:
        """Going on after a 429 leads to a ban: everybody waits until the time the venue named."""
        try:
            yield
        except RateLimited as limited:
            self._budget.stop_until(limited.until)
            raise

    def _resync(self, refused: OrderRefused, call: _Call) -> None:
        log.warning("timestamp_refused", reason=refused.reason)
        try:
            self.clock.refresh()
        except ExchangeError as error:
            raise _unanswered(call, refused) from error

    def _exchange(self, call: _Call) -> tuple[httpx2.Response, Any]:
        """Send ``call`` once."""
        url, asked_at = self._url(call), wall_now()
        try:
            response = self._connections().request(call.method, url)
        except httpx2.RequestError as error:
            raise exchange_error(error, writes=call.writes, now=wall_now()) from error
        return response, self._payload(response, call, asked_at=asked_at)

    def _url(self, call: _Call) -> str:
        query = self._signed(call) if call.is_signed else str(httpx2.QueryParams(dict(call.params)))
        return f"{self._base_url}{call.path}{'?' if query else ''}{query}"

    def _signed(self, call: _Call) -> str:
        timestamp = to_ms(self._timestamp(call))
        stamped = {**call.params, "recvWindow": str(self._recv_window_ms), "timestamp": str(timestamp)}
        return signed_query(stamped, secret=self._api_secret)

    def _timestamp(self, call: _Call) -> datetime:
        try:
            return self.clock.estimate()
        except ExchangeUnavailable as error:
            if call.writes:
                raise NotSent(f"server time unknown: {error}") from error
            raise

    def _connections(self) -> httpx2.Client:
        with self._opening:
            if self._http is None or self._http_pid != os.getpid():
                self._http = httpx2.Client(timeout=self._timeout, **self._options())
                self._http_pid = os.getpid()
            return self._http

    def _options(self) -> dict[str, Any]:
        return {"headers": self._headers, "proxy": self._proxy, "verify": self._tls, "trust_env": False}

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """One for all connections: loading the authorities takes 50 ms."""
        return httpx2.create_ssl_context(trust_env=False)

    def _payload(self, response: "httpx2.Response | Answer", call: _Call, *, asked_at: datetime) -> Any:
        """Body of a success. An unreadable one leaves open what happened, as a broken connection does."""
        self._note_weight(response.headers.get("x-mbx-used-weight-1m", ""), call.path, asked_at=asked_at)
        payload = _decoded(response.content)
        refusal = refusal_in(payload, status=response.status_code, headers=response.headers, text=response.text)
        if refusal is not None:
            raise exchange_error(refusal, writes=call.writes, now=wall_now())
        if payload is None:
            broken = httpx2.DecodingError(f"{call.method} {call.path}: the answer is no JSON")
            raise exchange_error(broken, writes=call.writes, now=wall_now())
        return payload

    def _note_weight(self, used: str, path: str, *, asked_at: datetime) -> None:
        if used.isdecimal() and path not in MISCOUNTED:  # some order answers say -1
            self.used_weight_1m = int(used)
            self._budget.correct(int(used), asked_at=asked_at)


def _pauses() -> list[float]:
    return [BACK_OFF_SECONDS * 2**attempt * random.uniform(0.5, 1) for attempt in range(READ_ATTEMPTS - 1)]


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _is_stale(call: _Call, refused: OrderRefused) -> bool:
    return call.is_signed and refused.code in STALE_TIMESTAMP_CODES


def _unanswered(call: _Call, refused: OrderRefused) -> ExchangeError:
    """What only its timestamp kept from an answer was not wrong, and nothing was done: it may be sent later."""
    if not _is_stale(call, refused):
        return refused
    return NotSent(str(refused)) if call.writes else ExchangeUnavailable(str(refused))
