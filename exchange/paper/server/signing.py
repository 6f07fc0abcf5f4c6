"""Who signed a request and when: HMAC-SHA256, RSA or Ed25519 over query and body, a timestamp near the server's."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from decimal import Decimal
from urllib.parse import quote, unquote, unquote_plus

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from exchange.paper.core.accounts import Account
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.requests import Request

DEFAULT_RECV_WINDOW_MS = 5000
MAX_RECV_WINDOW_MS = 60_000
AHEAD_MS = 1000
AHEAD_TEXT = "Timestamp for this request was 1000ms ahead of the server's time."
PublicKey = RSAPublicKey | Ed25519PublicKey


def check_timestamp(parameters: Parameters, *, now_ms: int, speed: Decimal) -> None:
    """Refuse a timestamp outside recvWindow or ahead of the server (-1021); both scale with a speed above 1."""
    timestamp = parameters.mandatory_integer("timestamp")
    window = parameters.integer("recvWindow")
    window_ms = DEFAULT_RECV_WINDOW_MS if window is None else window
    if window_ms > MAX_RECV_WINDOW_MS:
        raise VenueError(-1130, "recvWindow")
    scale = max(Decimal(1), speed)
    if timestamp >= now_ms + AHEAD_MS * scale:
        raise VenueError(-1021, text=AHEAD_TEXT)
    if now_ms - timestamp > window_ms * scale:
        raise VenueError(-1021)


def check_signature(given: str, texts: Iterable[str], account: Account) -> None:
    """Refuse a signature that fits none of the texts (-1022).

    An account with a public key may also sign with that, base64.
    """
    texts = list(texts)
    if any(hmac.compare_digest(given.lower().encode(), sign(text, account.api_secret).encode()) for text in texts):
        return
    if not account.public_key or not any(_verifies(account.public_key, given, text) for text in texts):
        raise VenueError(-1022)


def check_logon_signature(given: str, texts: Iterable[str], account: Account) -> None:
    """Refuse a logon whose key is not Ed25519 (-4056), or whose signature is not of that key (-1022)."""
    if not account.public_key or not isinstance(read_public_key(account.public_key), Ed25519PublicKey):
        raise VenueError(-4056)
    if not any(_verifies(account.public_key, given, text) for text in texts):
        raise VenueError(-1022)


def sign(text: str, secret: str) -> str:
    """HMAC-SHA256 as lower-case hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def read_public_key(pem: str) -> PublicKey:
    """An RSA or Ed25519 public key. Raises ValueError for anything else."""
    try:
        key = load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise ValueError("the key is neither RSA nor Ed25519")
    return key


def signed_texts(request: Request) -> Iterator[str]:
    """Texts an HTTP client may have signed: as sent, decoded, and decoded but for the symbol."""
    received = _unsigned(request.query) + _unsigned(request.body)
    yield received
    yield unquote_plus(received)
    yield unquote(received)
    symbol = request.values.get("symbol", "")
    yield unquote_plus(received).replace(f"symbol={symbol}", f"symbol={quote(symbol)}")


def _verifies(pem: str, given: str, text: str) -> bool:
    key = read_public_key(pem)
    try:
        # A plus sign that was sent as it is has been read as a blank; one client percent-encodes inside JSON, too.
        signature = base64.b64decode(unquote(given).replace(" ", "+"), validate=True)
        if isinstance(key, RSAPublicKey):
            key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _unsigned(text: str) -> str:
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))
