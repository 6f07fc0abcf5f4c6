"""Many reads at once: the leanest kept HTTP client, and httpx2 where only that one knows the way.

aiohttp spends a seventh of httpx2's processor time on a request (0.07 s against 0.47 s for 500), which is what a market
scan waits for; it speaks through HTTP proxies, not through SOCKS.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
import httpx2
from yarl import URL

from exchange.errors import ExchangeUnavailable

AIOHTTP_PROXIES = frozenset({"", "http", "https"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever it says. Names of ``headers`` are found in any case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """How to reach the venue: at most ``connections`` at a time; seconds to connect and to wait for an answer."""

    connections: int
    headers: Mapping[str, str]
    proxy: str | None
    tls: ssl.SSLContext
    connect_seconds: float | None
    read_seconds: float | None


class Reads(Protocol):
    """Reads in the running event loop."""

    async def get(self, url: str) -> Answer:
        """The answer to GET ``url``, asked once. Raises ExchangeUnavailable when none came."""


@asynccontextmanager
async def open_reads(lines: Lines) -> AsyncIterator[Reads]:
    """Connections that are closed with the block."""
    if urlsplit(lines.proxy or "").scheme in AIOHTTP_PROXIES:
        async with _session(lines) as session:
            yield _AiohttpReads(session, lines.proxy)
    else:
        async with _httpx2_client(lines) as client:
            yield _Httpx2Reads(client)


def _session(lines: Lines) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=lines.connections, ssl=lines.tls),
        # Waiting for one of our own connections is no failure: no bound on ``connect``, which holds that wait.
        timeout=aiohttp.ClientTimeout(sock_connect=lines.connect_seconds, sock_read=lines.read_seconds, total=None),
        headers=lines.headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


def _httpx2_client(lines: Lines) -> httpx2.AsyncClient:
    seconds = lines.read_seconds
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(connect=lines.connect_seconds, read=seconds, write=seconds, pool=None),
        limits=httpx2.Limits(max_connections=lines.connections, max_keepalive_connections=lines.connections),
        headers=dict(lines.headers),
        proxy=lines.proxy,
        verify=lines.tls,
        trust_env=False,
    )


class _AiohttpReads:
    def __init__(self, session: aiohttp.ClientSession, proxy: str | None) -> None:
        self._session, self._proxy = session, proxy

    async def get(self, url: str) -> Answer:
        try:
            async with self._session.get(URL(url, encoded=True), proxy=self._proxy, allow_redirects=False) as response:
                return Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ExchangeUnavailable(f"{type(error).__name__}: {error}") from error


class _Httpx2Reads:
    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def get(self, url: str) -> Answer:
        try:
            response = await self._client.get(url)
        except httpx2.RequestError as error:
            raise ExchangeUnavailable(f"{type(error).__name__}: {error}") from error
        return Answer(response.status_code, response.headers, response.content)
