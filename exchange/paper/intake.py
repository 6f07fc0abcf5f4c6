"""What a running exchange learns from outside: written to the journal before it counts, and taken from there again."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from exchange.paper.core.engine import Engine

Rows = Mapping[str, Any]


class Intake(NamedTuple):
    """News up to ``at_ms``, which is not before the engine's time. ``rows`` are plain JSON values."""

    at_ms: int
    rows: Rows


class Feed(Protocol):
    """A market that is told what happens. Its venue's answers follow from what it took, and from nothing else."""

    def due(self, engine: Engine, now_ms: int) -> Intake | None:
        """What the engine must learn now, if anything."""

    def needed_for(self, engine: Engine, name: str, values: Mapping[str, str], *, now_ms: int) -> Intake | None:
        """What the engine must know before a command. Raises VenueError when the command cannot be carried out now."""

    def take(self, rows: Rows) -> None:
        """Let the market be as ``rows`` say."""

    def forget(self) -> None:
        """Become a market that took nothing yet."""

    def condition(self) -> Mapping[str, Any]:
        """How the source is, for whoever operates the exchange."""
