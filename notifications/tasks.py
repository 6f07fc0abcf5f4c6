"""The outbox, the chat and the report on the schedule: each tick looks for what is due."""

from contextlib import AbstractContextManager

import structlog
from celery import shared_task
from django.utils import timezone

from desk import events, snapshots
from desk.locks import only_one
from desk.venue import clock
from exchange.errors import ExchangeError
from notifications import outbox
from notifications.channels import open_channels
from notifications.language import owners_language
from notifications.models import Channel
from notifications.report import report_due as record_due_reports
from notifications.services import LEASE, deliver_due
from notifications.telegram import inbox

log = structlog.get_logger(__name__)

# The slots of the worker are for trading too. One tick at a time talks to a channel, and the worker ends one that talks
# for longer than this (wall seconds): a name server that hangs, for example, obeys no timeout of a transport. The lock
# of the one that was ended lives on for a while, and so does the peace.
LONGEST_TALK_SECONDS = 60
LOCK_SECONDS = LEASE.total_seconds()


@shared_task(ignore_result=True, time_limit=LONGEST_TALK_SECONDS, name="notifications.tasks.deliver")
def deliver() -> None:
    """Messages and answers that are due. Does nothing while no channel is set up."""
    channels = open_channels()
    outbox.fill(channels, now=timezone.now())
    answer_messages()
    with owners_language():
        for channel, transport in channels.items():
            with _only_one_talks_to(channel) as is_ours:
                if is_ours:
                    deliver_due({channel: transport})
    events.beat("notify")


@shared_task(ignore_result=True, time_limit=LONGEST_TALK_SECONDS, name="notifications.tasks.answer_messages")
def answer_messages() -> None:
    """Do what the owner wrote, and answer it unless another tick talks to the chat."""
    transport = open_channels().get(Channel.TELEGRAM)
    if transport is None:
        return
    with owners_language():
        inbox.work_received()
        with _only_one_talks_to(Channel.TELEGRAM) as is_ours:
            if is_ours:
                inbox.send_answers(transport)


def _only_one_talks_to(channel: Channel) -> AbstractContextManager[bool]:
    return only_one(f"channel_{channel.value}", seconds=LOCK_SECONDS)


@shared_task(ignore_result=True, name="notifications.tasks.report_due")
def report_due() -> None:
    """The day's balance snapshot and the periodic report, by market time."""
    try:
        now = clock().now()
    except ExchangeError as error:
        log.warning("report_postponed", error=str(error))
        return
    snapshots.keep_balances(now=now)
    record_due_reports(now=now)
