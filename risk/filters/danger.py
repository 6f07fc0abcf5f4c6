"""Danger ranges: closed intervals that a number must keep out of."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from risk.verdict import Outcome, Verdict

Range = tuple[Decimal, Decimal]  # lower and upper bound, both in danger


def judge_danger(name: str, value: Decimal, *, ranges: Sequence[Range], metrics: Mapping[str, str]) -> Verdict:
    """Reject a ``value`` inside one of ``ranges``."""
    known = {**metrics, "danger_ranges": ", ".join(map(_text, ranges))}
    for low, high in ranges:
        if low <= value <= high:
            return Verdict(name, Outcome.REJECT, f"{value:.6f} is in the danger range {_text((low, high))}", known)
    return Verdict(name, Outcome.PASS, metrics=known)


def _text(danger: Range) -> str:
    low, high = danger
    return f"{low:f} to {high:f}"
