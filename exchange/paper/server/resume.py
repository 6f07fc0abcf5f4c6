"""From a journal back to the exchange it describes: the same commands at the same market times, the same core."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exchange.paper.core.engine import Engine
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.terms import Terms
from exchange.paper.core.venue import Venue
from exchange.paper.intake import Feed, Intake
from exchange.paper.journal import Journal, JournalError
from exchange.paper.server.listen_keys import ListenKeys

FORMAT = 3


@dataclass(slots=True)
class ClockState:
    """The last that was written of the clock: market time not to fall behind, speed, and whether it was held."""

    at_ms: int
    speed: Decimal
    is_held: bool
    is_clean: bool


@dataclass(slots=True)
class Past:
    """What a journal held. ``wall_ns`` has the wall time of each record, between journal lines by proportion."""

    engine: Engine
    listen_keys: ListenKeys
    clock: ClockState | None = None
    wall_ns: list[int] = field(default_factory=list)


def opening_line(venue: Venue, *, start_ms: int, terms: Terms) -> dict[str, Any]:
    """First line of a journal: what it belongs to, and the terms it keeps for good."""
    return {
        "op": "open",
        "format": FORMAT,
        "start": start_ms,
        "first": venue.first_ms,
        "last": venue.last_ms,
        "terms": terms.as_row(),
    }


def clock_line(*, at_ms: int, ceiling_ms: int, clock: ClockState, wall_ns: int) -> dict[str, Any]:
    """Says that market time was ``at_ms`` and will not exceed ``ceiling_ms`` before the next such line."""
    return {
        "op": "clock",
        "at": at_ms,
        "wall": wall_ns,
        "ceiling": ceiling_ms,
        "speed": str(clock.speed),
        "held": clock.is_held,
        "clean": clock.is_clean,
    }


def intake_line(intake: Intake, *, since_ms: int, wall_ns: int) -> dict[str, Any]:
    """What a feed told the venue when market time was ``since_ms``."""
    return {"op": "intake", "since": since_ms, "at": intake.at_ms, "wall": wall_ns, "rows": intake.rows}


def resume(
    journal: Journal,
    venue: Venue,
    *,
    listen_keys: ListenKeys,
    wall_ns: Callable[[], int],
    latest_ms: int | None = None,
    feed: Feed | None = None,
) -> Past | None:
    """Replay the journal; None when it is new. Raises JournalError when it belongs to another exchange or data set.

    Market time ends where it had been reserved to, or at ``latest_ms`` where it cannot have gone further. ``feed``
    takes in again what the venue was told.
    """
    lines = journal.lines()
    first = next(lines, None)
    if first is None:
        return None
    terms = _read_opening(journal, first, venue)
    past = Past(Engine(venue, start_ms=first["start"], terms=terms), listen_keys)
    if feed is not None:
        feed.forget()
    replay = _Replay(past, at_ms=first["start"], feed=feed)
    for line in lines:
        try:
            replay.take(line)
        except (VenueError, KeyError, ValueError) as error:
            raise JournalError(f"{journal.path} does not replay at {line.get('op')}: {error}") from error
    replay.finish(wall_ns(), latest_ms=latest_ms)
    return past


def _read_opening(journal: Journal, first: dict[str, Any], venue: Venue) -> Terms:
    """The terms of the exchange that the journal belongs to. Raises JournalError when that is another one."""
    try:
        terms = Terms.of_row(first.get("terms", {}))
    except ValueError as error:
        raise JournalError(f"{journal.path}: {error}") from error
    if first != opening_line(venue, start_ms=first.get("start", 0), terms=terms):
        raise JournalError(f"{journal.path} belongs to another exchange or other market data; use another home")
    return terms


class _Replay:
    def __init__(self, past: Past, *, at_ms: int, feed: Feed | None) -> None:
        self._past = past
        self._feed = feed
        self._at_ms = at_ms
        self._wall_ns: int | None = None

    def take(self, line: dict[str, Any]) -> None:
        if line["op"] == "listen_key":
            self._past.listen_keys.apply(line)
            return
        if line["op"] == "intake":
            self._take_in(line)
            return
        self._advance(line["at"], line["wall"])
        if line["op"] == "command":
            self._command(line)
        else:
            self._past.clock = ClockState(line["ceiling"], Decimal(line["speed"]), line["held"], line["clean"])

    def _take_in(self, line: dict[str, Any]) -> None:
        if self._feed is None:
            raise ValueError("the market of this journal is a mirror")
        self._advance(line["since"], line["wall"])
        self._feed.take(line["rows"])
        self._advance(line["at"], line["wall"])

    def finish(self, wall_ns: int, *, latest_ms: int | None) -> None:
        """Go on to the last reserved market time, as if the exchange had stood still since."""
        if self._past.clock is not None:
            reserved_ms = self._past.clock.at_ms
            to_ms = reserved_ms if latest_ms is None else min(reserved_ms, latest_ms)
            self._advance(max(to_ms, self._at_ms), wall_ns)

    def _command(self, line: dict[str, Any]) -> None:
        engine = self._past.engine
        engine.execute(line["name"], line["account"], line["params"])
        self._past.wall_ns.extend([line["wall"]] * (len(engine.records) - len(self._past.wall_ns)))
        if len(engine.records) != line["seq"]:
            raise ValueError(f"record {line['seq']} expected, {len(engine.records)} reached")

    def _advance(self, to_ms: int, wall_ns: int) -> None:
        engine, known = self._past.engine, self._past.wall_ns
        engine.advance(to_ms)
        since_ns = wall_ns if self._wall_ns is None else self._wall_ns
        span_ms = max(1, to_ms - self._at_ms)
        for record in engine.records[len(known) :]:
            known.append(since_ns + (wall_ns - since_ns) * (record.market_ms - self._at_ms) // span_ms)
        self._at_ms, self._wall_ns = to_ms, wall_ns
