"""Adding to an open position: new risk, inside every limit, behind a stop that stands before and after."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from desk.models import Account, Bot
from desk.money import round_significant
from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from exchange.rules import floor_to_step, stop_loss_trigger
from exchange.types import PositionSide, SymbolRules
from risk.breaker_store import tier_of
from risk.limit_settings import RiskSettings
from risk.limits import LimitCode, LimitRefusal
from risk.limits_changes import Changes, add_refusal, grown_share_refusal
from risk.limits_contract import contract_refusal
from risk.limits_exposure import Stake
from risk.limits_freshness import DataClass, freshness_refusal
from risk.settings_store import risk_settings_of
from risk.sizing import StopBeyondLiquidation, safe_leverage
from risk.states import Intention, size_factor
from signals.strategies.base import StrategyConfig
from signals.strategies.execution import ExecutionStyle
from signals.strategies.registry import config_of
from trading.core.slippage import bounded_price
from trading.core.states import ChangeKind, ChangeStatus, PositionStatus, Purpose
from trading.core.stop_after_add import PERIOD, average_true_range, is_tighter, stop_after_add, tightest
from trading.models import Position, PositionChange
from trading.services import executions
from trading.services.blocking import block_on
from trading.services.breaker import evaluate_breaker
from trading.services.breaker_gate import breaker_refusal
from trading.services.change_history import adds_and_reduces, initial_quantity
from trading.services.change_rows import ChangeRefused, finish_change, not_listed
from trading.services.change_sending import executed_at_the_end
from trading.services.contract_state import contract_state
from trading.services.decision_price import middle_price
from trading.services.entry_exposure import AccountView, check_exposure, cluster_around, look_at_account
from trading.services.holdings import counted_result_of_day
from trading.services.legs import entry_is_final
from trading.services.nakedness import is_covered
from trading.services.narrowing import narrowed
from trading.services.own_orders import fills_are_missing
from trading.services.symbol_setup import NotReady, confirm_symbol
from trading.services.tending import tend
from trading.venue import RulesSource, UnknownSymbol, Venue

FRESH_FOR = timedelta(minutes=5)  # market; an add asked for longer ago was meant for another market
FRESH_WALL_SECONDS = 30  # in a fast replay minutes pass while a worker restarts
BARS, BAR_LENGTH = "15m", timedelta(minutes=15)
BARS_READ = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPlan:
    """All numbers of an add, decided before anything is written. USDT and base asset."""

    settings: RiskSettings
    view: AccountView
    stake: Stake
    sending: executions.Sending
    rules: SymbolRules
    size_factor: Decimal
    gain_pct: Decimal


def begin_add(change: PositionChange, venue: Venue) -> None:
    """Check everything, then write the plan of its orders; later where our rows wait for trades. Raises ChangeRefused,
    ExchangeError."""
    _check_age(change, venue)
    if fills_are_missing(change.position):
        tend(change.position, venue)
        return
    check_rows(change)
    plan = _plan(change, venue)
    _commit(change, plan, now=venue.now())


def follow_add(change: PositionChange, venue: Venue) -> None:
    """Send what is due; once nothing more is to come, tighten the stop. Raises ChangeRefused, ExchangeError."""
    executed = executed_at_the_end(change, venue)
    if executed is None:
        return
    with suppress(UnknownSymbol):  # of a contract that is gone no stop can be moved
        _tighten(change, venue)
    finish_change(change, quantity=executed, now=venue.now(), entry_price=change.position.entry_price)


def _check_age(change: PositionChange, venue: Venue) -> None:
    allowed = max(FRESH_FOR, timedelta(seconds=FRESH_WALL_SECONDS * float(venue.clock.speed)))
    age = venue.now() - change.created_at
    if age > allowed:
        raise ChangeRefused("stale_change", f"asked for {age.total_seconds() / 60:.0f} minutes ago")


def check_rows(change: PositionChange) -> None:
    """All that our own rows can say; asked again in the transaction that commits the add. Raises ChangeRefused."""
    position = change.position
    position.refresh_from_db()
    if position.status != PositionStatus.OPEN or not position.quantity:
        raise ChangeRefused("not_open", "the position is not open")
    if position.naked_since is not None or not is_covered(position):
        raise ChangeRefused("not_protected", "no stop stands for the position yet")
    if not entry_is_final(position):
        raise ChangeRefused("entry_working", "the entry of the position is still at work")
    if change.decision_id is not None and not Bot.objects.filter(pk=position.bot_id, auto_trade=True).exists():
        raise ChangeRefused("auto_trade_disabled", "auto-trade is off")
    refuse_if(breaker_refusal(position.account, intention=Intention.ADD))
    block = block_on(position.account, position.symbol)
    if block is not None:
        refuse_if(LimitRefusal(LimitCode.SYMBOL_BLOCKED, block.reason, "-"))


def refuse_if(stopped_by: LimitRefusal | None) -> None:
    if stopped_by is not None:
        raise ChangeRefused(stopped_by.code.value, str(stopped_by))


def _plan(change: PositionChange, venue: Venue) -> AddPlan:
    position = change.position
    config = config_of(position.bot.config_version)
    settings = narrowed(risk_settings_of(position.account), config)
    rules = tradable_rules(position, settings, market=venue.market, rules=venue.rules, now=venue.now())
    _check_setup(position, venue)
    view = look_at_account(venue)
    evaluate_breaker(venue, snapshot=view.snapshot)
    refuse_if(breaker_refusal(position.account, intention=Intention.ADD))
    ticker = venue.market.ticker(position.symbol)
    _check_freshness(view, venue.now() - ticker.at, settings, venue)
    price = ticker.last_price
    gain = gain_pct_at(position, price)
    factor = size_factor(tier_of(position.account), reduced_size_pct=settings.reduced_size_pct)
    quantity = added_quantity(change, factor, price, rules)
    margin = quantity * price / position.leverage
    reference = change.reference_price or middle_price(position.symbol, venue)
    worst = bounded_price(reference=price, side=position.side.entry_side, max_slippage_pct=config.max_slippage_pct)
    check_stop(change, quantity=quantity, price=worst)
    cluster = cluster_around(position.symbol, venue, settings, foreign=view.foreign)
    plan = AddPlan(
        settings=settings,
        view=view,
        stake=Stake(symbol=position.symbol, margin=margin, leverage=position.leverage, cluster=cluster),
        sending=_sending(change, config, quantity=quantity, limit=price, reference_price=reference, now=venue.now()),
        rules=rules,
        size_factor=factor,
        gain_pct=gain,
    )
    check_limits(change, plan, now=venue.now())
    return plan


def _sending(
    change: PositionChange,
    config: StrategyConfig,
    *,
    quantity: Decimal,
    limit: Decimal,
    reference_price: Decimal | None,
    now: datetime,
) -> executions.Sending:
    style = ExecutionStyle(change.style or config.execution_style)
    return executions.Sending(
        purpose=Purpose.ADD,
        style=style,
        quantity=quantity,
        limit=limit,
        reference_price=reference_price,
        deadline=executions.deadline_of(style, config, now=now),
        config=config,
    )


def tradable_rules(
    position: Position, settings: RiskSettings, *, market: MarketDataPort, rules: RulesSource, now: datetime
) -> SymbolRules:
    """Trading rules of a contract that may be entered now. Raises ChangeRefused, ExchangeError."""
    try:
        refuse_if(contract_refusal(contract_state(position.symbol, market), settings, now=now))
        return rules(position.symbol)
    except UnknownSymbol as error:
        raise not_listed(position.symbol) from error


def _check_setup(position: Position, venue: Venue) -> None:
    """Distance to liquidation and margin are reckoned with the leverage of the entry: it must be in force still."""
    try:
        confirm_symbol(position.symbol, leverage=position.leverage, venue=venue)
    except NotReady as error:
        raise ChangeRefused("account_not_ready", str(error)) from error


def _check_freshness(view: AccountView, price_age: timedelta, settings: RiskSettings, venue: Venue) -> None:
    ages = {
        DataClass.BALANCE: None if view.read_at is None else venue.now() - view.read_at,
        DataClass.PRICE: price_age,
    }
    least = timedelta(seconds=FRESH_WALL_SECONDS * float(venue.clock.speed))
    refuse_if(freshness_refusal(ages, settings, least=least))


def gain_pct_at(position: Position, price: Decimal) -> Decimal:
    """What the position is worth more at ``price`` than it cost, in percent of its margin."""
    entry_price: Decimal = position.entry_price or position.worst_entry_price
    sign = 1 if position.side is PositionSide.LONG else -1
    return (price / entry_price - 1) * sign * position.leverage * 100


def added_quantity(change: PositionChange, factor: Decimal, price: Decimal, rules: SymbolRules) -> Decimal:
    """The share of what is open, on the step; the whole stays closable by one market order. Raises ChangeRefused."""
    position, share = change.position, change.share_pct or Decimal(0)
    wanted = position.quantity * share / 100 * factor
    if rules.market_max_quantity:
        wanted = min(wanted, rules.market_max_quantity - position.quantity)
    quantity = floor_to_step(max(wanted, Decimal(0)), max(rules.step_size, rules.market_step_size))
    least = executions.least_quantity(rules, price=price, opens=True)
    if quantity < least:
        raise ChangeRefused("below_step", f"{quantity:f} is less than {least:f}, the least the exchange takes")
    return quantity


def check_stop(change: PositionChange, *, quantity: Decimal, price: Decimal) -> None:
    """The stop must fire well before the new average's liquidation. Raises ChangeRefused."""
    position = change.position
    entry_price = position.entry_price or position.worst_entry_price
    average = (position.quantity * entry_price + quantity * price) / (position.quantity + quantity)
    stop = tightest([position.stop_price, *_asked_stop(change)], position_side=position.side)
    if is_tighter(stop, average, position_side=position.side):
        return
    try:
        is_safe = safe_leverage(wanted=position.leverage, stop_loss_ratio=abs(stop / average - 1)) == position.leverage
    except StopBeyondLiquidation:
        is_safe = False
    if not is_safe:
        raise ChangeRefused("stop_beyond_liquidation", f"the stop at {stop:f} would lie too close to liquidation")


