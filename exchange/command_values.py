"""Words of a command line as typed values. Each raises ArgumentTypeError with a sentence for the reader."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from exchange.types import to_ms

LONGEST = 15  # digits before and after the point


def moment(text: str) -> datetime:
    """An ISO 8601 time, aware; UTC when it names no zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time; write it like 2024-11-23T17:00") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def moment_ms(text: str) -> int:
    """As moment, in milliseconds since 1970."""
    return to_ms(moment(text))


def number_from_zero(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(f"{text!r} is no number") from None
    if not number.is_finite() or number < 0:
        raise ArgumentTypeError(f"{text} must not be below 0")
    if number and abs(number.adjusted()) > LONGEST:
        raise ArgumentTypeError(f"{text} is no number that anything here can have")
    return number


def positive_number(text: str) -> Decimal:
    number = number_from_zero(text)
    if not number:
        raise ArgumentTypeError(f"{text} must be above 0")
    return number


def positive_count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} must be a whole number from 1 on")
    return int(text)


def whole_count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} must be a whole number from 0 on")
    return int(text)
