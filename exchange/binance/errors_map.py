"""From what came back (or did not) to the one error class that says what is known.

Order of judgement: rate limits, then anything that leaves the outcome open, then credentials, then plain refusals.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2

from exchange.errors import (
    BadCredentials,
    ExchangeError,
    ExchangeUnavailable,
    NotSent,
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
)
from exchange.types import from_ms

RATE_CODES = frozenset({-1003, -1015})
CREDENTIAL_CODES = frozenset({-1002, -1022, -2014, -2015, -2017})

# The documents call -1001 and -1008 "not executed", but orders that existed have been reported. -1016: maintenance.
OPEN_CODES = frozenset({-1000, -1001, -1006, -1007, -1008, -1016})

# Wait when neither Retry-After nor a ban time is given: ORDERS has a 10 s window, weight a minute, a ban at least two.
DEFAULT_WAITS = {-1015: timedelta(seconds=10), 418: timedelta(minutes=2)}
DEFAULT_WAIT = timedelta(minutes=1)

# Failures that come before the first byte of the request left this machine.
UNSENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)

_BANNED_UNTIL = re.compile(r"banned until (\d{13})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is not the one asked for. ``code`` is None when the body holds no error object."""

    status: int
    code: int | None
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


def exchange_error(cause: Refusal | httpx2.RequestError, *, writes: bool, now: datetime) -> ExchangeError:
    """The error to raise for ``cause``. ``writes``: POST, PUT, DELETE; ``now``: wall time, aware UTC."""
    if isinstance(cause, Refusal):
        return _of_refusal(cause, writes=writes, now=now)
    text = f"{type(cause).__name__}: {cause}"
    if not writes:
        return ExchangeUnavailable(text)
    return NotSent(text) if isinstance(cause, UNSENT) else OutcomeUnknown(text)


def _of_refusal(refusal: Refusal, *, writes: bool, now: datetime) -> ExchangeError:
    text = f"HTTP {refusal.status}, {refusal.code}: {refusal.message}"
    if _is_rate_limit(refusal):
        return RateLimited(_wait_until(refusal, now=now), text)
    if refusal.status >= 500 or refusal.status == 408 or refusal.code in OPEN_CODES:
        return OutcomeUnknown(text) if writes else ExchangeUnavailable(text)
    if refusal.code in CREDENTIAL_CODES or (refusal.status == 401 and refusal.code is None):
        return BadCredentials(text)
    return OrderRefused(-refusal.status if refusal.code is None else refusal.code, refusal.message)


def _is_rate_limit(refusal: Refusal) -> bool:
    by_firewall = refusal.status == 403 and refusal.code is None
    return refusal.status in (429, 418) or refusal.code in RATE_CODES or by_firewall


def _wait_until(refusal: Refusal, *, now: datetime) -> datetime:
    retry_after = refusal.headers.get("retry-after", "")
    if retry_after.isdecimal():
        return now + timedelta(seconds=int(retry_after))
    if banned := _BANNED_UNTIL.search(refusal.message):
        return max(now, from_ms(int(banned[1])))
    return now + DEFAULT_WAITS.get(refusal.code or 0, DEFAULT_WAITS.get(refusal.status, DEFAULT_WAIT))


def refusal_in(payload: Any, *, status: int, headers: Mapping[str, str], text: str) -> Refusal | None:
    """The refusal an answer holds, or None for success. ``payload`` is the decoded body, None if it is no JSON.

    Setters answer success with a code of 200, as number or text; error codes are negative.
    """
    code = _code(payload)
    if 200 <= status < 300 and (code is None or code >= 0):
        return None
    message = str(payload.get("msg", "")) if isinstance(payload, Mapping) else text[:200]
    return Refusal(status=status, code=code, message=message, headers=headers)


def _code(payload: Any) -> int | None:
    if not isinstance(payload, Mapping):
        return None
    try:
        return int(payload["code"])
    except (KeyError, TypeError, ValueError):
        return None
