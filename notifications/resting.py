"""A channel that does not answer is left alone for a while: each wait for it takes a slot of the worker."""

from datetime import datetime, timedelta

from notifications.errors import NO_ANSWER, NoAnswer, SendError
from notifications.models import Channel, Cursor, Delivery, DeliveryStatus

# Wall. With the transports' timeouts of ten seconds a silent channel takes a quarter of one slot.
REST = timedelta(seconds=30)
LONGEST_REST = timedelta(hours=1)


def is_resting(channel: Channel, *, now: datetime) -> bool:
    """Whether nothing is to be sent there yet."""
    return Cursor.objects.filter(channel=channel, rests_until__gt=now).exists()


def let_rest(channel: Channel, error: SendError, *, now: datetime) -> None:
    """Begin a rest where ``error`` is of the channel, not of the message: no answer, or a wait that was asked for."""
    rest = REST if isinstance(error, NoAnswer) else min(error.retry_after or timedelta(0), LONGEST_REST)
    if rest:
        Cursor.objects.filter(channel=channel).update(rests_until=now + rest)


def wake_unanswered(channel: Channel, *, now: datetime) -> int:
    """Make due what nobody answered for, now that somebody does; returns its number."""
    unanswered = Delivery.objects.filter(
        channel=channel, status=DeliveryStatus.PENDING, next_attempt_at__gt=now, last_error__startswith=NO_ANSWER
    )
    return unanswered.update(next_attempt_at=now)
