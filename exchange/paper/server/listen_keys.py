"""Listen keys: one per account, valid for a while of wall time, dead when nobody extends them."""

from dataclasses import dataclass, field
from typing import Any

from exchange.paper.core.refusals import VenueError

VALIDITY_S = 3600
NS_PER_S = 1_000_000_000


@dataclass(slots=True)
class ListenKeys:
    """Who may listen, and until when (wall time, ns)."""

    validity_s: float = VALIDITY_S
    owners: dict[str, str] = field(default_factory=dict)
    expiries_ns: dict[str, int] = field(default_factory=dict)

    def of(self, api_key: str) -> str | None:
        """The account's living key."""
        return next((key for key, owner in self.owners.items() if owner == api_key), None)

    def owner(self, listen_key: str) -> str | None:
        return self.owners.get(listen_key)

    def renewal(self, listen_key: str, api_key: str, *, wall_ns: int) -> dict[str, Any]:
        """The journal line that makes or extends a key."""
        expires_ns = wall_ns + int(self.validity_s * NS_PER_S)
        return {"op": "listen_key", "account": api_key, "key": listen_key, "expires_ns": expires_ns}

    def removal(self, api_key: str) -> dict[str, Any]:
        """The journal line that ends the account's key (-1125)."""
        listen_key = self.of(api_key)
        if listen_key is None:
            raise VenueError(-1125)
        return {"op": "listen_key", "account": api_key, "key": listen_key, "expires_ns": 0}

    def apply(self, line: dict[str, Any]) -> None:
        """Take over a journal line."""
        key = line["key"]
        if line["expires_ns"]:
            self.owners[key], self.expiries_ns[key] = line["account"], line["expires_ns"]
        else:
            self._forget(key)

    def expire(self, wall_ns: int) -> list[tuple[str, str]]:
        """Forget the keys whose time is over; returns them with their accounts."""
        dead = [(key, self.owners[key]) for key, expires_ns in self.expiries_ns.items() if expires_ns <= wall_ns]
        for key, _ in dead:
            self._forget(key)
        return dead

    def _forget(self, key: str) -> None:
        self.owners.pop(key, None)
        self.expiries_ns.pop(key, None)
