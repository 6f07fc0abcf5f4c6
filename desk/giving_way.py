"""Ending the desk that this process belongs to, in order and with one line that says why."""

import os
import signal

import structlog
from django.conf import settings

from desk import lease
from desk.lease import Run

log = structlog.get_logger(__name__)


def hold_lease_or_give_way() -> None:
    """Renew the lease of the run that this process belongs to; a run that has lost it ends."""
    run = Run.of(settings.DUOLIVE_RUN)
    if run is not None and not lease.renew(run):
        give_way("another desk has taken over this database")


def give_way(reason: str) -> None:
    """Ask our supervisor to stop all processes. Where they were started one by one, only the line is written."""
    log.error("desk_gives_way", reason=reason)
    run = Run.of(settings.DUOLIVE_RUN)
    if run is None:
        return
    try:
        os.kill(run.pid, signal.SIGTERM)
    except ProcessLookupError:
        log.warning("supervisor_gone", pid=run.pid)
