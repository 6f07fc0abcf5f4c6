"""Arguments as typed values. Each raises ArgumentTypeError with a sentence for the reader."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

LONGEST = 15  # digits before and after the point


def moment(text: str) -> datetime:
    """An ISO 8601 time, aware; UTC when it names no zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time; write it like 2024-11-23T17:00") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def positive_number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(f"{text!r} is no number") from None
    if not number.is_finite() or number <= 0:
        raise ArgumentTypeError(f"{text} must be above 0")
    if abs(number.adjusted()) > LONGEST:
        raise ArgumentTypeError(f"{text} is no number that anything here can have")
    return number


def positive_count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} must be a whole number from 1 on")
    return int(text)


def whole_count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} must be a whole number from 0 on")
    return int(text)


def symbol(text: str) -> str:
    """A contract's name as the exchange spells it."""
    return text.strip().upper()


def https_address(text: str) -> str:
    """The public address of the desk; Telegram takes no other scheme."""
    if not text.startswith("https://") or len(text) <= len("https://"):
        raise ArgumentTypeError(f"{text!r} must begin with https://")
    return text
