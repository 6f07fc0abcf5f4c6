"""Telling another installation of ours on the same account from its traces: who came later stands back. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trading.core.client_ids import parse


@dataclass(frozen=True, slots=True, order=True)
class Trace:
    """An order with our prefix and another installation's nonce. ``at`` is market time of its last change.

    ``is_of_copy``: the nonce is ours, and our rows lack the order.
    """

    at: datetime
    client_order_id: str
    nonce: str
    is_of_copy: bool = False


class Standing(StrEnum):
    """ALONE: no traces. FIRST: we were at work before it. LEFT_BEHIND: traces from before our start, perhaps of an
    installation that is gone. LATER: it works, and we came after it. COPIED: orders under our own nonce that our rows
    lack. The rows are a backup's, or a copy of them is at work; who came first cannot be told."""

    ALONE = "alone"
    FIRST = "first"
    LEFT_BEHIND = "left_behind"
    LATER = "later"
    COPIED = "copied"


def trace_of(client_order_id: str, *, at: datetime, nonce: str) -> Trace | None:
    """The trace that an order is, or None for one of installation ``nonce`` and for anybody else's."""
    parts = parse(client_order_id)
    if parts is None or parts.nonce == nonce:
        return None
    return Trace(at=at, client_order_id=client_order_id, nonce=parts.nonce)


def standing(traces: Iterable[Trace], *, started_at: datetime, at_work_since: datetime | None) -> Standing:
    """Where this installation stands, started at ``started_at``; ``at_work_since`` is its oldest living order's time.

    Two that see each other's orders come to opposite answers: the one whose orders are older goes on.
    """
    found = sorted(traces)
    if not found:
        return Standing.ALONE
    if any(trace.is_of_copy for trace in found):
        return Standing.COPIED
    if at_work_since is not None and at_work_since < found[0].at:
        return Standing.FIRST
    return Standing.LATER if found[-1].at >= started_at else Standing.LEFT_BEHIND
