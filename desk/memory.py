"""A process that holds too much memory is told of once, and one that holds far too much is started again."""

from datetime import datetime

import structlog

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event
from desk.processes import Usage, end

log = structlog.get_logger(__name__)

WARNED_FROM_MIB = 500
RESTARTED_FROM_MIB = 800


def guard(usage: Usage, *, now: datetime) -> None:
    """Judge what a process holds at the moment; ``now`` is market time, for the event."""
    if usage.resident_mib >= RESTARTED_FROM_MIB:
        _restart(usage, now=now)
    elif usage.resident_mib >= WARNED_FROM_MIB and not _is_warned_of(usage):
        _tell(EventKind.MEMORY_HIGH, usage, limit=RESTARTED_FROM_MIB, now=now)


def _restart(usage: Usage, *, now: datetime) -> None:
    """The row comes first: the process may be the one that this runs in."""
    _tell(EventKind.PROCESS_RESTARTED, usage, limit=RESTARTED_FROM_MIB, now=now)
    if not end(usage):
        log.warning("process_gone", process=usage.name, pid=usage.pid)


def _is_warned_of(usage: Usage) -> bool:
    told = Event.objects.filter(kind=EventKind.MEMORY_HIGH, facts__pid=usage.pid)
    return told.filter(facts__started_at=usage.started_at).exists()


def _tell(kind: EventKind, usage: Usage, *, limit: int, now: datetime) -> None:
    log.warning(kind.value, process=usage.name, pid=usage.pid, used_mib=usage.resident_mib, limit_mib=limit)
    events.record(
        kind,
        at=now,
        process=usage.name,
        pid=usage.pid,
        started_at=usage.started_at,
        used_mib=usage.resident_mib,
        limit_mib=limit,
    )
