"""What the two HTTP adapters share: the connection, the reading of bodies, and errors told by their status."""

import email.utils
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.providers.errors import AdviceFailed, BadAnswer, Misconfigured, NotAsked, RateLimited, Unavailable
from advisor.providers.port import Usage

# At INFO httpx2 writes every URL to the log, and an address may carry a key.
logging.getLogger("httpx2").setLevel(logging.WARNING)

CONNECT_SECONDS = 5.0
LONGEST_WAIT = timedelta(hours=1)  # a provider that asks for more is asked again after this
REFUSED_FOR_GOOD = frozenset({400, 401, 402, 403, 404, 405, 413, 422})

MOST_TOKENS = 100_000_000  # in one call; no model reads or writes as many

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where and as whom a provider is asked. ``proxy`` is an HTTP or SOCKS URL; the environment's are not looked at."""

    name: str
    base_url: str
    model: str
    api_key: str = field(repr=False)
    proxy: str = field(default="", repr=False)
    max_output_tokens: int = 2000
    native_schema: bool = False  # the provider keeps a JSON schema; else it only promises a JSON object


class Part(BaseModel):
    """A part of a provider's answer: fields we do not know are kept out, those we read are checked."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def http_client(endpoint: Endpoint, *, seconds: float) -> httpx2.AsyncClient:
    timeout = httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
    return httpx2.AsyncClient(proxy=endpoint.proxy or None, timeout=timeout, trust_env=False)


def parsed(body: type[Body], text: str) -> Body:
    """The body of a successful answer. Raises BadAnswer when it is none of the protocol."""
    try:
        return body.model_validate_json(text)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise BadAnswer("not_the_protocol", place[:100]) from None


def storable(text: str) -> str:
    """``text`` with what no database keeps (NUL, lone surrogates) replaced, before anybody reads it."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


def counted(input_tokens: int, output_tokens: int) -> Usage:
    """Tokens as the provider counted them: below nothing is nothing, and a count that cannot be is unknown."""
    if max(input_tokens, output_tokens) > MOST_TOKENS:
        return Usage(is_known=False)
    return Usage(max(input_tokens, 0), max(output_tokens, 0))


def failure(status: int, headers: Mapping[str, str], *, now: datetime | None = None) -> AdviceFailed:
    """What an HTTP status other than success means. The body is not repeated: it may quote the key or the prompt."""
    if status == 429:
        return RateLimited("rate_limited", retry_after=retry_after(headers, now=now or datetime.now(UTC)))
    if status in REFUSED_FOR_GOOD:
        return Misconfigured(f"http_{status}")
    if status in (503, 529) and (wait := retry_after(headers, now=now or datetime.now(UTC))):
        return RateLimited(f"http_{status}", retry_after=wait)
    return Unavailable(f"http_{status}")


@contextmanager
def told_apart(sdk: Any) -> Iterator[None]:
    """What an SDK of either provider raises, as our errors. Raises AdviceFailed for all of it."""
    try:
        yield
    except sdk.APIStatusError as error:
        raise failure(error.status_code, error.response.headers) from None
    except sdk.APIConnectionError as error:
        raise connection_failure(error.__cause__) from None
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise Misconfigured("not_sendable", type(error).__name__) from None
    except (httpx2.HTTPError, sdk.APIError) as error:
        raise Unavailable("connection_lost", type(error).__name__) from None


def connection_failure(cause: BaseException | None) -> NotAsked | Unavailable:
    """Without a connection nothing was asked; any later failure leaves open what the other side did."""
    if isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)):
        return NotAsked("unreachable", type(cause).__name__)
    return Unavailable("timeout" if isinstance(cause, httpx2.TimeoutException) else "connection_lost")


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Retry-After as seconds or as a date, at most an hour; None where it is missing or not to be understood."""
    raw = headers.get("retry-after", "").strip()
    if not raw:
        return None
    try:
        wait = timedelta(seconds=float(raw))
    except (ValueError, OverflowError):
        wait = _until(raw, now)
    return min(max(wait, timedelta(0)), LONGEST_WAIT) or None


def _until(date: str, now: datetime) -> timedelta:
    try:
        then = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return timedelta(0)
    return (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
