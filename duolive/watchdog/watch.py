"""One look after the other at one account, and what follows from it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial

import structlog
from django.db import DatabaseError
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Account, Heartbeat, Installation
from duolive.watchdog.alarms import Alarms
from duolive.watchdog.database import Database
from duolive.watchdog.loops import CHECK, PULSE
from exchange.errors import ExchangeError
from trading.core.rounds import Rounds
from trading.core.states import PositionStatus
from trading.core.vigil import Patience, Sight, Vigil
from trading.models import Position
from trading.services import outside
from trading.venue import Venue

log = structlog.get_logger(__name__)

CANCEL_EVERY = 30.0  # wall seconds; a dead desk makes no new entries, but one may still have been on its way


@dataclass(slots=True)
class Watch:
    """The watch over one account. What the database last said is kept for the time in which it says nothing."""

    account: Account
    venue: Venue
    alarms: Alarms
    database: Database
    patience: Patience = field(default_factory=Patience)
    monotonic: Callable[[], float] = time.monotonic
    nonce: str = field(init=False)
    _vigil: Vigil = field(init=False)
    _rounds: Rounds = field(init=False)
    _held: dict[outside.Key, Decimal | None] = field(default_factory=dict)
    _cancelled_at: float | None = None

    def __post_init__(self) -> None:
        self.nonce = Installation.current().nonce
        began = self.monotonic()
        self._vigil, self._rounds = Vigil(patience=self.patience, last_check=began), Rounds(began=began)

    def round(self) -> None:
        """Look once, cancel what a dead desk left, have told what is wrong. Raises nothing that can be expected."""
        alarms = self._vigil.look(self._sight())
        self._cancel_entries_of_the_dead()
        for alarm in alarms:
            self.alarms.raise_alarm(alarm)
        try:
            self.database.ask(partial(events.beat, PULSE))
        except DatabaseError as error:
            log.warning("watchdog_pulse_not_written", error=str(error))

    def _sight(self) -> Sight:
        is_answered = self._read_database()
        try:
            naked = outside.naked_symbols(self._held, self.venue)
        except ExchangeError as error:
            log.warning("watchdog_is_blind", error=str(error))
            naked = None
        now = self.monotonic()
        check_age = now - self._rounds.last(CHECK) if is_answered else None
        beats = {loop: self._rounds.last(loop) for loop in self.patience.loops}
        return Sight(seconds=now, check_age=check_age, naked=naked, beats=beats)

    def _read_database(self) -> bool:
        """Take in which positions are ours and which loops have beaten; False when the database does not answer."""
        try:
            held, beats = self.database.ask(self._rows)
        except DatabaseError as error:
            log.warning("watchdog_reads_no_database", error=str(error))
            return False
        self._held = held
        self._rounds.note(beats, now=timezone.now(), seconds=self.monotonic())
        return True

    def _rows(self) -> tuple[dict[outside.Key, Decimal | None], dict[str, datetime]]:
        unfinished = Position.objects.filter(account=self.account).exclude(status=PositionStatus.CLOSED)
        held = {
            (position.symbol, position.position_side): position.quantity if position.is_shared else None
            for position in unfinished
        }
        return held, {pulse.loop: pulse.beat_at for pulse in Heartbeat.objects.all()}

    def _cancel_entries_of_the_dead(self) -> None:
        now = self.monotonic()
        if not self._vigil.is_dead(now):
            self._cancelled_at = None
            return
        if self._cancelled_at is not None and now - self._cancelled_at < CANCEL_EVERY:
            return
        with guarded("cancel_entries_of_the_dead", account=self.account.name):
            cancelled = outside.cancel_entries(self.venue, nonce=self.nonce)
            self._cancelled_at = now
            if cancelled:
                self._tell_cancelled(", ".join(cancelled))

    def _tell_cancelled(self, orders: str) -> None:
        self.alarms.tell(EventKind.WATCHDOG_CANCELLED, about=(EventKind.WATCHDOG_CANCELLED, orders), orders=orders)
