"""Whole objects of each kind, the same for page, API and socket."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from dashboard.market_time import MarketTime
from dashboard.serializers import EventOut, OrderOut, PositionOut, SignalOut, StatusOut, TradeOut
from dashboard.status import overview
from desk.models import Event
from signals.selectors import signals
from trading import selectors

SHOWN_ROWS = 50  # of each table on the page


class StateType(StrEnum):
    """Message types that carry a whole object; a newer one replaces the older."""

    STATUS = "status"
    POSITIONS = "positions"
    ORDERS = "orders"
    SIGNALS = "signals"
    TRADES = "trades"


def read(types: Iterable[StateType], market: MarketTime | None) -> dict[StateType, Any]:
    """Present state of each type."""
    return {state_type: _read_one(state_type, market) for state_type in types}


def _read_one(state_type: StateType, market: MarketTime | None) -> Any:
    match state_type:
        case StateType.STATUS:
            return dict(StatusOut(overview(market)).data)
        case StateType.POSITIONS:
            return list(PositionOut(selectors.open_positions(), many=True).data)
        case StateType.ORDERS:
            return list(OrderOut(selectors.orders()[:SHOWN_ROWS], many=True).data)
        case StateType.SIGNALS:
            return list(SignalOut(signals()[:SHOWN_ROWS], many=True).data)
        case StateType.TRADES:
            return list(TradeOut(selectors.closed_positions()[:SHOWN_ROWS], many=True).data)


def events() -> QuerySet[Event]:
    """Events of this environment and of the whole desk, newest first."""
    ours = Q(account__environment=settings.DUOLIVE_ENV) | Q(account__isnull=True)
    return Event.objects.filter(ours).select_related("bot")


def newest_events(count: int) -> list[dict[str, Any]]:
    """The last ``count`` events, oldest first, told in the active language."""
    return list(EventOut(list(events()[:count])[::-1], many=True).data)
