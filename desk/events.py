"""Writing events and the pulse of loops."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Account, Bot, Event, Heartbeat
from exchange.rules import plain


def record(
    kind: EventKind,
    *,
    at: datetime,
    case: uuid.UUID | None = None,
    account: Account | None = None,
    bot: Bot | None = None,
    symbol: str = "",
    **facts: Any,
) -> Event:
    """Append an event; call it inside the transaction of the change it tells. Decimals are kept as plain text."""
    return Event.objects.create(
        kind=kind,
        at=at,
        case=case,
        account_id=account.pk if account else bot.account_id if bot else None,
        bot=bot,
        symbol=symbol,
        facts={name: _plain(value) for name, value in facts.items()},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, models.Choices) else value


def beat(loop: str) -> None:
    """Note that ``loop`` has finished a round now (wall time)."""
    Heartbeat.objects.update_or_create(loop=loop, defaults={"beat_at": timezone.now()})
