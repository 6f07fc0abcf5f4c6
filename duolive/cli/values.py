"""Arguments that only the desk has, as typed values. Each raises ArgumentTypeError with a sentence for the reader."""

from argparse import ArgumentTypeError


def symbol(text: str) -> str:
    """A contract's name as the exchange spells it."""
    return text.strip().upper()


def https_address(text: str) -> str:
    """The public address of the desk; Telegram takes no other scheme."""
    if not text.startswith("https://") or len(text) <= len("https://"):
        raise ArgumentTypeError(f"{text!r} must begin with https://")
    return text
