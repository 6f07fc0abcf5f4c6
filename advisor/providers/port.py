"""The port to whoever gives advice, and what it hands back. Pure."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic wall clock by which everything is over."""

    at: float
    monotonic: Callable[[], float] = field(default=time.monotonic, compare=False)

    @classmethod
    def within(cls, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> "Deadline":
        return cls(monotonic() + seconds, monotonic)

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.at - self.monotonic())

    def sooner(self, seconds: float = math.inf) -> "Deadline":
        """This deadline, or ``seconds`` from now where that is earlier."""
        return Deadline(min(self.at, self.monotonic() + seconds), self.monotonic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is sent. ``version`` names the template, ``language`` is en or zh."""

    system: str
    user: str
    version: str
    language: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them. ``is_known`` False: it did not say."""

    input_tokens: int = 0
    output_tokens: int = 0
    is_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``cost`` in USD; ``latency`` in wall seconds; ``model`` as the provider names the one that answered."""

    text: str
    provider: str
    model: str
    usage: Usage = field(default_factory=Usage)
    cost: Decimal = Decimal(0)
    latency: float = 0.0


class Adviser(Protocol):
    """Anyone who can be asked. ``name`` is the provider's."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    def decide(self, prompt: Prompt, schema: Schema, *, deadline: Deadline) -> Answer:
        """The answer's text, not yet read. Raises AdviceFailed, and never later than shortly after ``deadline``."""
