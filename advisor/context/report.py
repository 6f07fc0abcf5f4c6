"""How every source is: what it said last, how old that is, whether it rests. For pages, API and command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from advisor.context.catalogue import catalogue
from advisor.context.readings import Reading
from advisor.context.sources import Source
from advisor.context.store import kept_readings
from advisor.context.telling import Freshness, freshness_of
from advisor.models import ContextSource


@dataclass(frozen=True, slots=True)
class KnownReading:
    """A reading that is kept, and whether it would be told now."""

    reading: Reading
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """``standing`` is that of its best reading; ``state`` is empty for a source that was never asked."""

    source: Source
    state: ContextSource
    standing: Freshness
    readings: Sequence[KnownReading]

    @property
    def told(self) -> int:
        """Readings that are fresh."""
        return sum(known.freshness is Freshness.FRESH for known in self.readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextReport:
    """``error``: why the file names no sources, empty where it does or where there is none."""

    file: str
    error: str
    sources: Sequence[SourceReport]


def context_report(*, now: datetime, speed: Decimal) -> ContextReport:
    """Every source in the order of the file, at ``now``, market time."""
    found = catalogue()
    names = [source.name for source in found.sources]
    states = {row.name: row for row in ContextSource.objects.filter(name__in=names)}
    readings = kept_readings(names)
    sources = [
        _report(
            source,
            states.get(source.name) or ContextSource(name=source.name),
            readings.get(source.name, []),
            now=now,
            speed=speed,
        )
        for source in found.sources
    ]
    return ContextReport(file=Path(settings.AI_CONTEXT_FILE).name, error=found.error, sources=sources)


def _report(
    source: Source, state: ContextSource, readings: Sequence[Reading], *, now: datetime, speed: Decimal
) -> SourceReport:
    known = [KnownReading(row, freshness_of(row, source, now=now, speed=speed)) for row in readings]
    best = min((row.freshness for row in known), key=list(Freshness).index, default=Freshness.MISSING)
    return SourceReport(source=source, state=state, standing=best, readings=known)
