"""Serialized entries: signals become positions one at a time, strongest first, each inside every limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import IntegrityError, transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account, Bot, ConfigVersion
from desk.money import round_significant
from exchange.errors import ExchangeError, OrderRefused
from exchange.rules import BelowMinNotional, limit_price
from exchange.types import PositionSide, SymbolRules
from risk.filters import run_filters
from risk.filters.context import FilterContext
from risk.limits import refusal
from risk.sizing import entry_quantity, safe_leverage
from risk.verdict import Outcome, Verdict
from signals.market_data import LiveView
from signals.models import FilterVerdict, Signal, SignalStatus
from signals.strategies.base import Enter, Proposal, Reject, StrategyConfig
from signals.strategies.registry import config_of, strategy_of
from trading.core.exits import Exits, stop_price, take_profit_price
from trading.models import Order, Position
from trading.services import intents
from trading.services.holdings import has_foreign, holdings_for
from trading.services.submit import submit
from trading.services.symbol_setup import NotReady, prepare_symbol
from trading.venue import UnknownSymbol, Venue

log = structlog.get_logger(__name__)

STALE_AFTER = timedelta(minutes=15)  # market; a signal this old is no reason to enter
STALE_WALL_SECONDS = 30  # in a fast replay minutes pass while a worker restarts
GOOD_TILL_MARGIN = timedelta(seconds=60)
GOOD_TILL_MINIMUM = timedelta(seconds=660)  # the venue wants more than 600 s (-5040)


class Refused(Exception):
    """A signal that will not be entered, with the code and sentence that are kept."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPlan:
    """All numbers of an entry, decided before anything is written or sent. USDT and base asset."""

    decision: Enter
    config: StrategyConfig
    version: ConfigVersion
    leverage: int
    hedge_mode: bool
    price: Decimal
    quantity: Decimal
    stop_price: Decimal


def due_signals(bot: Bot, *, now: datetime) -> Sequence[Signal]:
    """Pending signals of a bot whose collection window is over, strongest first."""
    window = config_of(bot.config_version).collection_window
    pending = Signal.objects.filter(bot=bot, status=SignalStatus.PENDING)
    first = pending.order_by("found_at").first()
    if first is None or now < first.found_at + window:
        return []
    return list(pending.order_by("-surge_ratio"))


def work_signal(signal: Signal, venue: Venue) -> Order | None:
    """Enter on ``signal`` or refuse it; returns the entry that was sent.

    Call it with the entry lock held. A venue that cannot be asked leaves the signal pending: no risk on doubt.
    """
    try:
        plan = _plan(signal, venue)
        entry = _commit(signal, plan, venue)
    except Refused as refused:
        refuse(signal, code=refused.code, reason=refused.reason, now=venue.now())
        return None
    except OrderRefused as error:
        refuse(signal, code="exchange_refused", reason=str(error), now=venue.now())
        return None
    except ExchangeError as error:
        log.warning("entry_postponed", symbol=signal.symbol, error=str(error))
        return None
    submit(entry, venue)
    return entry


def refuse(signal: Signal, *, code: str, reason: str, now: datetime) -> None:
    """End a pending signal without an entry."""
    with transaction.atomic():
        refused = Signal.objects.filter(pk=signal.pk, status=SignalStatus.PENDING).update(
            status=SignalStatus.REFUSED, reason_code=code, reason=reason[:200], decided_at=now
        )
        if refused:
            events.record(
                EventKind.SIGNAL_REFUSED, at=now, case=signal.case, bot=signal.bot, symbol=signal.symbol,
                reason=reason, code=code,
            )  # fmt: skip


def _plan(signal: Signal, venue: Venue) -> EntryPlan:
    """Every check that needs no lock, cheap ones first."""
    version = signal.bot.config_version
    config = config_of(version)
    _check_switch_and_age(signal, venue)
    _check_limits(signal, config, now=venue.now())
    _check_foreign(signal, venue)
    price = venue.market.ticker(signal.symbol).last_price
    decision = _decide(signal, version, price, venue)
    _check_filters(signal, decision, price)
    return _size(signal, decision=decision, config=config, version=version, last_price=price, venue=venue)


def _check_switch_and_age(signal: Signal, venue: Venue) -> None:
    if not Bot.objects.filter(pk=signal.bot_id, auto_trade=True).exists():
        raise Refused("auto_trade_disabled", "auto-trade is off")
    allowed = max(STALE_AFTER, timedelta(seconds=STALE_WALL_SECONDS * float(venue.clock.speed)))
    age = venue.now() - signal.found_at
    if age > allowed:
        raise Refused("stale_signal", f"the signal is {age.total_seconds() / 60:.0f} minutes old")


def _check_limits(signal: Signal, config: StrategyConfig, *, now: datetime) -> None:
    holdings = holdings_for(signal.bot, signal.symbol, now=now)
    stopped_by = refusal(holdings, max_positions=config.max_positions, max_entries_per_day=config.max_entries_per_day)
    if stopped_by is not None:
        raise Refused(stopped_by.code.value, str(stopped_by))


def _check_foreign(signal: Signal, venue: Venue) -> None:
    if has_foreign(signal.symbol, venue):
        raise Refused("foreign_on_symbol", "a position or order that is not ours stands on the symbol")


def _decide(signal: Signal, version: ConfigVersion, price: Decimal, venue: Venue) -> Enter:
    view = LiveView(now=venue.now(), prices={signal.symbol: price}, market=venue.market)
    decision = strategy_of(version).decide_entry(_proposal(signal), view)
    if isinstance(decision, Reject):
        raise Refused("strategy", decision.reason)
    return decision


