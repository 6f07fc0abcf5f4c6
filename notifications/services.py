"""Sending what is due: claim, send, mark. No transaction is open while a channel is being talked to."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from notifications.channels import Transport
from notifications.errors import SendError
from notifications.messages import message
from notifications.models import Channel, Delivery, DeliveryStatus
from notifications.resting import is_resting, let_rest, wake_unanswered

log = structlog.get_logger(__name__)

BATCH = 30  # messages of one round; the next round takes the rest
ROUND = timedelta(seconds=5)  # wall; after that a round begins no further message
LEASE = timedelta(minutes=2)  # wall; well above the transport's timeouts
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MAX_ATTEMPTS = 30  # with these pauses about a day

S = DeliveryStatus


def deliver_due(channels: Mapping[Channel, Transport], *, clock: Callable[[], datetime] = timezone.now) -> int:
    """Send the due rows of every open channel, oldest event first, and return how many were sent.

    A message may arrive twice when this process dies between sending and marking; it is never lost. A channel that
    does not answer, or asked us to wait, rests; its rows stay.
    """
    return sum(_deliver_channel(channel, transport, clock=clock) for channel, transport in channels.items())


def _deliver_channel(channel: Channel, transport: Transport, *, clock: Callable[[], datetime]) -> int:
    sent, began = 0, clock()
    if is_resting(channel, now=began):
        return sent
    for delivery in _due(channel, now=began):
        if clock() - began >= ROUND:
            break
        if not claim(delivery, now=clock()):
            continue
        error = _send(delivery, transport, clock=clock)
        if error is None:
            sent += 1
            if wake_unanswered(channel, now=clock()):
                break  # older ones than the next of this round may be among them
        elif not error.permanent:
            let_rest(channel, error, now=clock())
            break  # the channel is down or asked us to wait: the others would fare no better
    return sent


def _due(channel: Channel, *, now: datetime) -> list[Delivery]:
    rows = Delivery.objects.filter(channel=channel, status__in=[S.PENDING, S.SENDING], next_attempt_at__lte=now)
    return list(rows.select_related("event__bot").order_by("event_id")[:BATCH])


def claim(delivery: Delivery, *, now: datetime) -> bool:
    """Take the row for sending until the lease ends; False when another worker was first."""
    attempts = delivery.attempts + 1
    claimed = Delivery.objects.filter(
        pk=delivery.pk, attempts=delivery.attempts, status=delivery.status, next_attempt_at=delivery.next_attempt_at
    ).update(status=S.SENDING, attempts=attempts, next_attempt_at=now + LEASE)
    if claimed:
        delivery.status, delivery.attempts = S.SENDING, attempts
    return claimed == 1


def _send(delivery: Delivery, transport: Transport, *, clock: Callable[[], datetime]) -> SendError | None:
    """Send a claimed row and mark it. Returns the channel's refusal."""
    try:
        transport.send(message(delivery.event))
    except SendError as error:
        _mark_error(delivery, error, now=clock())
        return error
    _mark(delivery, status=S.SENT, sent_at=clock(), last_error="")
    return None


def _mark_error(delivery: Delivery, error: SendError, *, now: datetime) -> None:
    is_final = error.permanent or delivery.attempts >= MAX_ATTEMPTS
    wait = max(error.retry_after or timedelta(0), pause_after(delivery.attempts))
    _mark(
        delivery,
        status=S.FAILED if is_final else S.PENDING,
        next_attempt_at=now + wait,
        last_error=str(error)[:300],
    )
    report = log.error if is_final else log.warning
    report("delivery_failed", event_id=delivery.event_id, channel=delivery.channel, error=str(error), final=is_final)


def pause_after(attempts: int) -> timedelta:
    """Wall time before the next attempt: doubled each time, an hour at most."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def _mark(delivery: Delivery, **changes: object) -> None:
    """Write the outcome, unless the lease was lost and another worker has the row."""
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, status=S.SENDING).update(**changes)


def send_again(pks: list[int], *, now: datetime) -> int:
    """Make failed rows due once more, with fresh attempts."""
    failed = Delivery.objects.filter(pk__in=pks, status=S.FAILED)
    return failed.update(status=S.PENDING, attempts=0, next_attempt_at=now)