def _asked_stop(change: PositionChange) -> list[Decimal]:
    return [] if change.stop_price is None else [change.stop_price]


def check_limits(change: PositionChange, plan: AddPlan, *, now: datetime) -> None:
    """Everything that is counted or measured; asked again with the account locked. Raises ChangeRefused."""
    position, config = change.position, plan.sending.config
    adds, reduces = adds_and_reduces(position, besides=change)
    changes = Changes(
        initial_quantity=initial_quantity(position),
        quantity=position.quantity,
        gain_pct=plan.gain_pct,
        adds=adds,
        reduces=reduces,
    )
    share = plan.sending.quantity / position.quantity * 100
    refuse_if(add_refusal(changes, plan.settings, add_pct=share))
    result = counted_result_of_day(position.account, config, now=now)
    if config.daily_loss_limit_usdt and result <= -config.daily_loss_limit_usdt:
        refuse_if(LimitRefusal(LimitCode.DAILY_LOSS, f"{result:.2f}", f"-{config.daily_loss_limit_usdt:.2f}"))
    refuse_if(check_exposure(plan.stake, plan.view, plan.settings, bot=position.bot))
    carried = position.quantity * (position.mark_price or plan.sending.limit) / position.leverage
    whole, of_account = carried + plan.stake.margin, risk_settings_of(position.account)
    refuse_if(grown_share_refusal(margin=whole, equity=plan.view.equity, settings=of_account))


