"""Readings at dotted paths of a JSON answer. Pure."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from advisor.context.errors import SourceFailed
from advisor.context.readings import Reading, moment, number, rounded, short_text
from advisor.context.sources import JsonSource

VALUE, TEXT, SPREAD = "value", "text", "spread_percent"
SPREAD_PLACES = Decimal("0.0001")


def decoded(body: bytes) -> Any:
    """JSON with exact numbers. Raises SourceFailed."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        raise SourceFailed("unreadable", "no JSON") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def at_path(answer: Any, path: str) -> Any:
    """What stands at ``path``. Raises SourceFailed where nothing does."""
    found = answer
    for step in path.split("."):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and _is_place(step) and -len(found) <= int(step) < len(found):
            found = found[int(step)]
        else:
            raise SourceFailed("nothing_there", path)
    return found


def _is_place(step: str) -> bool:
    return step.isascii() and step.removeprefix("-").isdecimal() and len(step) < 8


def json_readings(
    body: bytes, source: JsonSource, *, symbol: str, read_at: datetime, mark_price: Decimal | None = None
) -> list[Reading]:
    """Every value the source names, of the answer's own time where it names one. Raises SourceFailed.

    ``mark_price``: ours in USDT, for a spread; without one no spread is told.
    """
    answer = decoded(body)
    as_of = moment(at_path(answer, source.time)) if source.time else read_at
    paths = {VALUE: source.value, **source.values} if source.value else dict(source.values)
    text = short_text(at_path(answer, source.text)) if source.text else ""
    unit = short_text(source.unit)
    found = [
        Reading(
            name=name,
            symbol=symbol,
            value=number(at_path(answer, path)),
            text=text if name == VALUE else "",
            unit=unit,
            as_of=as_of,
        )
        for name, path in paths.items()
        if path
    ]
    if text and VALUE not in paths:
        found.append(Reading(name=TEXT, symbol=symbol, text=text, as_of=as_of))
    if source.spread and mark_price and found[0].value is not None:
        found.append(_spread(found[0].value, mark_price, symbol=symbol, as_of=as_of))
    return found


def _spread(price: Decimal, mark_price: Decimal, *, symbol: str, as_of: datetime) -> Reading:
    """How far the price there lies above our mark price, per cent."""
    percent = ((price / mark_price - 1) * 100).quantize(SPREAD_PLACES)
    return Reading(name=SPREAD, symbol=symbol, value=rounded(percent), unit="%", as_of=as_of)
