"""Readings and the health of their sources as rows. Wall time, but for what a reading is of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F

from advisor.context.asking import Answered
from advisor.context.pushed import TOLERANCE
from advisor.context.readings import EVERYWHERE, Reading
from advisor.context.sources import Source, VenueSource
from advisor.models import ContextCall, ContextReading, ContextSource
from exchange.rules import plain

FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(hours=1)
SHOWN_STALE = timedelta(days=1)  # how long what is too old, as of a contract nobody watches any more, is still kept
FASTEST = timedelta(seconds=30)
MOST_PUSHED = 60  # readings that one webhook keeps
LIFE_OF_CALLS = 3 * TOLERANCE


def due_sources(sources: Sequence[Source], *, now: datetime) -> list[Source]:
    """Those that are to be asked now, the longest due first."""
    waits = dict(ContextSource.objects.filter(due_at__gt=now).values_list("name", "due_at"))
    return [source for source in sources if source.is_asked and source.name not in waits]


def settle(source: Source, answered: Answered, *, now: datetime, speed: Decimal = Decimal(1)) -> None:
    """Keep what ``source`` said in place of what it said before of the same contracts, and when it is asked next."""
    with transaction.atomic():
        for symbol, readings in answered.readings.items():
            ContextReading.objects.filter(source=source.name, symbol=symbol).delete()
            ContextReading.objects.bulk_create([_row(source.name, reading, now) for reading in readings])
        ContextReading.objects.filter(source=source.name, read_at__lt=now - source.max_age - SHOWN_STALE).delete()
        if answered.is_silent:
            _failed(source.name, answered, now=now)
        else:
            _succeeded(source, error=answered.error, now=now, speed=speed)


def _succeeded(source: Source, *, error: str = "", now: datetime, speed: Decimal = Decimal(1)) -> None:
    """In a market that runs faster the venue is asked as often by its own time, but leaves its budget to the looks."""
    every = source.interval
    if isinstance(source, VenueSource):
        every = min(every, max(every / max(1.0, float(speed)), FASTEST))
    ContextSource.objects.get_or_create(name=source.name)
    ContextSource.objects.filter(name=source.name).update(
        failures=0, reads=F("reads") + 1, last_success_at=now, last_error=error[:120], due_at=now + every
    )


def _failed(name: str, answered: Answered, *, now: datetime) -> None:
    ContextSource.objects.get_or_create(name=name)
    row = ContextSource.objects.filter(name=name)
    row.update(
        failures=F("failures") + 1,
        reads=F("reads") + 1,
        failed_reads=F("failed_reads") + 1,
        last_error=answered.error[:120] or "nothing_there",
        last_failure_at=now,
    )
    rest = rest_after(row.values_list("failures", flat=True).get(), answered.retry_after)
    row.update(due_at=now + rest)


def rest_after(failures: int, retry_after: timedelta | None = None) -> timedelta:
    """How long a source rests after the ``failures``-th failure in a row, or longer as it asks; at most an hour."""
    doublings = min(max(failures - 1, 0), 10)
    return min(max(FIRST_REST * (1 << doublings), retry_after or FIRST_REST), LONGEST_REST)


def take_in_call(source: Source, readings: Sequence[Reading], *, signature: str, now: datetime) -> bool:
    """Keep what was pushed, name by name; False when this very call was taken in before."""
    with transaction.atomic():
        if not _is_first(signature, now=now):
            return False
        for reading in sorted(readings, key=lambda row: (row.symbol, row.name)):
            _put(source.name, reading, now)
        _succeeded(source, now=now)
        _drop_old_calls(source, now=now)
    return True


def _is_first(signature: str, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            ContextCall.objects.create(signature=signature, at=now)
    except IntegrityError:
        return False
    return True


def _put(source: str, reading: Reading, now: datetime) -> None:
    """In place of what stood under the same name, whoever else puts something there at this moment."""
    row = _row(source, reading, now)
    told = {name: getattr(row, name) for name in ("value", "text", "unit", "as_of", "read_at")}
    ContextReading.objects.update_or_create(source=source, symbol=row.symbol, name=row.name, defaults=told)


def _drop_old_calls(source: Source, *, now: datetime) -> None:
    ContextCall.objects.filter(at__lt=now - LIFE_OF_CALLS).delete()
    newest = ContextReading.objects.filter(source=source.name).order_by("-read_at", "-pk").values_list("pk", flat=True)
    ContextReading.objects.filter(source=source.name).exclude(pk__in=list(newest[:MOST_PUSHED])).delete()


def forget_others(names: Iterable[str]) -> None:
    """Drop what sources said that are configured no more."""
    kept = list(names)
    ContextReading.objects.exclude(source__in=kept).delete()
    ContextSource.objects.exclude(name__in=kept).delete()


def kept_readings(names: Iterable[str], *, symbol: str | None = None) -> Mapping[str, list[Reading]]:
    """By source; of one contract and of none where ``symbol`` is given."""
    rows = ContextReading.objects.filter(source__in=list(names))
    if symbol is not None:
        rows = rows.filter(symbol__in=(symbol, EVERYWHERE))
    found: dict[str, list[Reading]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(_reading(row))
    return found


def _row(source: str, reading: Reading, now: datetime) -> ContextReading:
    return ContextReading(
        source=source,
        symbol=reading.symbol,
        name=reading.name,
        value="" if reading.value is None else plain(reading.value),
        text=reading.text,
        unit=reading.unit,
        as_of=reading.as_of,
        read_at=now,
    )


def _reading(row: ContextReading) -> Reading:
    return Reading(
        name=row.name,
        symbol=row.symbol,
        value=Decimal(row.value) if row.value else None,
        text=row.text,
        unit=row.unit,
        as_of=row.as_of,
    )
