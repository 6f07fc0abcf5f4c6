"""What a page is born with: the present state, the words, and where the socket carries on."""

from collections.abc import Collection, Mapping
from typing import Any

from dashboard import snapshots
from dashboard.api.password import is_password_needed
from dashboard.market_time import market_time
from dashboard.retelling import in_reader_language
from dashboard.snapshots import StateType
from dashboard.words import words
from desk.roles import Role, has_role

SHOWN_EVENTS = 60


def beginning(states: Collection[StateType], *, user: Any, page: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """``page`` is what only this page shows, ``may`` what the role of ``user`` allows.

    States are kept up by the socket from ``seq`` on.
    """
    # Read before the rest: what is committed in between comes twice rather than never.
    events = snapshots.newest_events(SHOWN_EVENTS)
    wanted = [StateType.STATUS, *states]
    return {
        "seq": events[-1]["id"] if events else 0,
        "events": events,
        "states": in_reader_language(snapshots.read(wanted, market_time())),
        "words": words(),
        "needs_password": is_password_needed(),
        "may": {"trade": has_role(user, Role.TRADER), "decide": has_role(user, Role.OWNER)},
        "page": page or {},
    }
