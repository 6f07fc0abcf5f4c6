"""Ids of orders that leave while the database cannot keep an intent: the same cause always gives the same id."""

from enum import IntEnum

from trading.core.client_ids import ClientOrderId
from trading.core.states import Purpose

FIRST_ATTEMPT = 1_000_000  # above every attempt that a row can have


class CauseKind(IntEnum):
    """What the venue's number counts: the trades of a symbol, or the conditional orders."""

    TRADE = 0
    ENDED_STOP = 1


def emergency_id(*, nonce: str, position_id: int, purpose: Purpose, cause: CauseKind, number: int) -> str:
    """An id of ours for what ``number`` made necessary; asked for again it is the same, so the venue takes it once."""
    attempt = FIRST_ATTEMPT + len(CauseKind) * number + cause
    return str(ClientOrderId(nonce, position_id, purpose.value, attempt))


def is_emergency(parts: ClientOrderId) -> bool:
    return parts.attempt >= FIRST_ATTEMPT
