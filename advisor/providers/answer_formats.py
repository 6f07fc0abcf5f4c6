"""In which form a server of the chat-completions protocol promises its answer, learnt from its own refusals.

Some keep a JSON schema, some promise a JSON object, some refuse ``response_format`` in any form. One that answers 400
and names it is asked in the next form at once; a refused request has done nothing and costs nothing. What was learnt is
forgotten after a while, since a server that is updated may know more.
"""

import time
from collections.abc import Mapping
from enum import StrEnum

NAME = "response_format"
REMEMBERED_SECONDS = 3600.0
MOST_READ = 1000  # characters of a message


class Format(StrEnum):
    """From the strictest; PLAIN sends no ``response_format``."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    PLAIN = "plain"


_ORDER = tuple(Format)
_LEARNT: dict[tuple[str, str], tuple[Format, float]] = {}


def best_format(address: str, model: str, *, strictest: Format) -> Format:
    """The strictest form that ``model`` at ``address`` has not refused of late, ``strictest`` at the most."""
    learnt, until = _LEARNT.get((address, model), (strictest, 0.0))
    if time.monotonic() >= until:
        return strictest
    return max(strictest, learnt, key=_ORDER.index)


def learn_refusal(address: str, model: str, refused: Format) -> None:
    """Remember for a while that ``refused`` is not taken. Raises IndexError for PLAIN: there was nothing to refuse."""
    following = _ORDER[_ORDER.index(refused) + 1]
    _LEARNT[address, model] = (following, time.monotonic() + REMEMBERED_SECONDS)


def refuses_format(body: object) -> bool:
    """Whether the error ``body`` of a 400 names ``response_format``, as a parameter or in its words."""
    if isinstance(body, str):
        return NAME in body[:MOST_READ]
    if not isinstance(body, Mapping):
        return False
    named, message = body.get("param"), body.get("message")
    if isinstance(named, str) and named:
        return named.partition(".")[0] == NAME
    return isinstance(message, str) and NAME in message[:MOST_READ]
