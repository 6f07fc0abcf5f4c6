"""One running desk to a database: the supervisor's run holds a lease that its processes renew; a second is refused."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from desk.models import Lease

STALE_AFTER = timedelta(seconds=15)  # wall; who has not renewed for so long is gone
LOOK_EVERY_SECONDS = 0.5
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LeaseHeld(Exception):
    """Another run works on this database; the text is the one line its reader needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One start of the desk: a name of its own, and the supervisor's machine and process."""

    name: str
    host: str
    pid: int

    @classmethod
    def of(cls, text: str) -> "Run | None":
        """From DUOLIVE_RUN, ``name:pid``; None where processes are started one by one."""
        name, _, pid = text.partition(":")
        return cls(name=name, host=socket.gethostname(), pid=int(pid)) if name and pid.isdecimal() else None


def take(run: Run, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Hold the lease for ``run``, from a run that is gone at once or within STALE_AFTER. Raises LeaseHeld."""
    deadline = time.monotonic() + STALE_AFTER.total_seconds()
    seen = None
    while True:
        held = _take_if_free(run, is_watched_out=time.monotonic() >= deadline)
        if held is None:
            return
        if seen is not None and (held.holder, held.renewed_at) != seen:
            raise LeaseHeld(
                f"another desk (process {held.pid} on {held.host}) runs on this database since "
                f"{held.taken_at:%Y-%m-%d %H:%M:%S} UTC: stop it first"
            )
        seen = (held.holder, held.renewed_at)
        sleep(LOOK_EVERY_SECONDS)


def _take_if_free(run: Run, *, is_watched_out: bool) -> Lease | None:
    """None when the lease is now ours, else the row of who holds it."""
    now = timezone.now()
    with transaction.atomic():
        Lease.objects.get_or_create(id=1)
        held = Lease.objects.select_for_update().get(id=1)
        if not (is_watched_out or is_free(held, run, now=now)):
            return held
        held.holder, held.host, held.pid = run.name, run.host, run.pid
        held.taken_at = held.renewed_at = now
        held.save()
    return None


def is_free(held: Lease, run: Run, *, now: datetime) -> bool:
    """Nobody's, ours, or of this machine and not renewed for long or its process dead.

    What another machine wrote is not compared with our clock, which may be ahead of its: its lease is watched.
    """
    if held.holder in ("", run.name) or held.renewed_at is None:
        return True
    if held.host != run.host:
        return False
    has_died = held.pid is not None and (held.pid == run.pid or not _lives(held.pid))
    return has_died or now - held.renewed_at > STALE_AFTER


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def renew(run: Run) -> bool:
    """False when the lease belongs to another run by now."""
    return Lease.objects.filter(id=1, holder=run.name).update(renewed_at=timezone.now()) == 1


def release(run: Run) -> None:
    Lease.objects.filter(id=1, holder=run.name).update(holder="", renewed_at=None)


def note_start(*, now: datetime) -> None:
    """Remember the market time at which the desk was started."""
    Lease.objects.update_or_create(id=1, defaults={"started_at": now})


def started_at() -> datetime:
    """Market time of the last start; that of the database's birth where none was noted."""
    lease = Lease.objects.filter(id=1).first()
    return EPOCH if lease is None or lease.started_at is None else lease.started_at
