"""Which readings an adviser is told of, and how: fresh ones as bounded rows, everything else by its absence. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from advisor.context.readings import EVERYWHERE, Reading
from advisor.context.sources import Source
from advisor.prompts.quoting import cleaned, data_block

AHEAD = timedelta(minutes=1)  # that another clock may be before ours
MOST_OF_ONE_SOURCE = 12
MOST_ROWS = 40  # in one brief
MOST_CHARACTERS = 12_000  # of them as they are quoted, where one sign of a text may become six
NO_ROOM = "no_room"  # a source that would have been told, had the others said less


class Freshness(StrEnum):
    """LATER: of a time after the market's now, as today's news are in a recorded market."""

    FRESH = "fresh"
    STALE = "stale"
    LATER = "later"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is told, by source, and what is not, with the reason. Empty where no source is configured.

    ``facts`` are what a hash covers: the same however old they have become.
    """

    rows: Sequence[Mapping[str, Any]] = ()
    absent: Sequence[Mapping[str, str]] = ()
    facts: Sequence[Any] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.rows or self.absent)

    def as_block(self) -> dict[str, Any]:
        """For the brief and the journal; empty parts are left out."""
        parts = {"readings": list(self.rows), "absent": list(self.absent)}
        return {name: rows for name, rows in parts.items() if rows}

    def hashed_with(self, market_hash: str) -> str:
        """``market_hash`` itself without any context; the same market and readings give the same hash."""
        if not self:
            return market_hash
        facts = json.dumps(cleaned([market_hash, self.facts, list(self.absent)]), ensure_ascii=True)
        return hashlib.sha256(facts.encode()).hexdigest()


NOTHING = Context()


def freshness_of(reading: Reading, source: Source, *, now: datetime, speed: Decimal = Decimal(1)) -> Freshness:
    """``now`` is market time; in a market that runs faster the same wall time means that much more."""
    factor = max(1.0, float(speed))
    if reading.as_of > now + AHEAD * factor:
        return Freshness.LATER
    return Freshness.STALE if reading.as_of < now - source.max_age * factor else Freshness.FRESH


def context_of(
    sources: Sequence[Source],
    readings: Mapping[str, Sequence[Reading]],
    *,
    symbol: str,
    now: datetime,
    speed: Decimal = Decimal(1),
) -> Context:
    """What is known about ``symbol``. ``readings`` by the source's name; those of other contracts are left out."""
    told, absent = _Told(now), []
    for source in sources:
        if not source.is_about(symbol):
            continue
        about = [reading for reading in readings.get(source.name, ()) if reading.symbol in (symbol, EVERYWHERE)]
        fresh = [row for row in about if freshness_of(row, source, now=now, speed=speed) is Freshness.FRESH]
        if not fresh:
            absent.append({"source": source.name, "why": _why(about, source, now=now, speed=speed)})
        elif not told.take(_told_first(fresh)[:MOST_OF_ONE_SOURCE], source):
            absent.append({"source": source.name, "why": NO_ROOM})
    return Context(rows=told.rows, absent=absent, facts=told.facts)


@dataclass(slots=True)
class _Told:
    """Rows as long as there is room for them."""

    now: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Any] = field(default_factory=list)
    characters: int = 0

    def take(self, readings: Sequence[Reading], source: Source) -> int:
        """How many of ``readings`` there was room for, the first of them first."""
        for taken, reading in enumerate(readings):
            row = _row(reading, source, now=self.now)
            size = len(data_block("reading", row))
            if len(self.rows) == MOST_ROWS or self.characters + size > MOST_CHARACTERS:
                return taken
            self.rows.append(row)
            self.facts.append([source.name, reading.name, reading.symbol, reading.value, reading.text, reading.as_of])
            self.characters += size
        return len(readings)


def _told_first(readings: Sequence[Reading]) -> list[Reading]:
    """Numbers before words, then by name; each has its place whatever order the rows came in."""
    return sorted(readings, key=lambda row: (row.value is None, len(row.name), row.name, row.symbol))


def _why(readings: Sequence[Reading], source: Source, *, now: datetime, speed: Decimal) -> str:
    """Of several reasons the one of the newest reading."""
    newest = max(readings, key=lambda row: row.as_of, default=None)
    return Freshness.MISSING if newest is None else freshness_of(newest, source, now=now, speed=speed)


def _row(reading: Reading, source: Source, *, now: datetime) -> dict[str, Any]:
    known = {
        "source": source.name,
        "about": source.label,
        "name": reading.name,
        "symbol": reading.symbol,
        "value": reading.value,
        "unit": reading.unit,
        "text": reading.text,
        "as_of": reading.as_of,
    }
    row = {name: value for name, value in known.items() if value not in (None, "")}
    return row | {"minutes_old": max(int((now - reading.as_of).total_seconds()) // 60, 0)}