def _commit(change: PositionChange, plan: AddPlan, *, now: datetime) -> None:
    """Write the plan in one transaction that asks for everything once more. Raises ChangeRefused."""
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=change.position.account_id)
        position = Position.objects.select_for_update(no_key=True).get(pk=change.position_id)
        quantity = position.quantity
        if quantity != change.position.quantity:
            raise ChangeRefused("change_in_work", "the position changed while the add was being decided")
        check_rows(change)
        factor = size_factor(tier_of(position.account), reduced_size_pct=plan.settings.reduced_size_pct)
        if factor < plan.size_factor:
            raise ChangeRefused(LimitCode.BREAKER.value, f"breaker (size {plan.size_factor:f}, limit {factor:f})")
        check_limits(change, plan, now=now)
        taken = PositionChange.objects.filter(pk=change.pk, kind=ChangeKind.ADD, status=ChangeStatus.ASKED)
        if not taken.update(status=ChangeStatus.WORKING):
            raise ChangeRefused("change_in_work", "another process works this change")
        margin = round_significant(position.margin + plan.stake.margin).quantize(Decimal("0.0001"))
        Position.objects.filter(pk=position.pk).update(margin=margin)
        executions.begin(change.position, plan.sending, rules=plan.rules, now=now, change=change)
    change.refresh_from_db()


def _tighten(change: PositionChange, venue: Venue) -> None:
    """Want the stop that the rule asks for after an add; what is not tighter, or past the price, changes nothing."""
    position = change.position
    position.refresh_from_db()
    if position.status != PositionStatus.OPEN or position.entry_price is None:
        return
    rules, price = venue.rules(position.symbol), venue.market.ticker(position.symbol).last_price
    wanted = stop_wanted(
        change, average=position.entry_price, price=price, rules=rules, market=venue.market, now=venue.now()
    )
    tighten_stop(position, wanted)


def tighten_stop(position: Position, stop: Decimal) -> None:
    """Want ``stop`` unless a nearer one is wanted already, whoever wrote it and whenever."""
    looser = {"stop_price__lt": stop} if position.side is PositionSide.LONG else {"stop_price__gt": stop}
    Position.objects.filter(pk=position.pk, status=PositionStatus.OPEN, **looser).update(
        stop_price=round_significant(stop)
    )
    position.refresh_from_db()


def stop_wanted(
    change: PositionChange,
    *,
    average: Decimal,
    price: Decimal,
    rules: SymbolRules,
    market: MarketDataPort,
    now: datetime,
) -> Decimal:
    """The tightest of the present stop, the one asked for and the rule's; none that ``price`` has passed."""
    position = change.position
    candidates = [*_asked_stop(change), *_stop_by_rule(position, average=average, market=market, now=now)]
    triggers = [stop_loss_trigger(each, position_side=position.side, rules=rules) for each in candidates]
    standing = [each for each in triggers if is_tighter(price, each, position_side=position.side)]
    return tightest([position.stop_price, *standing], position_side=position.side)


def _stop_by_rule(position: Position, *, average: Decimal, market: MarketDataPort, now: datetime) -> list[Decimal]:
    """One average true range from the ``average`` price; nothing where its bars cannot be had."""
    end = now - BAR_LENGTH
    try:
        bars = market.klines(position.symbol, BARS, start=end - BAR_LENGTH * BARS_READ, end=end, limit=BARS_READ)
    except ExchangeError:
        return []
    atr = average_true_range([bar for bar in bars if bar.close_time <= now], period=PERIOD)
    return [stop_after_add(average=average, atr=atr, position_side=position.side)] if atr else []
