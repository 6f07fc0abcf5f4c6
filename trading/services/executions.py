"""Sending a quantity by its style: each look does the next step of the plan, so that a killed process loses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Account, Bot
from desk.money import round_significant
from exchange.rules import ceil_to_step, limit_price
from exchange.types import Side, SymbolRules
from signals.strategies.base import StrategyConfig
from signals.strategies.execution import ExecutionStyle
from trading.core.execution_style import Cancel, End, Ending, Piece, Send, StylePlan, Wait, affordable_slices, next_step
from trading.core.slippage import bounded_price
from trading.core.states import ENTERING, LIVE, UNRESOLVED, OrderStatus, PositionStatus, Purpose
from trading.models import Execution, Order, Position, PositionChange
from trading.services import intents
from trading.services.advance import apply_state
from trading.services.blocking import block_on
from trading.services.breaker_gate import breaker_refusal
from trading.services.cancelling import cancel
from trading.services.locking import locked_row
from trading.services.rest_cover import rest_is_covered
from trading.services.submit import AT_MARKET_WITHIN, look_up, resolve, submit, was_abandoned
from trading.services.tending import tend
from trading.services.trade_sync import sync_trades
from trading.services.unheard_exits import is_told_apart
from trading.services.venue_position import open_at_venue
from trading.services.working_entries import SEND_AGAIN_AFTER_SECONDS, send_entry
from trading.venue import UnknownSymbol, Venue

STEPS_AT_ONCE = 4  # an order at market is sent, answered and counted in one look
AFTER_SLICES = timedelta(seconds=60)  # market; for what the last slice needs
MARGIN_GRID = Decimal("0.0001")  # USDT


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is to be sent and how. Prices in USDT; ``limit`` also stands for what a market order may cost."""

    purpose: Purpose
    style: ExecutionStyle
    quantity: Decimal
    limit: Decimal
    reference_price: Decimal | None
    deadline: datetime
    config: StrategyConfig


def deadline_of(style: ExecutionStyle, config: StrategyConfig, *, now: datetime) -> datetime:
    """When what has not filled is given up: the entry's timeout, or the time of all slices where that is longer."""
    if style is ExecutionStyle.TWAP:
        return now + max(config.entry_timeout, timedelta(seconds=config.twap_seconds) + AFTER_SLICES)
    if style is ExecutionStyle.LIMIT_THEN_MARKET:
        return now + max(config.entry_timeout, timedelta(seconds=config.style_timeout_seconds) + AFTER_SLICES)
    return now + config.entry_timeout


def begin(
    position: Position, sending: Sending, *, rules: SymbolRules, now: datetime, change: PositionChange | None = None
) -> Execution:
    """Write the plan; call it in the transaction that decides on it. Nothing is sent."""
    opens = sending.purpose in ENTERING
    side = position.side.entry_side if opens else position.side.close_side
    config, is_twap = sending.config, sending.style is ExecutionStyle.TWAP
    least = least_quantity(rules, price=sending.limit, opens=opens)
    execution = Execution.objects.create(
        position=position,
        change=change,
        purpose=sending.purpose,
        style=sending.style.value,
        quantity=sending.quantity,
        limit=limit_price(sending.limit, side=side, rules=rules),
        bound=_bound(sending, side, rules),
        reference_price=None if sending.reference_price is None else round_significant(sending.reference_price),
        slices=affordable_slices(wanted=config.twap_slices, quantity=sending.quantity, least=least) if is_twap else 1,
        seconds=config.twap_seconds if is_twap else config.style_timeout_seconds,
        started_at=now,
        deadline=sending.deadline,
    )
    if opens:
        Position.objects.filter(pk=position.pk).update(is_executing=True)
        position.is_executing = True
    return execution


def begin_with_first(position: Position, sending: Sending, *, rules: SymbolRules, now: datetime) -> Order | None:
    """The plan of an entry with its first order, in the transaction that makes the position; None where there is
    none."""
    execution = begin(position, sending, rules=rules, now=now)
    step = next_step(_plan(execution, rules), [], now=now, is_stopped=False)
    if not isinstance(step, Send):
        return None
    return intents.piece(execution, form=step.form, quantity=step.quantity, after=0, now=now)


def _bound(sending: Sending, side: Side, rules: SymbolRules) -> Decimal:
    """Reckoned from the middle of the book at the decision, or from the limit where that is not known."""
    reference = sending.reference_price or sending.limit
    wanted = bounded_price(reference=reference, side=side, max_slippage_pct=sending.config.max_slippage_pct)
    return limit_price(wanted, side=side, rules=rules)