def _proposal(signal: Signal) -> Proposal:
    return Proposal(
        symbol=signal.symbol,
        candle_open=signal.candle_open,
        surge_ratio=signal.surge_ratio,
        price=signal.price,
        sell_volume=signal.sell_volume,
        mean_sell_volume=signal.mean_sell_volume,
    )


def _check_filters(signal: Signal, decision: Enter, price: Decimal) -> None:
    context = FilterContext(symbol=signal.symbol, signal_price=signal.price, entry_price=price)
    verdicts = run_filters(decision.filters, context)
    _keep(signal, verdicts)
    for verdict in verdicts:
        if verdict.outcome is Outcome.REJECT:
            raise Refused(f"filter_{verdict.name}", verdict.reason)


def _keep(signal: Signal, verdicts: Sequence[Verdict]) -> None:
    for place, verdict in enumerate(verdicts):
        FilterVerdict.objects.update_or_create(
            signal=signal,
            position=place,
            defaults={
                "name": verdict.name,
                "outcome": verdict.outcome.value,
                "reason": verdict.reason[:200],
                "metrics": dict(verdict.metrics),
            },
        )


def _size(
    signal: Signal,
    *,
    decision: Enter,
    config: StrategyConfig,
    version: ConfigVersion,
    last_price: Decimal,
    venue: Venue,
) -> EntryPlan:
    rules = _rules(signal, venue)
    price = _entry_price(decision, config, last_price, rules)
    leverage = safe_leverage(wanted=config.leverage, stop_loss_ratio=decision.stop_loss_ratio)
    try:
        quantity = entry_quantity(
            margin=config.live_fixed_margin_usdt, leverage=leverage, entry_price=price, rules=rules
        )
        setup = prepare_symbol(signal.symbol, leverage=leverage, venue=venue)
    except BelowMinNotional as error:
        raise Refused("below_min_notional", str(error)) from error
    except NotReady as error:
        raise Refused("account_not_ready", str(error)) from error
    return EntryPlan(
        decision=decision,
        config=config,
        version=version,
        leverage=setup.leverage,
        hedge_mode=setup.hedge_mode,
        price=price,
        quantity=quantity,
        stop_price=_checked_stop(decision, price, rules),
    )


def _rules(signal: Signal, venue: Venue) -> SymbolRules:
    try:
        return venue.rules(signal.symbol)
    except UnknownSymbol as error:
        raise Refused("unknown_symbol", f"the exchange no longer lists {signal.symbol}") from error


def _entry_price(decision: Enter, config: StrategyConfig, last_price: Decimal, rules: SymbolRules) -> Decimal:
    """Limit price: the last price moved by the offset, which makes a short dearer and a long cheaper."""
    sign = 1 if decision.position_side is PositionSide.SHORT else -1
    wanted = last_price * (1 + sign * config.entry_offset_pct / 100)
    return limit_price(wanted, side=decision.position_side.entry_side, rules=rules)


def _checked_stop(decision: Enter, price: Decimal, rules: SymbolRules) -> Decimal:
    """The base stop's trigger, from the worst possible fill, with both exits on their right sides."""
    stop = stop_price(
        worst_entry_price=price,
        stop_loss_ratio=decision.stop_loss_ratio,
        position_side=decision.position_side,
        rules=rules,
    )
    target = take_profit_price(
        entry_price=price,
        take_profit_ratio=decision.take_profit_ratio,
        position_side=decision.position_side,
        rules=rules,
    )
    Exits(entry_price=price, stop_price=stop, take_profit_price=target, position_side=decision.position_side)
    return stop


def _commit(signal: Signal, plan: EntryPlan, venue: Venue) -> Order:
    """Write signal, position and entry intent in one transaction that re-counts every limit with the account locked."""
    try:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=signal.bot.account_id)
            _check_limits(signal, plan.config, now=venue.now())
            _claim(signal, now=venue.now())
            position = _new_position(signal, plan, now=venue.now())
            entry = intents.entry(
                position,
                quantity=plan.quantity,
                price=plan.price,
                good_till=_good_till(position),
                now=position.created_at,
            )
            _tell(position, entry)
    except IntegrityError as error:
        raise Refused("symbol_held", "another entry on this symbol came first") from error
    return entry


def _claim(signal: Signal, *, now: datetime) -> None:
    claimed = Signal.objects.filter(pk=signal.pk, status=SignalStatus.PENDING).update(
        status=SignalStatus.ENTERED, decided_at=now
    )
    if not claimed:
        raise Refused("already_decided", "another process decided this signal")


def _new_position(signal: Signal, plan: EntryPlan, *, now: datetime) -> Position:
    return Position.objects.create(
        account=signal.bot.account,
        bot=signal.bot,
        config_version=plan.version,
        signal=signal,
        case=signal.case,
        symbol=signal.symbol,
        direction=plan.decision.position_side.value,
        hedge_mode=plan.hedge_mode,
        leverage=plan.leverage,
        margin=round_significant(plan.quantity * plan.price / plan.leverage).quantize(Decimal("0.0001")),
        worst_entry_price=plan.price,
        stop_loss_ratio=plan.decision.stop_loss_ratio,
        take_profit_ratio=plan.decision.take_profit_ratio,
        stop_price=plan.stop_price,
        created_at=now,
        entry_deadline=now + plan.config.entry_timeout,
    )


def _good_till(position: Position) -> datetime:
    """The venue's own deadline, a net behind ours."""
    ours = position.entry_deadline + GOOD_TILL_MARGIN
    return max(ours, position.created_at + GOOD_TILL_MINIMUM)


def _tell(position: Position, entry: Order) -> None:
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
    )
