"""How every judge of risk answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """UNAVAILABLE: an input was missing. What that means is decided by the policy, not by the filter."""

    PASS = "pass"
    REJECT = "reject"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge's answer with the numbers behind it, as plain texts."""

    name: str
    outcome: Outcome
    reason: str = ""
    metrics: Mapping[str, str] = field(default_factory=dict)
