"""Telling the owner without the desk: straight to the channels, and on record where the database answers."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import DatabaseError
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Event
from notifications.channels import Transport
from notifications.errors import SendError
from notifications.language import owners_language
from notifications.messages import message
from notifications.models import Channel
from trading.core.vigil import Alarm, Trouble

log = structlog.get_logger(__name__)

KINDS: Mapping[Trouble, EventKind] = {
    Trouble.CHECKS_STOPPED: EventKind.WATCHDOG_CHECKS_STOPPED,
    Trouble.UNPROTECTED: EventKind.WATCHDOG_UNPROTECTED,
    Trouble.BLIND: EventKind.WATCHDOG_BLIND,
}


class Alarms:
    """The channels of the owner. Kinds told here are not in ``notifications.told``: nothing is told twice."""

    def __init__(self, channels: Mapping[Channel, Transport]) -> None:
        self._channels = channels

    def raise_alarm(self, alarm: Alarm) -> None:
        """Tell of a trouble, or that it is over."""
        if alarm.is_over:
            self.tell(EventKind.WATCHDOG_OVER, symbol=alarm.symbol, trouble=alarm.trouble.value)
        else:
            self.tell(KINDS[alarm.trouble], symbol=alarm.symbol, seconds=round(alarm.lasted))

    def tell(self, kind: EventKind, *, symbol: str = "", **facts: Any) -> None:
        """Send ``kind`` to every channel and keep it as an event. Raises nothing: there is nobody to hear it."""
        event = Event(kind=kind, symbol=symbol, at=timezone.now(), facts=facts)
        log.critical(kind.value, symbol=symbol, **facts)
        try:
            event.save()
        except DatabaseError as error:
            log.warning("alarm_not_recorded", kind=kind.value, error=str(error))
        with owners_language():
            text = message(event)
        for channel, transport in self._channels.items():
            try:
                transport.send(text)
            except SendError as error:
                log.error("alarm_not_sent", channel=channel.value, error=str(error))
