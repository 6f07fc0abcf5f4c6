"""Ticks of the adviser's own: each looks for due rows; a lost or doubled tick changes nothing."""

from celery import shared_task

from advisor.context.asking import SECONDS
from advisor.context.rounds import read_due
from desk.guarding import guarded
from desk.locks import only_one

LOCK_SECONDS = 4 * SECONDS  # wall; the venue's part and that of all others are each over after SECONDS and one request


@shared_task(ignore_result=True, name="advisor.tasks.read_context")
def read_context() -> None:
    """Ask the sources of context that are due."""
    with only_one("context", seconds=LOCK_SECONDS) as is_ours:
        if is_ours:
            with guarded("read_context"):
                read_due()
