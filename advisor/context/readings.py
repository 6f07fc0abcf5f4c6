"""A reading: one value or text of a source, with the time it is of. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from advisor.context.errors import SourceFailed
from advisor.prompts.quoting import clean_text

EVERYWHERE = ""  # the symbol of a reading that is of no single contract
LONGEST_TEXT = 200
LONGEST_UNIT = 24
DIGITS = Context(prec=18)
LARGEST, SMALLEST = 30, -18  # powers of ten that a value may have
EPOCH_SECONDS_BELOW = 10**11  # what is larger counts milliseconds, and from a thousand times that on microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``value``, ``text`` or both. ``as_of``: when it was so, by the source, else when it was read."""

    name: str
    as_of: datetime
    value: Decimal | None = None
    text: str = ""
    unit: str = ""
    symbol: str = EVERYWHERE


def number(raw: Any) -> Decimal:
    """A finite number from JSON's number or its text, to eighteen digits. Raises SourceFailed."""
    if isinstance(raw, bool) or not isinstance(raw, (int, str, Decimal)):
        raise SourceFailed("not_a_number", type(raw).__name__)
    try:
        found = Decimal(raw.strip() if isinstance(raw, str) else raw)
    except (InvalidOperation, ValueError):
        raise SourceFailed("not_a_number", clean_text(str(raw))[:40]) from None
    if not found.is_finite() or (found and not SMALLEST <= found.adjusted() <= LARGEST):
        raise SourceFailed("not_a_number", "out of range")
    return rounded(found)


def rounded(value: Decimal) -> Decimal:
    """To eighteen digits, half even, without zeros at the end that say nothing."""
    return DIGITS.plus(value).normalize() if value else Decimal(0)


def moment(raw: Any) -> datetime:
    """Unix seconds, milli- or microseconds, or ISO 8601 (a date is its first moment), UTC. Raises SourceFailed."""
    try:
        if isinstance(raw, str) and not raw.strip().lstrip("-").replace(".", "", 1).isdigit():
            found = datetime.fromisoformat(raw.strip())
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return _of_epoch(number(raw))
    except (ValueError, OverflowError, OSError):
        raise SourceFailed("no_time", clean_text(str(raw))[:40]) from None


def _of_epoch(count: Decimal) -> datetime:
    while abs(count) >= EPOCH_SECONDS_BELOW:
        count /= 1000
    return datetime.fromtimestamp(float(count), UTC)


def short_text(raw: Any) -> str:
    """One line of what can be seen of it, at most LONGEST_TEXT characters."""
    text = clean_text(raw if isinstance(raw, str) else str(raw))
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
