"""The stream's work on one account: events become rows, and what they leave open gets its stop, rows or no rows.

Each step may run in any thread of the lanes; steps of one symbol never run at the same time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections

from desk import events
from desk.guarding import Attempt, guarded
from desk.models import Account, Installation
from exchange.types import UserEvent
from trading.core.emergency_ids import CauseKind
from trading.core.states import LIVE, Book
from trading.emergency import LastResort
from trading.emergency_journal import EmergencyJournal, Step
from trading.emergency_picture import Exposure, Picture, exposure_of
from trading.emergency_watch import Watch
from trading.models import Fill, Order, Position
from trading.services.emergency_rows import give_row
from trading.services.ingest import take_in
from trading.services.nakedness import is_covered
from trading.services.reconcile import reconcile
from trading.services.tending import tend
from trading.venue import Venue, open_venue

log = structlog.get_logger(__name__)

PULSE = "stream"


class Standing(Enum):
    """What the rows say of an exposure."""

    SAFE = auto()  # taken in, and covered or closed
    NAKED = auto()  # not so, and the database works: the ordinary procedure goes on
    UNKNOWN = auto()  # the database does not work


@dataclass(frozen=True, slots=True)
class Due:
    """Work for the lane of ``symbol``; ``name`` tells it from other work there."""

    symbol: str
    name: str
    step: Callable[[], None]


class Intake:
    """One account's stream. Open it with ``open_intake``."""

    def __init__(self, venue: Venue, *, journal: EmergencyJournal, nonce: str) -> None:
        self.watch = Watch()
        self._venue = venue
        self._journal = journal
        self._nonce = nonce
        self._picture = Picture()
        self._last_resort = LastResort(venue, journal=journal, picture=self._picture, nonce=nonce)
        self._has_missed = False

    def expect(self, event: UserEvent) -> None:
        """Note when an event came that leaves something open; call it at once, before the event has its turn."""
        exposure = self._exposure(event)
        if exposure is not None:
            self.watch.expect(exposure)

    def take_in(self, event: UserEvent) -> None:
        """Make rows of an event, and see that what it left open is protected before the next has its turn."""
        exposure = self._exposure(event)
        is_taken_in = self._take_in(event)
        if exposure is None:
            return
        standing = self._standing(exposure)
        if standing is Standing.NAKED and not is_taken_in:  # it failed on the way, and the database is back
            self._take_in(event)
            standing = self._standing(exposure)
        self._answer(standing, exposure)

    def reconcile(self) -> None:
        """Orders that left without rows get them, then everything is compared with the venue."""
        with self._step("reconcile"):
            self._has_missed = False
            self._picture.refresh(self._venue.account)
            self._take_in_journal()
            reconcile(self._venue)

    def keep_rules(self) -> None:
        """Contract rules are at hand when a fill comes."""
        with guarded("keep_rules"):
            self._venue.rules.keep_fresh()

    def due(self) -> list[Due]:
        """What positions without a stop, and exposures not yet proven, need now. Empty while the database is away."""
        with self._step("look_for_naked"):
            self._picture.refresh(self._venue.account)
            naked = Position.objects.filter(account=self._venue.account, naked_since__isnull=False)
            tending = [
                Due(position.symbol, f"tend {position.pk}", partial(self._tend, position))
                for position in naked.select_related("account", "bot")
            ]
            return tending + [
                Due(each.symbol, f"prove {each.position_id}", partial(self._prove, each)) for each in self.watch.open()
            ]
        return []

    def is_behind(self) -> bool:
        """Whether something passed the database by that it can be told now."""
        if not self._has_missed and not self._journal.open_entries():
            return False
        with self._step("ask_database") as attempt:
            events.beat(PULSE)
        return not attempt.failed

    def resort(self, exposure: Exposure) -> None:
        """Protect without the database; needs no row and no connection."""
        try:
            with guarded("emergency", symbol=exposure.symbol, position=exposure.position_id) as attempt:
                if self._last_resort.protect(exposure):
                    self.watch.proven(exposure)
            self._has_missed = True
        finally:
            self.watch.put_back(exposure)
        if attempt.failed:
            log.error("emergency_failed", symbol=exposure.symbol, position=exposure.position_id)

    def _exposure(self, event: UserEvent) -> Exposure | None:
        return exposure_of(event, nonce=self._nonce, picture=self._picture)

    def _take_in(self, event: UserEvent) -> bool:
        with self._step("stream") as attempt:
            position = take_in(event, self._venue)
            if position is not None:
                self._picture.note(position)
        return not attempt.failed

    @contextmanager
    def _step(self, name: str) -> Iterator[Attempt]:
        """Contain what goes wrong; what the database did not take is made up for when it is back."""
        close_old_connections()
        with guarded(name) as attempt:
            try:
                yield attempt
            except DatabaseTrouble:
                self._has_missed = True
                raise

    def _tend(self, position: Position) -> None:
        with self._step("tend"):
            tend(position, self._venue)

    def _prove(self, exposure: Exposure) -> None:
        self._answer(self._standing(exposure), exposure)

    def _answer(self, standing: Standing, exposure: Exposure) -> None:
        if standing is Standing.SAFE:
            self.watch.discharge(exposure)
            self._last_resort.forget(exposure.position_id)
        elif standing is Standing.NAKED:
            self.watch.proven(exposure)
        else:
            self.resort(exposure)

    def _standing(self, exposure: Exposure) -> Standing:
        try:
            if self._is_safe(exposure):
                return Standing.SAFE
            events.beat(PULSE)  # reading may go on where nothing can be committed any more
        except DatabaseTrouble as error:
            log.warning("database_away", symbol=exposure.symbol, error=str(error))
            return Standing.UNKNOWN
        return Standing.NAKED

    def _is_safe(self, exposure: Exposure) -> bool:
        position = Position.objects.filter(pk=exposure.position_id, account=self._venue.account).first()
        if position is None or not self._is_taken_in(exposure):
            return False
        return not position.quantity or is_covered(position)

    def _is_taken_in(self, exposure: Exposure) -> bool:
        if exposure.cause is CauseKind.ENDED_STOP:
            orders = Order.objects.filter(account=self._venue.account, book=Book.ALGO, venue_order_id=exposure.number)
            return not orders.filter(status__in=LIVE).exists()
        fills = Fill.objects.filter(account=self._venue.account, symbol=exposure.symbol, trade_id=exposure.number)
        return fills.exists()

    def _take_in_journal(self) -> None:
        for entry in self._journal.open_entries():
            with guarded("take_in_emergency_order", client_order_id=entry.client_order_id):
                order = give_row(entry.client_order_id, entry.symbol, self._venue)
                outcome = "unknown to the exchange" if order is None else order.status
                self._journal.write(
                    Step.DONE, client_order_id=entry.client_order_id, symbol=entry.symbol, outcome=outcome
                )


def open_intake(account: Account) -> Intake:
    """Raises django.db.Error: the process begins with a database."""
    journal = EmergencyJournal(Path(settings.DUOLIVE_HOME) / f"emergency-{account.pk}.jsonl")
    return Intake(open_venue(account), journal=journal, nonce=Installation.current().nonce)
