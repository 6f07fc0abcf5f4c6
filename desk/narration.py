"""One sentence for each event, for pages, chat and the command line."""

import string
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from desk.event_kinds import EventKind
from desk.models import Event
from desk.phrases import retold
from desk.vocabulary import REFUSALS, VENUE_ERRORS, Words, word


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(event: Event) -> str:
    """The event in the active language; a fact that an old row lacks reads as a question mark."""
    facts = {name: _told(name, fact, event.facts) for name, fact in event.facts.items() if fact is not None}
    known = _Facts(facts, symbol=event.symbol, bot=event.bot.name if event.bot else "")
    return string.Formatter().vformat(str(EventKind(event.kind).label), (), known)


def refusal(*, code: str, reason: str) -> str:
    """Why a signal was refused: the stored reason, or the word for its code where no translation holds its numbers."""
    return _reason(reason, code=code, words=REFUSALS)


def _told(name: str, fact: Any, facts: dict[str, Any]) -> str:
    match name:
        case "reason":
            return _reason_of_event(str(fact), facts)
        case "what":
            return retold(str(fact)) or str(fact)
        case "rows":
            return "; ".join(retold(row) or row for row in str(fact).split("; "))
        case _:
            return word(name, fact)


def _reason_of_event(reason: str, facts: dict[str, Any]) -> str:
    """Ends of positions carry ``reason_code``, refused signals a word as ``code``, the venue's refusals a number."""
    if "reason_code" in facts:
        return word("exit_reason", facts["reason_code"])
    code = facts.get("code")
    return _reason(reason, code=str(code), words=VENUE_ERRORS if isinstance(code, int) else REFUSALS)


def _reason(reason: str, *, code: str, words: Words) -> str:
    told = retold(reason)
    if told is not None:
        return told
    return reason if reason and _is_stored_language() else str(words.get(code, reason))


def _is_stored_language() -> bool:
    """Whether the reader's language is the one in which reasons are written."""
    return (get_language() or settings.LANGUAGE_CODE) == settings.LANGUAGE_CODE
