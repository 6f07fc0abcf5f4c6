"""What the desk does about itself."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from desk.guarding import guarded
from desk.lease import Run
from desk.memory import guard
from desk.models import newest_event_at
from desk.processes import usages


@shared_task(ignore_result=True, name="desk.tasks.guard_memory")
def guard_memory() -> None:
    """Look at the memory of every process that the supervisor started; without a supervisor there is nothing to do.

    The exchange is not asked for its clock: memory does not wait for it.
    """
    run = Run.of(settings.DUOLIVE_RUN)
    if run is None:
        return
    now = newest_event_at() or timezone.now()
    for usage in usages(run.pid):
        with guarded("guard_memory", process=usage.name):
            guard(usage, now=now)
