"""One sentence for each event, for pages, chat and the command line."""

import string
from typing import Any

from desk.event_kinds import EventKind
from desk.models import Event


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(event: Event) -> str:
    """The event in the active language; a fact that an old row lacks reads as a question mark."""
    facts = _Facts(event.facts, symbol=event.symbol, bot=event.bot.name if event.bot else "")
    return string.Formatter().vformat(str(EventKind(event.kind).label), (), facts)