def least_quantity(rules: SymbolRules, *, price: Decimal, opens: bool) -> Decimal:
    """The smallest order that the venue takes; what only reduces may be of any size."""
    step = max(rules.step_size, rules.market_step_size)
    least = max(rules.min_quantity, step)
    return max(least, ceil_to_step(rules.min_notional / price, step)) if opens else least


def running(account_id: int, *, of_entries_only: bool = False) -> list[Execution]:
    """Plans of the account that have not ended, oldest first; those of changes are worked with their changes."""
    rows = Execution.objects.filter(position__account_id=account_id, ended_at__isnull=True)
    if of_entries_only:
        rows = rows.filter(change__isnull=True)
    return list(rows.select_related("position__account", "position__bot", "change").order_by("id"))


def is_any_running(account: Account) -> bool:
    """Whether a plan of an entry has not ended; that of a position which is over has still to be told of."""
    return bool(running(account.pk, of_entries_only=True))


def work_executions(venue: Venue, *, may_send: bool = True) -> None:
    """One look at every running plan of an entry, then at the position behind it.

    Without ``may_send`` at every plan there is: nobody else is at work then, and nothing leaves.
    """
    for execution in running(venue.account.pk, of_entries_only=may_send):
        with guarded("work_execution", symbol=execution.position.symbol, execution=execution.pk):
            work_execution(execution, venue, may_send=may_send)
        tend(execution.position, venue)


def work_execution(execution: Execution, venue: Venue, *, may_send: bool = True) -> None:
    """Do what the plan asks for now. Without ``may_send`` nothing leaves. Raises ExchangeError."""
    for _ in range(STEPS_AT_ONCE):
        execution.refresh_from_db()
        if execution.ended_at is not None or not _is_stepped(execution, venue, may_send=may_send):
            return


def _is_stepped(execution: Execution, venue: Venue, *, may_send: bool) -> bool:
    """True when something was done, so that another look may find the next thing."""
    rules = _rules(execution, venue)
    is_stopped = _is_stopped(execution, venue) or rules is None
    may_send = may_send and _is_let_through(execution)
    for order in execution.orders.filter(status__in=LIVE).select_related("position__account", "position__bot"):
        _work_piece(order, venue, may_send=may_send and not is_stopped)
    orders = list(execution.orders.select_related("position__account", "position__bot").order_by("attempt"))
    plan = _plan(execution, rules)
    step = next_step(plan, [_piece(order) for order in orders], now=venue.now(), is_stopped=is_stopped)
    match step:
        case Send():
            return may_send and _send(execution, step, after=len(orders), venue=venue)
        case Cancel():
            return _cancel_working(orders, venue)
        case End(reason):
            end_execution(execution, _told(reason, execution).value, now=venue.now())
            return False
        case Wait():
            return False


def _told(reason: Ending, execution: Execution) -> Ending:
    """A plan that its owner ended is told so."""
    return Ending.CALLED_OFF if reason is Ending.STOPPED and execution.called_off_at is not None else reason


def _rules(execution: Execution, venue: Venue) -> SymbolRules | None:
    """None for a contract that the exchange no longer lists: the plan ends."""
    try:
        return venue.rules(execution.position.symbol)
    except UnknownSymbol:
        return None


def _is_let_through(execution: Execution) -> bool:
    """Whether an order may leave now; until its deadline a plan that opens waits for a stop, and for a block to end."""
    position = execution.position
    if execution.purpose == Purpose.REDUCE:
        return True
    return position.naked_since is None and block_on(position.account, position.symbol) is None


def _is_stopped(execution: Execution, venue: Venue) -> bool:
    """No new order of the plan may leave: the position is ending, the rest was called off, or risk has shrunk."""
    position = execution.position
    if execution.called_off_at is not None:
        return True
    position.refresh_from_db()
    if position.status in (PositionStatus.CLOSING, PositionStatus.CLOSED):
        return True
    if execution.purpose == Purpose.REDUCE:
        return False
    if breaker_refusal(position.account) is not None or _is_past_its_price(execution, venue):
        return True
    change = execution.change
    is_automatic = position.signal_id is not None if change is None else change.decision_id is not None
    if is_automatic and not Bot.objects.filter(pk=position.bot_id, auto_trade=True).exists():
        return True
    return execution.purpose == Purpose.ENTRY and venue.now() >= position.entry_deadline


def _is_past_its_price(execution: Execution, venue: Venue) -> bool:
    """What opens at any price begins at once or not at all: a worker may have died before the first order."""
    if execution.style != ExecutionStyle.MARKET.value:
        return False
    within = AT_MARKET_WITHIN * max(float(venue.clock.speed), 1.0)
    return venue.now() - execution.started_at > within


