"""What a process remembers of a venue's answers that never change, so that none is asked for twice."""

from dataclasses import dataclass, field
from datetime import datetime

NAMES_KEPT = 50_000


class OrderNames:
    """Client order ids of orders that are not ours, by the venue's ids."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, int], str] = {}

    def get(self, symbol: str, order_id: int) -> str | None:
        return self._names.get((symbol, order_id))

    def keep(self, symbol: str, order_id: int, client_order_id: str) -> None:
        if len(self._names) >= NAMES_KEPT:
            self._names.clear()
        self._names[symbol, order_id] = client_order_id


@dataclass(slots=True)
class Look:
    """How far income was read for trades that none of our rows has, and the newest one of each symbol, oldest first."""

    since: datetime
    until: datetime
    strange: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class VenueMemory:
    """Of one account, in this process."""

    names: OrderNames = field(default_factory=OrderNames)
    look: Look | None = None
