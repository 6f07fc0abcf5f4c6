"""What a notice adds to the sentence of its event: side, prices, order id, hours held."""

from django.utils.translation import gettext as _

from desk.event_kinds import EventKind
from desk.models import Event
from trading.core.states import ExitReason
from trading.models import Position

SIDED = frozenset({EventKind.ENTRY_FILLED, EventKind.STOP_PLACED, EventKind.TAKE_PROFIT_PLACED})


def details(event: Event) -> str:
    """The additions in the active language, empty for an event that has none."""
    parts = {
        EventKind.ENTRY_INTENDED: _of_entry,
        EventKind.POSITION_CLOSING: _of_closing,
        EventKind.POSITION_CLOSED: _of_closed,
    }.get(EventKind(event.kind), _of_fill_or_leg)(event)
    return ", ".join(parts)


def _of_entry(event: Event) -> list[str]:
    said = {
        "leverage": _("{leverage}x"),
        "stop_price": _("stop {stop_price}"),
        "client_order_id": _("order {client_order_id}"),
    }
    return [text.format(**event.facts) for name, text in said.items() if event.facts.get(name)]


def _of_closing(event: Event) -> list[str]:
    """A position that reached its time limit: how long it was held, in market time."""
    position = _position(event)
    if event.facts.get("reason_code") != ExitReason.TIME_LIMIT or position is None or position.filled_at is None:
        return []
    hours = (event.at - position.filled_at).total_seconds() / 3600
    return [_("held {hours} h").format(hours=f"{hours:.0f}")]


def _of_closed(event: Event) -> list[str]:
    entry_price, exit_price = event.facts.get("entry_price"), event.facts.get("exit_price")
    if not (entry_price and exit_price):
        return _side(event)
    return [
        *_side(event),
        _("from {entry_price} to {exit_price}").format(entry_price=entry_price, exit_price=exit_price),
    ]


def _of_fill_or_leg(event: Event) -> list[str]:
    return _side(event) if event.kind in SIDED else []


def _side(event: Event) -> list[str]:
    position = _position(event)
    return [str(position.get_direction_display())] if position is not None else []


def _position(event: Event) -> Position | None:
    return Position.objects.filter(case=event.case).first() if event.case else None
