"""Outside and stored text inside a prompt, as data that cannot end its own quotation. Pure.

A block is JSON between tags, and no ``<`` or ``>`` of the data survives: no text, whatever its author knew, can write
the closing tag. Signs that show nothing (control, format, private use) are dropped, long texts cut.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

LONGEST_TEXT = 600
LONGEST_LIST = 200
DEEPEST = 8
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def data_block(name: str, value: Any) -> str:
    """``value`` as a block. ``name`` is ours: letters and underscores only."""
    if not name.replace("_", "").isalpha():
        raise ValueError(f"{name!r} names no block")
    text = json.dumps(cleaned(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f'<data name="{name}">\n{text.translate(_ESCAPES)}\n</data>'


def cleaned(value: Any, depth: int = 0) -> Any:
    """JSON's kinds of value only; texts without signs that are not seen. What is nested too deep is cut."""
    if depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {clean_text(str(name)): cleaned(item, depth + 1) for name, item in list(value.items())[:LONGEST_LIST]}
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Sequence):
        return [cleaned(item, depth + 1) for item in value[:LONGEST_LIST]]
    return _scalar(value)


def clean_text(text: str) -> str:
    """One line, what can be seen of it, at most LONGEST_TEXT characters."""
    signs = (" " if sign.isspace() else sign for sign in text[: 4 * LONGEST_TEXT])
    seen = " ".join("".join(sign for sign in signs if unicodedata.category(sign) not in _UNSEEN).split())
    return seen if len(seen) <= LONGEST_TEXT else seen[: LONGEST_TEXT - 1] + "…"


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return value.isoformat() if isinstance(value, datetime) else clean_text(str(value))
