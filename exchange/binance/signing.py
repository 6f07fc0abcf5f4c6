"""Request signatures: HMAC-SHA256 over exactly the text that travels (reference: USDS-M API, signed endpoints)."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode


def sign(text: str, *, secret: str) -> str:
    """Hex HMAC-SHA256 of ``text``."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_query(params: Mapping[str, str], *, secret: str) -> str:
    """Query string with its signature last; non-ASCII symbols are percent-encoded UTF-8 before signing."""
    query = urlencode(params)
    return f"{query}&signature={sign(query, secret=secret)}"
