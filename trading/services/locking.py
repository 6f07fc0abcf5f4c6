"""Rows read anew and locked, with what is known already of the rows they refer to and which never change."""

from collections.abc import Mapping
from typing import Any

from trading.models import Position

_KEPT = ("account", "bot", "config_version")


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
        if getattr(position, f"{name}_id") == row.pk:
            setattr(position, name, row)
