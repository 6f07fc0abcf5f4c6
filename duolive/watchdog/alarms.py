"""Telling the owner without the desk: straight to the channels, and on record where the database answers.

The watch only hands over what is to be told; a thread of its own tells it, so that no chat delays the next look.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Event as Flag
from typing import Any

import structlog
from django.db import DatabaseError
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Event
from duolive.watchdog.database import Database
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
    Trouble.LOOP_STOPPED: EventKind.WATCHDOG_LOOP_STOPPED,
}
TURN_SECONDS = 0.5  # wall
FIRST_AGAIN = 5.0  # wall seconds until a notice that no channel took is tried again; doubled each time
LAST_AGAIN = 60.0

About = tuple[str, str]


@dataclass(slots=True)
class Notice:
    """One thing to tell. ``about`` is what it is about: a later word about the same takes its place."""

    about: About
    event: Event
    again_after: float = FIRST_AGAIN
    due: float = 0.0  # monotonic


class Alarms:
    """The channels of the owner. Kinds told here are not in ``notifications.told``: nothing is told twice.

    A notice is told when one channel has taken it; until then it is tried again, for as long as it takes.
    """

    def __init__(
        self,
        channels: Mapping[Channel, Transport],
        *,
        database: Database,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channels, self._database = channels, database
        self._monotonic = monotonic
        self._new: SimpleQueue[Notice] = SimpleQueue()
        self._untold: dict[About, Notice] = {}  # touched by the telling thread alone

    def raise_alarm(self, alarm: Alarm) -> None:
        """Have told of a trouble, or that it is over."""
        about = (alarm.trouble.value, alarm.symbol or alarm.loop)
        if alarm.is_over:
            trouble = alarm.loop or alarm.trouble.value
            self.tell(EventKind.WATCHDOG_OVER, about=about, symbol=alarm.symbol, trouble=trouble)
        else:
            facts = {"seconds": round(alarm.lasted)} | ({"loop": alarm.loop} if alarm.loop else {})
            self.tell(KINDS[alarm.trouble], about=about, symbol=alarm.symbol, **facts)

    def tell(self, kind: EventKind, *, about: About, symbol: str = "", **facts: Any) -> None:
        """Hand over what is to be told; returns at once."""
        log.critical(kind.value, symbol=symbol, **facts)
        self._new.put(Notice(about=about, event=Event(kind=kind, symbol=symbol, at=timezone.now(), facts=facts)))

    def run(self, stopping: Flag) -> None:
        """Tell what there is to tell until ``stopping``, and what was handed over last before that."""
        is_last = False
        while not is_last:
            is_last = stopping.wait(TURN_SECONDS)
            with guarded("tell"):
                self.turn()

    def turn(self) -> None:
        """Keep what is new as events, and send what is due."""
        self._take_new()
        for about, notice in list(self._untold.items()):
            if self._monotonic() >= notice.due and self._is_taken(notice):
                del self._untold[about]

    def _take_new(self) -> None:
        while True:
            try:
                notice = self._new.get_nowait()
            except Empty:
                return
            self._record(notice.event)
            self._untold[notice.about] = notice

    def _is_taken(self, notice: Notice) -> bool:
        """Whether there is nobody left to be told; else the notice has its next time."""
        with owners_language():
            text = message(notice.event)
        refusals = [self._refusal(channel, text) for channel in self._channels]
        if not refusals or None in refusals:
            return True
        waits = [refusal.retry_after or timedelta() for refusal in refusals if refusal is not None]
        notice.due = self._monotonic() + max(notice.again_after, min(waits).total_seconds())
        notice.again_after = min(2 * notice.again_after, LAST_AGAIN)
        return False

    def _refusal(self, channel: Channel, text: str) -> SendError | None:
        try:
            self._channels[channel].send(text)
        except SendError as error:
            log.error("alarm_not_sent", channel=channel.value, error=str(error))
            return error
        return None

    def _record(self, event: Event) -> None:
        try:
            self._database.ask(event.save)
        except DatabaseError as error:
            log.warning("alarm_not_recorded", kind=event.kind, error=str(error))
