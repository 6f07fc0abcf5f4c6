"""Which parameters a model of the chat-completions protocol does not take, learnt from its own refusals.

Newer OpenAI models answer 400 to ``max_tokens`` (they want ``max_completion_tokens``) and to any ``temperature`` but
their own. A refused request has done nothing and costs nothing. What was learnt lives as long as the process.
"""

import re
from collections.abc import Mapping
from typing import Any

RENAMED = {"max_tokens": "max_completion_tokens"}  # the same limit by its newer name
LEFT_OUT = frozenset({"temperature"})
_REFUSAL_CODES = frozenset({"unsupported_parameter", "unsupported_value"})
_SAYS_REFUSED = re.compile(r"unsupported|not supported|does not support|deprecated|unrecognized", re.IGNORECASE)
_NAMES_OURS = re.compile(r"['\"`](max_tokens|temperature)['\"`]")
MOST_READ = 1000  # characters of a message

_REFUSED: dict[tuple[str, str], frozenset[str]] = {}


def refused_parameter(body: object) -> str:
    """Name of ours that the error ``body`` of a 400 refuses; empty when it is about something else."""
    if not isinstance(body, Mapping):
        return ""
    message = str(body.get("message") or "")[:MOST_READ]
    if str(body.get("code")) not in _REFUSAL_CODES and not _SAYS_REFUSED.search(message):
        return ""
    named = body.get("param")
    if named:
        return named if isinstance(named, str) and (named in RENAMED or named in LEFT_OUT) else ""
    found = _NAMES_OURS.search(message)
    return found[1] if found else ""


def learn(address: str, model: str, parameter: str) -> None:
    """Remember that ``model`` at ``address`` refuses ``parameter``."""
    _REFUSED[address, model] = _REFUSED.get((address, model), frozenset()) | {parameter}


def adapted(request: Mapping[str, Any], *, address: str, model: str) -> dict[str, Any]:
    """``request`` in the words that ``model`` at ``address`` takes."""
    refused = _REFUSED.get((address, model), frozenset())
    kept = {name: value for name, value in request.items() if name not in refused}
    return kept | {RENAMED[name]: request[name] for name in refused if name in RENAMED and name in request}
