"""Sentences of the services that the API answers with, and their translation for the reader."""

import re
from collections.abc import Sequence
from functools import lru_cache

from django.utils.translation import gettext, gettext_noop

from desk.phrases import retold

# Written by trading.services, signals.bot_settings and pydantic; {parts} are numbers and names.
PHRASES: Sequence[str] = (
    gettext_noop("the exchange lists no {symbol}"),
    gettext_noop("give either a margin or a quantity"),
    gettext_noop("at most {quantity} in one order"),
    gettext_noop("a position or entry on {symbol} exists already"),
    gettext_noop("a take-profit of a {side} lies beyond its entry price {price}"),
    gettext_noop("the price {price} stands beyond such a stop already: close the position instead"),
    gettext_noop("a stop at {price} lies too close to liquidation at {liquidation}"),
    gettext_noop("{symbol} is not open"),
    gettext_noop("{symbol} is no longer open"),
    gettext_noop("the exchange does not answer: {reason}"),
    gettext_noop("Input should be less than or equal to {limit}"),
    gettext_noop("Input should be greater than or equal to {limit}"),
    gettext_noop("Input should be less than {limit}"),
    gettext_noop("Input should be greater than {limit}"),
    gettext_noop("Input should be a valid decimal"),
    gettext_noop("Input should be a valid integer"),
    gettext_noop("Input should be a valid integer, unable to parse string as an integer"),
    gettext_noop("Input should be a finite number"),
    gettext_noop("Extra inputs are not permitted"),
    gettext_noop("it is the champion already"),
    gettext_noop("it is no challenger any more"),
)
_PART = re.compile(r"\\{(\w+)\\}")


def in_reader_language(text: str) -> str:
    """``text`` in the active language where it is a known sentence, else as it is."""
    for phrase, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return gettext(phrase).format(**found.groupdict())
    return retold(text) or text


@lru_cache(maxsize=1)
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    """The longest first, so that no phrase takes another's end for a part of its own."""
    known = sorted(PHRASES, key=len, reverse=True)
    return [(phrase, re.compile(_PART.sub(r"(?P<\1>.+?)", re.escape(phrase)))) for phrase in known]
