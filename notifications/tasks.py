"""The outbox, the chat and the report on the schedule: each tick looks for what is due."""

import structlog
from celery import shared_task
from django.utils import timezone

from desk import events, snapshots
from desk.venue import clock
from exchange.errors import ExchangeError
from notifications import outbox
from notifications.channels import open_channels
from notifications.language import owners_language
from notifications.models import Channel
from notifications.report import report_due as record_due_reports
from notifications.services import deliver_due
from notifications.telegram import inbox

log = structlog.get_logger(__name__)


@shared_task(ignore_result=True, name="notifications.tasks.deliver")
def deliver() -> None:
    """Messages and answers that are due. Does nothing while no channel is set up."""
    channels = open_channels()
    outbox.fill(channels, now=timezone.now())
    with owners_language():
        deliver_due(channels)
    answer_messages()
    events.beat("notify")


@shared_task(ignore_result=True, name="notifications.tasks.answer_messages")
def answer_messages() -> None:
    """Answer what the owner wrote."""
    transport = open_channels().get(Channel.TELEGRAM)
    if transport is None:
        return
    with owners_language():
        inbox.work_received()
        inbox.send_answers(transport)


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
