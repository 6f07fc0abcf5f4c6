"""Letting a position's strategy judge it, and keeping what was decided."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event
from exchange.rules import plain
from signals.bot_settings import problem_of, readable_max_hold
from signals.market_data import LiveView
from signals.strategies.base import AdjustTakeProfit, Close, OpenPosition, Strength
from signals.strategies.registry import strategy_of
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.services.exit_requests import request_close
from trading.venue import Venue

log = structlog.get_logger(__name__)


def judge_position(position: Position, venue: Venue) -> bool:
    """Ask the strategy of the position's own settings version; True when something is to be done about it now.

    Where that version is no longer valid, the time limit alone is judged.
    """
    seen = _as_seen(position)
    if seen is None:
        return False
    problem = problem_of(position.config_version)
    if problem:
        return _judge_by_time_alone(position, seen, problem, venue)
    prices = {} if position.mark_price is None else {position.symbol: position.mark_price}
    view = LiveView(now=venue.now(), prices=prices, market=venue.market)
    decision = strategy_of(position.config_version).evaluate(seen, view)
    if isinstance(decision, Close):
        return request_close(position, reason=ExitReason(decision.reason), author="strategy", now=venue.now())
    if isinstance(decision, AdjustTakeProfit):
        return _adjust_take_profit(position, decision, venue)
    return False


def _judge_by_time_alone(position: Position, seen: OpenPosition, problem: str, venue: Venue) -> bool:
    limit, now = readable_max_hold(position.config_version), venue.now()
    _tell_invalid(position, problem, limit=limit, now=now)
    if now - seen.filled_at < limit:
        return False
    return request_close(position, reason=ExitReason.TIME_LIMIT, author="protection", now=now)


def _tell_invalid(position: Position, problem: str, *, limit: timedelta, now: datetime) -> None:
    """Once in a position's life."""
    told = Event.objects.filter(case=position.case, kind=EventKind.SETTINGS_INVALID)
    if told.exists():
        return
    with transaction.atomic():
        Position.objects.select_for_update(no_key=True).get(pk=position.pk)
        if not told.exists():
            events.record(
                EventKind.SETTINGS_INVALID,
                at=now,
                case=position.case,
                bot=position.bot,
                symbol=position.symbol,
                number=position.config_version.number,
                hours=limit // timedelta(hours=1),
                problem=problem,
            )
    log.error("position_settings_invalid", symbol=position.symbol, position=position.pk, problem=problem)


def _as_seen(position: Position) -> OpenPosition | None:
    if position.filled_at is None or position.entry_price is None:
        return None
    return OpenPosition(
        symbol=position.symbol,
        position_side=position.side,
        entry_price=position.entry_price,
        filled_at=position.filled_at,
        quantity=position.quantity,
        strength=Strength(position.strength),
        judged=frozenset(position.judged),
        candle_open=position.signal.candle_open if position.signal else None,
    )


def _adjust_take_profit(position: Position, decision: AdjustTakeProfit, venue: Venue) -> bool:
    """Keep the judgement; the take-profit at the venue follows by tending. False when another process kept it first."""
    now = venue.now()
    with transaction.atomic():
        locked = Position.objects.select_for_update(no_key=True).get(pk=position.pk)
        if locked.status != PositionStatus.OPEN or decision.check in locked.judged:
            return False
        locked.judged = [*locked.judged, decision.check]
        locked.strength, locked.take_profit_ratio = decision.strength.value, decision.ratio
        locked.save(update_fields=["judged", "strength", "take_profit_ratio"])
        events.record(
            EventKind.TAKE_PROFIT_JUDGED,
            at=now,
            case=locked.case,
            bot=locked.bot,
            symbol=locked.symbol,
            strength=decision.strength.value,
            check=decision.check,
            ratio_pct=plain(decision.ratio * 100),
            reason=decision.reason,
        )
    position.refresh_from_db()
    return True
