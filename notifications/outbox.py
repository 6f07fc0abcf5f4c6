"""From events to deliveries: each event gets one row on each open channel that tells of it, never none, never two."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef

from desk.models import Event
from notifications.models import Channel, Cursor, Delivery
from notifications.told import TOLD_ON

# Wall time after which an event that was going to commit has committed. An id below a visible one may still appear
# until then (PostgreSQL hands out ids before the commit), so the cursor stays behind.
SETTLING = timedelta(minutes=10)
BATCH = 500


def fill(channels: Iterable[Channel], *, now: datetime) -> int:
    """Make the rows that are missing for ``channels`` and return their number; close the books of all other channels.

    A channel that is newly open is told of the last ten minutes, not of the whole past.
    """
    wanted = list(channels)
    Cursor.objects.exclude(channel__in=wanted).delete()
    return sum(_fill_channel(channel, now=now) for channel in wanted)


def _fill_channel(channel: Channel, *, now: datetime) -> int:
    settled = _settled_event_id(now)
    cursor, _is_new = Cursor.objects.get_or_create(channel=channel, defaults={"settled_event_id": settled})
    made = 0
    while missing := _missing(channel, after=cursor.settled_event_id):
        rows = [Delivery(event_id=event_id, channel=channel, next_attempt_at=now) for event_id in missing]
        # Another worker may be filling too: the constraint lets one of both in.
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    Cursor.objects.filter(channel=channel, settled_event_id__lt=settled).update(settled_event_id=settled)
    return made


def _settled_event_id(now: datetime) -> int:
    """The newest event that is old enough for every event below it to be visible; 0 when there is none."""
    settled = Event.objects.filter(recorded_at__lt=now - SETTLING)
    return settled.aggregate(newest=Max("id"))["newest"] or 0


def _missing(channel: Channel, *, after: int) -> list[int]:
    """Ids of told events above ``after`` without a row, oldest first."""
    has_row = Exists(Delivery.objects.filter(event=OuterRef("pk"), channel=channel))
    events = Event.objects.filter(~has_row, id__gt=after, kind__in=TOLD_ON[channel]).order_by("id")
    return list(events.values_list("id", flat=True)[:BATCH])
