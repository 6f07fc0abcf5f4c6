"""Serialized entries: signals become positions one at a time, strongest first, each inside every limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account, Bot
from desk.money import round_significant
from exchange.errors import ExchangeError, OrderRefused
from exchange.types import SymbolRules
from risk.change_sets import risk_version_in_force
from risk.what_if import WhatIf
from risk.what_if_record import packed
from signals.models import ShadowTrade, Signal, SignalStatus
from signals.strategies.execution import ExecutionStyle
from signals.strategies.registry import config_of
from trading.core.states import OrderStatus, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.advance import advance
from trading.services.decision_price import middle_price
from trading.services.entry_plan import (
    EntryPlan,
    Refused,
    check_age,
    check_limits,
    check_plan,
    check_switch,
    plan_entry,
)
from trading.services.executions import Sending, begin_with_first, deadline_of
from trading.services.shadow_plan import plan_shadow
from trading.services.signal_what_if import what_if_when_refused
from trading.services.submit import submit
from trading.services.symbol_setup import NotReady, set_up
from trading.services.tending import tend
from trading.venue import Venue

log = structlog.get_logger(__name__)


def due_signals(bot: Bot, *, now: datetime) -> Sequence[Signal]:
    """Pending signals of a bot whose collection window is over, strongest first."""
    window = config_of(bot.config_version).collection_window
    pending = Signal.objects.filter(bot=bot, status=SignalStatus.PENDING)
    first = pending.order_by("found_at").first()
    if first is None or now < first.found_at + window:
        return []
    return list(pending.order_by("-surge_ratio"))


def refuse_too_old(bot: Bot, *, now: datetime, speed: Decimal) -> None:
    """End the signals of a bot that waited too long, whatever kept them waiting: an exchange, or invalid settings."""
    for signal in Signal.objects.filter(bot=bot, status=SignalStatus.PENDING).select_related("bot__account"):
        try:
            check_age(signal, now=now, speed=speed)
        except Refused as refused:
            refuse(signal, code=refused.code, reason=refused.reason, now=now)


def work_signal(signal: Signal, venue: Venue) -> Order | None:
    """Enter on ``signal`` or refuse it; returns the entry that was sent.

    Call it with the entry lock held. A venue that cannot be asked leaves the signal pending: no risk on doubt.
    (A balance that cannot be read falls back to the fixed margin, as the reference has it.)
    """
    try:
        plan = plan_entry(signal, venue)
        terms = _terms(signal, plan, venue)
        entry = _commit(signal, plan, terms, venue)
    except Refused as refused:
        found = what_if_when_refused(signal, venue)
        shadow = plan_shadow(signal, code=refused.code, venue=venue)
        refuse(signal, code=refused.code, reason=refused.reason, now=venue.now(), what_if=found, shadow=shadow)
        return None
    except OrderRefused as error:
        refuse(signal, code="exchange_refused", reason=str(error), now=venue.now())
        return None
    except ExchangeError as error:
        log.warning("entry_postponed", symbol=signal.symbol, error=str(error))
        return None
    return entry if _is_on_its_way(entry, signal, venue) else None


def _is_on_its_way(entry: Order, signal: Signal, venue: Venue) -> bool:
    """Send it, or leave it to wait, with leverage set only now that the symbol is ours: who came first keeps his own.

    False where the account is not ready for it, or the bot was switched off meanwhile. What could not be asked is sent
    by the next look at waiting entries.
    """
    position = entry.position
    try:
        set_up(position.symbol, leverage=position.leverage, venue=venue)
        check_switch(signal)
    except (NotReady, Refused) as error:
        advance(entry, OrderStatus.CANCELED, reason=str(error))
        tend(position, venue)
        return False
    except ExchangeError as error:
        log.warning("entry_waits", symbol=position.symbol, error=str(error))
        return True
    submit(entry, venue)
    return True


def refuse(
    signal: Signal,
    *,
    code: str,
    reason: str,
    now: datetime,
    what_if: WhatIf | None = None,
    shadow: ShadowTrade | None = None,
) -> None:
    """End a pending signal without an entry; ``what_if`` is kept with its case, ``shadow`` with the refusal."""
    numbers: dict[str, Any] = {"what_if": packed(what_if)} if what_if else {}
    with transaction.atomic():
        refused = Signal.objects.filter(pk=signal.pk, status=SignalStatus.PENDING).update(
            status=SignalStatus.REFUSED, reason_code=code, reason=reason[:200], decided_at=now
        )
        if refused:
            if shadow is not None:
                shadow.save()
            events.record(
                EventKind.SIGNAL_REFUSED, at=now, case=signal.case, bot=signal.bot, symbol=signal.symbol,
                reason=reason, code=code, **numbers,
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """How the entry is sent: read before the transaction, in which nothing is asked of the venue."""

    style: ExecutionStyle
    rules: SymbolRules
    decision_price: Decimal | None


def _terms(signal: Signal, plan: EntryPlan, venue: Venue) -> _Terms:
    return _Terms(
        style=plan.decision.style or plan.config.execution_style,
        rules=venue.rules(signal.symbol),
        decision_price=middle_price(signal.symbol, venue),
    )


def _commit(signal: Signal, plan: EntryPlan, terms: _Terms, venue: Venue) -> Order:
    """Write signal, position and entry intent in one transaction that re-counts every limit with the account locked."""
    now = venue.now()
    check_age(signal, now=now, speed=venue.clock.speed)  # the machine may have slept since the plan
    try:
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get(pk=signal.bot.account_id)
            Bot.objects.select_for_update(no_key=True).get(pk=signal.bot_id)
            check_switch(signal)
            check_limits(signal, plan.config, plan.risk, now=now)
            check_plan(signal, plan)
            _claim(signal, now=now)
            position = _new_position(signal, plan, terms, now=now)
            entry = _first_order(position, plan, terms)
            _tell(position, entry, plan)
    except IntegrityError as error:
        raise Refused("symbol_held", "another entry on this symbol came first") from error
    return entry


def _first_order(position: Position, plan: EntryPlan, terms: _Terms) -> Order:
    """The whole entry in one order, or the first of a plan whose others follow. Raises Refused."""
    if terms.style in (ExecutionStyle.LIMIT, ExecutionStyle.MARKET):
        by_limit = terms.style is ExecutionStyle.LIMIT
        return intents.entry(
            position,
            quantity=plan.quantity,
            price=plan.price if by_limit else None,
            good_till=position.entry_deadline + intents.GOOD_TILL_MARGIN if by_limit else None,
            now=position.created_at,
        )
    sending = Sending(
        purpose=Purpose.ENTRY,
        style=terms.style,
        quantity=plan.quantity,
        limit=plan.price,
        reference_price=terms.decision_price,
        deadline=position.entry_deadline,
        config=plan.config,
    )
    first = begin_with_first(position, sending, rules=terms.rules, now=position.created_at)
    if first is None:
        raise Refused("below_min_notional", "no order of the plan would be large enough")
    return first


def _claim(signal: Signal, *, now: datetime) -> None:
    claimed = Signal.objects.filter(pk=signal.pk, status=SignalStatus.PENDING).update(
        status=SignalStatus.ENTERED, decided_at=now
    )
    if not claimed:
        raise Refused("already_decided", "another process decided this signal")


def _new_position(signal: Signal, plan: EntryPlan, terms: _Terms, *, now: datetime) -> Position:
    return Position.objects.create(
        account=signal.bot.account,
        bot=signal.bot,
        config_version=plan.version,
        risk_version=risk_version_in_force(signal.bot.account),
        signal=signal,
        case=signal.case,
        symbol=signal.symbol,
        direction=plan.decision.position_side.value,
        hedge_mode=plan.hedge_mode,
        leverage=plan.leverage,
        margin=round_significant(plan.quantity * plan.prices.highest / plan.leverage).quantize(Decimal("0.0001")),
        worst_entry_price=plan.prices.worst,
        stop_loss_ratio=plan.decision.stop_loss_ratio,
        take_profit_ratio=plan.decision.take_profit_ratio,
        stop_price=plan.stop_price,
        created_at=now,
        entry_deadline=deadline_of(terms.style, plan.config, now=now),
        decision_price=None if terms.decision_price is None else round_significant(terms.decision_price),
    )


def _tell(position: Position, entry: Order, plan: EntryPlan) -> None:
    events.record(
        EventKind.ENTRY_INTENDED,
        at=position.created_at,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        side=entry.side,
        quantity=entry.quantity,
        price=entry.price,
        margin=position.margin,
        leverage=position.leverage,
        stop_price=position.stop_price,
        client_order_id=entry.client_order_id,
        sizing=plan.sized.mode,
        bound_by=plan.sized.size.bound_by,
        what_if=packed(plan.what_if),
    )
