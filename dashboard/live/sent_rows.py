"""What one page has had of the types that are told row by row."""

from collections.abc import Sequence
from typing import Any

from dashboard.snapshots import ROW_TYPES, StateType


class SentRows:
    """Belongs to one subscription."""

    def __init__(self) -> None:
        self._had: dict[StateType, dict[int, Any]] = {}

    def due(self, state_type: StateType, state: Any) -> Sequence[Any]:
        """Messages that ``state`` makes: itself, or each row that is new or differs from what was sent, oldest first.

        ``state`` holds the newest rows, newest first; what has left it is forgotten.
        """
        if state_type not in ROW_TYPES:
            return [state]
        had, present = self._had.get(state_type, {}), {row["id"]: row for row in state}
        self._had[state_type] = present
        return [row for pk, row in reversed(present.items()) if had.get(pk) != row]
