"""Rows read anew and locked, with what is known of them already: an account and a bot never change hands."""

from collections.abc import Mapping
from typing import Any

from trading.models import Position

_KEPT = ("account", "bot")


def locked_row(position: Position) -> Position:
    """The row of ``position`` read anew, and locked until the transaction ends."""
    locked = Position.objects.select_for_update(no_key=True).get(pk=position.pk)
    _give(locked, _known(position))
    return locked


def reread(position: Position) -> None:
    known = _known(position)
    position.refresh_from_db()
    _give(position, known)


def _known(position: Position) -> Mapping[str, Any]:
    return {name: getattr(position, name) for name in _KEPT if name in position._state.fields_cache}


def _give(position: Position, known: Mapping[str, Any]) -> None:
    for name, row in known.items():
        setattr(position, name, row)
