"""Telling, once a day, that a bot has lost what it may lose in a day."""

from datetime import datetime

from desk import events
from desk.event_kinds import EventKind
from desk.models import Bot, Event
from risk.limits import LimitRefusal
from trading.services.holdings import midnight


def tell_daily_loss(bot: Bot, stopped_by: LimitRefusal, *, now: datetime) -> None:
    told = Event.objects.filter(kind=EventKind.DAILY_LOSS_REACHED, bot=bot, at__gte=midnight(now))
    if not told.exists():
        events.record(
            EventKind.DAILY_LOSS_REACHED, at=now, bot=bot, result=stopped_by.value, limit=stopped_by.limit
        )  # fmt: skip
