"""Asking an address for one answer: bounded in time and size, sent nowhere else, by default not into one's own house.

An address comes from the owner's configuration, its answer from strangers. So a name is resolved once, each of its
addresses must be public unless the source is ``private``, and the connection goes to that very address; a redirect is a
failure, and so is an answer that is compressed (a small one may unpack to anything) or larger than LARGEST.
"""

import asyncio
import ipaddress
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2

from advisor.context.errors import SourceFailed
from advisor.providers.bounded import run_until
from advisor.providers.errors import NotAsked
from advisor.providers.port import Deadline
from advisor.providers.wire import retry_after

# At INFO httpx2 writes every URL to the log, and an address may carry a key.
logging.getLogger("httpx2").setLevel(logging.WARNING)

LARGEST = 1024 * 1024  # bytes of one answer
CONNECT_SECONDS = 5.0
AT_ONCE = 8
LAST_PORT = 65535
AGENT = "duo-live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One GET. ``query`` and ``headers`` may hold keys. ``proxy`` is an HTTP or SOCKS URL."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_private: bool = False
    proxy: str = field(default="", repr=False)


def fetch_all(asks: Sequence[Ask], *, seconds: float) -> list[bytes | SourceFailed]:
    """The answers in the order of ``asks``, those that failed as their error. Over after ``seconds`` of wall time."""
    if not asks:
        return []
    try:
        return run_until(Deadline.within(seconds + 1), _together(asks, seconds))
    except (TimeoutError, NotAsked):
        return [SourceFailed("timeout") for _ in asks]


async def _together(asks: Sequence[Ask], seconds: float) -> list[bytes | SourceFailed]:
    turns = asyncio.Semaphore(AT_ONCE)
    end = asyncio.get_running_loop().time() + seconds

    async def one(ask: Ask) -> bytes | SourceFailed:
        try:
            async with asyncio.timeout_at(end), turns:
                return await _fetched(ask)
        except SourceFailed as failed:
            return failed
        except TimeoutError:
            return SourceFailed("timeout")

    return await asyncio.gather(*(one(ask) for ask in asks))


async def _fetched(ask: Ask) -> bytes:
    """Raises SourceFailed; TimeoutError at the caller's deadline."""
    try:
        url = httpx2.URL(ask.url).copy_merge_params(ask.query)
        headers = {"Accept-Encoding": "identity", "User-Agent": AGENT, **ask.headers, "Host": _host_header(url)}
        target = url.copy_with(host=await _address(url, ask))
        async with (
            httpx2.AsyncClient(
                proxy=ask.proxy or None, timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS), trust_env=False
            ) as http,
            http.stream("GET", target, headers=headers, extensions={"sni_hostname": url.host}) as response,
        ):
            return await _body(response)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise SourceFailed("unreachable", type(error).__name__) from None
    except httpx2.HTTPError as error:
        raise SourceFailed("connection_lost", type(error).__name__) from None
    except (httpx2.InvalidURL, ValueError) as error:
        raise SourceFailed("not_sendable", type(error).__name__) from None


def _host_header(url: httpx2.URL) -> str:
    return url.netloc.decode("ascii")


async def _address(url: httpx2.URL, ask: Ask) -> str:
    """The address that ``url`` is asked at. Raises SourceFailed where it is not public, or the name is unknown.

    Behind a proxy the name is the proxy's to resolve; only what is an address already can be looked at.
    """
    if ask.proxy:
        if not ask.is_private and not _may_be_public(url.host):
            raise SourceFailed("not_public")
        return url.host
    port = url.port or (443 if url.scheme == "https" else 80)
    if not 0 < port <= LAST_PORT:
        raise SourceFailed("not_sendable", "no such port")
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=1)
    except (OSError, UnicodeError):
        raise SourceFailed("unreachable", "name not found") from None
    found = [str(row[4][0]) for row in rows]
    if not ask.is_private and not all(_is_public(address) for address in found):
        raise SourceFailed("not_public")
    return found[0]


def _may_be_public(host: str) -> bool:
    try:
        return _is_public(host)
    except ValueError:
        return host != "localhost" and "." in host


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast


async def _body(response: httpx2.Response) -> bytes:
    _require_success(response)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise SourceFailed("compressed")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST:
            raise SourceFailed("too_large", f"more than {LARGEST} bytes")
    return bytes(body)


def _require_success(response: httpx2.Response) -> None:
    """Raises SourceFailed; the body of a refusal is not repeated, it may quote a key."""
    status = response.status_code
    if response.is_redirect or 300 <= status < 400:
        raise SourceFailed("redirected", f"HTTP {status}")
    if status in (429, 503):
        wait = retry_after(response.headers, now=datetime.now(UTC))
        raise SourceFailed("rate_limited" if status == 429 else f"http_{status}", retry_after=wait)
    if status != 200:
        raise SourceFailed(f"http_{status}")