def _work_piece(order: Order, venue: Venue, *, may_send: bool) -> None:
    if order.status == OrderStatus.PENDING:
        if may_send:
            _send_pending(order, venue)
    elif order.status in UNRESOLVED:
        resolve(order, venue)
    else:
        state = look_up(order, venue)
        if state is not None:
            apply_state(order, state, now=venue.now())


def _send_pending(order: Order, venue: Venue) -> None:
    """An order that was committed and not sent: by a page, or its process died, or the venue could not be reached."""
    by_hand = order.purpose == Purpose.ENTRY and order.position.signal_id is None
    waited = (timezone.now() - order.updated_at).total_seconds()
    if order.purpose == Purpose.ENTRY and (by_hand or waited > SEND_AGAIN_AFTER_SECONDS):
        send_entry(order, venue)
    elif waited > SEND_AGAIN_AFTER_SECONDS:
        submit(order, venue)


def _plan(execution: Execution, rules: SymbolRules | None) -> StylePlan:
    """Without rules it can only end."""
    opens = execution.purpose in ENTERING
    price = min(execution.limit, execution.bound)
    return StylePlan(
        style=ExecutionStyle(execution.style),
        quantity=execution.quantity,
        step=max(rules.step_size, rules.market_step_size) if rules else execution.quantity,
        least=least_quantity(rules, price=price, opens=opens) if rules else execution.quantity,
        started_at=execution.started_at,
        deadline=execution.deadline,
        span=timedelta(seconds=execution.seconds),
        slices=execution.slices,
        most=rules.market_max_quantity if rules else Decimal(0),
    )


def _piece(order: Order) -> Piece:
    is_rejected = order.status == OrderStatus.REJECTED
    is_dropped = order.purpose in ENTERING and order.status == OrderStatus.CANCELED and order.answered_at is None
    return Piece(
        quantity=order.quantity or Decimal(0),
        executed=order.executed_quantity,
        is_final=order.is_final,
        created_at=order.created_at,
        is_refused=is_dropped or (is_rejected and not was_abandoned(order)),
        is_lost=was_abandoned(order),
    )


def _send(execution: Execution, step: Send, *, after: int, venue: Venue) -> bool:
    if execution.purpose == Purpose.REDUCE and not _may_reduce(execution.position, part=step.quantity, venue=venue):
        return False
    order = intents.piece(execution, form=step.form, quantity=step.quantity, after=after, now=venue.now())
    if order is None:
        return False
    submit(order, venue)
    return order.is_final


def _may_reduce(position: Position, *, part: Decimal, venue: Venue) -> bool:
    """Whether what the part would close is ours, and a stop stands for what it leaves. Raises ExchangeError."""
    if position.is_shared:
        sync_trades(position, venue)
        position.refresh_from_db()
        if not is_told_apart(position, open_quantity=open_at_venue(position, venue), venue=venue):
            return False
    return position.quantity >= part and rest_is_covered(position, part=part, venue=venue)


def _cancel_working(orders: Sequence[Order], venue: Venue) -> bool:
    working = [order for order in orders if not order.is_final]
    for order in working:
        cancel(order, venue)
    return all(order.is_final for order in working)


def end_execution(execution: Execution, ending: str, *, now: datetime) -> bool:
    """Mark the plan as ended; False when another process did, or has written an order of it meanwhile."""
    with transaction.atomic():
        position = locked_row(execution.position)
        if execution.orders.filter(status__in=LIVE).exists():
            return False
        ended = Execution.objects.filter(pk=execution.pk, ended_at__isnull=True).update(ended_at=now, ending=ending)
        if not ended:
            return False
        executed = executed_of(execution)
        if execution.purpose in ENTERING:
            _release(execution, position, executed=executed)
        events.record(
            EventKind.EXECUTION_ENDED,
            at=now,
            case=position.case,
            bot=position.bot,
            symbol=position.symbol,
            purpose=execution.purpose,
            style=execution.style,
            ending=ending,
            executed=executed,
            quantity=execution.quantity,
        )
    execution.refresh_from_db()
    execution.position.refresh_from_db()
    return True


def _release(execution: Execution, locked: Position, *, executed: Decimal) -> None:
    """Nothing more of the plan may fill; the margin that was meant for the rest of an add is the position's no more."""
    margin = locked.margin
    if execution.purpose == Purpose.ADD:
        unfilled = max(execution.quantity - executed, Decimal(0))
        margin -= (unfilled * execution.limit / locked.leverage).quantize(MARGIN_GRID)
    Position.objects.filter(pk=locked.pk).update(is_executing=False, margin=max(margin, Decimal(0)))


def executed_of(execution: Execution) -> Decimal:
    """Base asset that its orders have filled."""
    return sum((order.executed_quantity for order in execution.orders.all()), Decimal(0))
