"""Headlines of an RSS or Atom feed. Pure.

Read by expat itself, a text at a time: a document type is refused before anything in it could be expanded, so no
entity, no outside file and no growth; what is neither a title nor a date is not kept, whatever its length or depth.
"""

import email.utils
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from xml.parsers import expat

from advisor.context.errors import SourceFailed
from advisor.context.readings import EVERYWHERE, Reading, short_text
from advisor.context.sources import RssSource

ITEMS = frozenset({"item", "entry"})
TITLE = "title"
DATES = ("pubdate", "published", "updated", "date")  # the first that is there counts
MOST_ITEMS = 500
LONGEST_FIELD = 4000  # characters of one title or date that are kept
TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Headline:
    title: str
    at: datetime | None


def headlines(body: bytes, source: RssSource, *, read_at: datetime, symbol: str = EVERYWHERE) -> list[Reading]:
    """The newest headlines, newest first; one without a date counts as of now. Raises SourceFailed."""
    found = [(row.at or read_at, row.title) for row in parsed(body) if row.title]
    newest = sorted(dict.fromkeys(found), key=lambda row: row[0], reverse=True)[: source.most]
    if not newest:
        raise SourceFailed("nothing_there", "headlines")
    return [
        Reading(name=f"headline_{place}", symbol=symbol, text=title, as_of=at)
        for place, (at, title) in enumerate(newest, start=1)
    ]


def parsed(body: bytes) -> list[Headline]:
    """Every item in the order of the feed. Raises SourceFailed for what is no feed."""
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refused
    parser.EntityDeclHandler = _refused
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.buffer_text = True
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise SourceFailed("unreadable", "no feed") from None
    return reading.items


def _refused(*_: object) -> None:
    raise SourceFailed("unreadable", "a document type is not read")


@dataclass(slots=True)
class _Reading:
    """Where in the document the parser is, and what was found so far."""

    items: list[Headline] = field(default_factory=list)
    _depth: int = 0  # inside an item; 0 outside
    _field: str = ""
    _texts: dict[str, str] = field(default_factory=dict)

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2].lower()
        if self._depth:
            self._depth += 1
            is_kept = self._depth == 2 and (name == TITLE or name in DATES) and name not in self._texts
            self._field = name if is_kept else "" if self._depth == 2 else self._field
            if is_kept:
                self._texts[name] = ""
        elif name in ITEMS:
            self._depth, self._texts = 1, {}

    def end(self, _tag: str) -> None:
        if not self._depth:
            return
        self._depth -= 1
        if self._depth == 1:
            self._field = ""
        elif self._depth == 0 and len(self.items) < MOST_ITEMS:
            self.items.append(_headline(self._texts))

    def text(self, text: str) -> None:
        if self._field:
            kept = self._texts[self._field]
            self._texts[self._field] = kept + text[: LONGEST_FIELD - len(kept)]


def _headline(texts: dict[str, str]) -> Headline:
    date = next((texts[name] for name in DATES if texts.get(name, "").strip()), "")
    return Headline(title=short_text(TAG.sub(" ", unescape(texts.get(TITLE, "")))), at=_date(date.strip()))


def _date(text: str) -> datetime | None:
    """RFC 822 as RSS has it, or ISO 8601 as Atom has it; None for anything else."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        try:
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except OverflowError:
            return None
    return None
