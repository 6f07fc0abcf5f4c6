"""The outbox on the schedule: a tick makes the missing rows and sends the due ones."""

from celery import shared_task
from django.utils import timezone

from desk import events
from notifications import outbox
from notifications.channels import open_channels
from notifications.services import deliver_due


@shared_task(ignore_result=True, name="notifications.tasks.deliver")
def deliver() -> None:
    """Does nothing while no channel is set up."""
    channels = open_channels()
    outbox.fill(channels, now=timezone.now())
    deliver_due(channels)
    events.beat("notify")
