"""Closing a part of an open position: never more than is open, never a rest that the exchange would not close."""

from decimal import Decimal

from django.db import transaction
from pydantic import ValidationError

from exchange.rules import floor_to_step
from exchange.types import SymbolRules
from risk.limits_changes import Changes, reduce_refusal
from risk.settings_store import risk_settings_of
from signals.strategies.base import StrategyConfig
from signals.strategies.execution import ExecutionStyle
from signals.strategies.registry import UnknownStrategy, config_of
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, PositionStatus, Purpose
from trading.models import Position, PositionChange
from trading.services import executions
from trading.services.change_history import adds_and_reduces, initial_quantity
from trading.services.change_rows import ChangeRefused, finish_change
from trading.services.change_sending import executed_at_the_end
from trading.services.decision_price import middle_price
from trading.services.exit_requests import request_close
from trading.services.own_orders import fills_are_missing
from trading.services.tending import tend
from trading.venue import Venue


def begin_reduce(change: PositionChange, venue: Venue) -> None:
    """Write the plan of its orders, or ask for a full close where the rest would be too small. Raises ChangeRefused,
    ExchangeError."""
    position = change.position
    position.refresh_from_db()
    if position.status != PositionStatus.OPEN or not position.quantity:
        raise ChangeRefused("not_open", "the position is not open")
    if fills_are_missing(position):  # what is open is not certain: at the next look
        tend(position, venue)
        return
    rules = venue.rules(position.symbol)
    price = venue.market.ticker(position.symbol).last_price
    quantity = closed_quantity(change, rules)
    if is_whole(position.quantity - quantity, price=price, rules=rules):
        _close_whole(change, venue)
        return
    if not quantity:
        raise ChangeRefused("below_step", "the part is less than the least step")
    style, config = ExecutionStyle(change.style or ExecutionStyle.MARKET), execution_settings(position)
    sending = executions.Sending(
        purpose=Purpose.REDUCE,
        style=style,
        quantity=quantity,
        limit=price,
        reference_price=change.reference_price or middle_price(position.symbol, venue),
        deadline=executions.deadline_of(style, config, now=venue.now()),
        config=config,
    )
    _commit(change, sending, rules, venue)


def execution_settings(position: Position) -> StrategyConfig:
    """The bot's; settings that are no longer valid keep no one from risking less."""
    try:
        return config_of(position.bot.config_version)
    except (ValidationError, UnknownStrategy):
        return StrategyConfig()


def closed_quantity(change: PositionChange, rules: SymbolRules) -> Decimal:
    share = change.share_pct or Decimal(0)
    return floor_to_step(change.position.quantity * share / 100, max(rules.step_size, rules.market_step_size))


def is_whole(rest: Decimal, *, price: Decimal, rules: SymbolRules) -> bool:
    """Whether what would stay is nothing, or less than the least the exchange opens."""
    return rest < executions.least_quantity(rules, price=price, opens=True)


def _close_whole(change: PositionChange, venue: Venue) -> None:
    position, now = change.position, venue.now()
    quantity = position.quantity
    with transaction.atomic():
        request_close(position, reason=_exit_reason(change), author=change.author, now=now)
        finish_change(change, quantity=quantity, now=now, is_whole=True)
    tend(position, venue)


def _exit_reason(change: PositionChange) -> ExitReason:
    if change.decision_id is not None:
        return ExitReason.AI_CLOSE
    return ExitReason.STRATEGY_EXIT if change.author == "strategy" else ExitReason.MANUAL


def _commit(change: PositionChange, sending: executions.Sending, rules: SymbolRules, venue: Venue) -> None:
    now = venue.now()
    with transaction.atomic():
        position = Position.objects.select_for_update(no_key=True).get(pk=change.position_id)
        if position.status != PositionStatus.OPEN or position.quantity < sending.quantity:
            raise ChangeRefused("not_open", "the position is not open")
        check_count(change)
        taken = PositionChange.objects.filter(pk=change.pk, kind=ChangeKind.REDUCE, status=ChangeStatus.ASKED)
        if not taken.update(status=ChangeStatus.WORKING):
            raise ChangeRefused("change_in_work", "another process works this change")
        executions.begin(change.position, sending, rules=rules, now=now, change=change)
    change.refresh_from_db()


def check_count(change: PositionChange) -> None:
    position = change.position
    adds, reduces = adds_and_reduces(position, besides=change)
    changes = Changes(
        initial_quantity=initial_quantity(position),
        quantity=position.quantity,
        gain_pct=Decimal(0),
        adds=adds,
        reduces=reduces,
    )
    stopped_by = reduce_refusal(changes, risk_settings_of(position.account))
    if stopped_by is not None:
        raise ChangeRefused(stopped_by.code.value, str(stopped_by))


def follow_reduce(change: PositionChange, venue: Venue) -> None:
    """Send what is due, and see the change end once nothing more is to come. Raises ChangeRefused, ExchangeError."""
    executed = executed_at_the_end(change, venue)
    if executed is not None:
        finish_change(change, quantity=executed, now=venue.now(), realized_pnl=realized(change))


def realized(change: PositionChange) -> Decimal:
    """USDT that its fills have realised, before commission."""
    orders = change.execution.orders.prefetch_related("fills")
    return sum((fill.realized_pnl for order in orders for fill in order.fills.all()), Decimal(0))
