"""Whole objects of each kind, the same for page, API and socket."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from advisor.selectors import decision_rows
from dashboard.account_state import account_states
from dashboard.ai.decision_answers import DecisionRowOut
from dashboard.ai.pairs import PairOut, pairs
from dashboard.ai.ticker_bar import known_tickers
from dashboard.bot_results import BotResultOut, bot_results
from dashboard.circuit_state import circuits
from dashboard.executions import newest_executions
from dashboard.market_time import MarketTime
from dashboard.serializers import EventOut, OrderOut, PositionOut, SignalOut, StatusOut, TradeOut
from dashboard.status import overview
from desk.models import Event
from signals.selectors import found_by_scans
from trading import selectors

SHOWN_ROWS = 50  # of each table on the page


class StateType(StrEnum):
    """Message types that carry a whole object; a newer one replaces the older."""

    STATUS = "status"
    POSITIONS = "positions"
    ORDERS = "orders"
    SIGNALS = "signals"
    TRADES = "trades"
    CIRCUIT = "circuit"
    BOTS = "bots"
    ACCOUNT = "account"
    TICKERS = "tickers"
    PAIRS = "pairs"
    DECISION = "decision"
    TRADE = "trade"


# Sent row by row, each when it is new or has changed.
ROW_TYPES = frozenset({StateType.DECISION, StateType.TRADE})


def read(types: Iterable[StateType], market: MarketTime | None) -> dict[StateType, Any]:
    """Present state of each type."""
    return {state_type: READERS[state_type](market) for state_type in types}


def _status(market: MarketTime | None) -> Any:
    return dict(StatusOut(overview(market)).data)


def _bots(market: MarketTime | None) -> Any:
    return list(BotResultOut(bot_results(market), many=True).data)


def _rows(serializer: Any, found: Callable[[], Any]) -> Callable[[MarketTime | None], Any]:
    """Reads what does not depend on the clock."""
    return lambda _market: list(serializer(found(), many=True).data)


READERS: Mapping[StateType, Callable[[MarketTime | None], Any]] = {
    StateType.STATUS: _status,
    StateType.POSITIONS: _rows(PositionOut, lambda: selectors.with_changes(selectors.open_positions())),
    StateType.ORDERS: _rows(OrderOut, lambda: selectors.orders()[:SHOWN_ROWS]),
    StateType.SIGNALS: _rows(SignalOut, lambda: found_by_scans()[:SHOWN_ROWS]),
    StateType.TRADES: _rows(TradeOut, lambda: selectors.closed_positions()[:SHOWN_ROWS]),
    StateType.CIRCUIT: lambda _market: circuits(),
    StateType.BOTS: _bots,
    StateType.ACCOUNT: lambda _market: account_states(),
    StateType.TICKERS: lambda _market: known_tickers(),
    StateType.PAIRS: _rows(PairOut, pairs),
    StateType.DECISION: _rows(DecisionRowOut, lambda: decision_rows()[:SHOWN_ROWS]),
    StateType.TRADE: lambda _market: newest_executions(SHOWN_ROWS),
}


def events() -> QuerySet[Event]:
    """Events of this environment and of the whole desk, newest first."""
    ours = Q(account__environment=settings.DUOLIVE_ENV) | Q(account__isnull=True)
    return Event.objects.filter(ours).select_related("bot")


def newest_events(count: int) -> list[dict[str, Any]]:
    """The last ``count`` events, oldest first, told in the active language."""
    return list(EventOut(list(events()[:count])[::-1], many=True).data)
