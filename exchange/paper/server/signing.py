"""Who signed a request and when: HMAC-SHA256 over query and body, and a timestamp near the server's."""

import hashlib
import hmac
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote, unquote, unquote_plus

from exchange.paper.core.refusals import VenueError
from exchange.paper.server.requests import Request

DEFAULT_RECV_WINDOW_MS = 5000
MAX_RECV_WINDOW_MS = 60_000
AHEAD_MS = 1000


def check_timestamp(request: Request, *, now_ms: int, speed: Decimal) -> None:
    """Refuse a timestamp outside recvWindow or ahead of the server (-1021); both scale with a speed above 1."""
    parameters = request.parameters
    timestamp = parameters.mandatory_integer("timestamp")
    window = parameters.integer("recvWindow")
    window_ms = DEFAULT_RECV_WINDOW_MS if window is None else window
    if window_ms > MAX_RECV_WINDOW_MS:
        raise VenueError(-1130, "recvWindow")
    scale = max(Decimal(1), speed)
    if timestamp >= now_ms + AHEAD_MS * scale or now_ms - timestamp > window_ms * scale:
        raise VenueError(-1021)


def check_signature(request: Request, *, secret: str) -> None:
    """Refuse a signature that fits neither the text as received nor its decoded forms (-1022)."""
    given = request.parameters.mandatory("signature").lower()
    if not any(hmac.compare_digest(given.encode(), sign(text, secret).encode()) for text in signed_texts(request)):
        raise VenueError(-1022)


def sign(text: str, secret: str) -> str:
    """HMAC-SHA256 as lower-case hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_texts(request: Request) -> Iterator[str]:
    """Texts a client may have signed: as sent, decoded, and decoded but for the symbol."""
    received = _unsigned(request.query) + _unsigned(request.body)
    yield received
    yield unquote_plus(received)
    yield unquote(received)
    symbol = request.values.get("symbol", "")
    yield unquote_plus(received).replace(f"symbol={symbol}", f"symbol={quote(symbol)}")


def _unsigned(text: str) -> str:
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))
