"""The message format of the live socket, and what a page may say."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from dashboard.snapshots import StateType

VERSION = 1
EVENT_TYPE = "log"  # events; everything else of the subscription carries whole objects
CLOCK_TYPE = "clock"  # heartbeat with market time and speed
ERROR_TYPE = "error"
NOT_LOGGED_IN = 4401  # close code
NO_ROLE = 4403  # close code: logged in, but nothing to see
TOO_SLOW = 4408  # close code: come again and resume


class BadMessage(ValueError):
    """What a page said makes no sense; the text tells it why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a page wants. ``resume_from`` is the last event it has; None asks for events from now on."""

    states: frozenset[StateType]
    wants_events: bool
    resume_from: int | None
    language: str


def envelope(message_type: str, data: Any, *, seq: int) -> dict[str, Any]:
    """``seq`` is the id of the newest event that the data may contain; ``ts`` is wall time."""
    return {
        "v": VERSION,
        "seq": seq,
        "ts": timezone.now().isoformat(timespec="milliseconds"),
        "type": message_type,
        "data": data,
    }


def parse_subscription(message: Any) -> Subscription:
    """Raises BadMessage for anything but ``{"type": "subscribe", "types": […], "resume_from": n, "language": "…"}``."""
    if not isinstance(message, dict) or message.get("type") != "subscribe":
        raise BadMessage("the only message understood is of type subscribe")
    types = _types(message.get("types"))
    resume_from = message.get("resume_from")
    if resume_from is not None and (type(resume_from) is not int or resume_from < 0):
        raise BadMessage("resume_from must be the seq of an event, 0 or more")
    return Subscription(
        states=frozenset(StateType(name) for name in types if name != EVENT_TYPE),
        wants_events=EVENT_TYPE in types,
        resume_from=resume_from,
        language=_language(message.get("language")),
    )


def _types(names: Any) -> Collection[str]:
    known = {*StateType, EVENT_TYPE}
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name in known for name in names):
        raise BadMessage(f"types must be a list of {', '.join(sorted(known))}")
    return set(names)


def _language(code: Any) -> str:
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
