"""Planning an entry: every check and every number, before anything is written or sent."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from desk.models import Bot, ConfigVersion
from exchange.ports import MarketDataPort
from exchange.rules import BelowMinNotional, limit_price
from exchange.types import PositionSide, SymbolRules, Ticker
from risk.breaker_store import tier_of
from risk.filters import needs_hours, needs_mark, needs_premiums, run_filters
from risk.filters.context import FilterContext
from risk.limit_settings import RiskSettings
from risk.limits import LimitCode, LimitRefusal, refusal
from risk.limits_contract import contract_refusal
from risk.limits_freshness import DataClass, freshness_refusal
from risk.settings_store import risk_settings_of
from risk.sizing import StopBeyondLiquidation
from risk.sizing_modes import NoSize
from risk.states import size_factor
from risk.verdict import Outcome, Verdict
from risk.what_if import WhatIf
from signals.filter_data import filter_data
from signals.market_data import LiveView
from signals.models import FilterVerdict, Signal
from signals.proposals import proposal_of
from signals.strategies.base import Enter, EntryReference, Reject, StrategyConfig
from signals.strategies.execution import ExecutionStyle
from signals.strategies.registry import config_of, strategy_of
from trading.core.entry_prices import IN_STEPS, EntryPrices, is_past, prices_in_steps
from trading.core.exits import Exits, ExitsOnWrongSide, stop_price, take_profit_price
from trading.services.blocking import block_on
from trading.services.breaker import evaluate_breaker
from trading.services.breaker_gate import breaker_refusal
from trading.services.contract_state import contract_state
from trading.services.daily_loss import tell_daily_loss
from trading.services.entry_exposure import AccountView, balance_too_old, check_exposure, look_at_account
from trading.services.entry_sizing import EntryTerms, LimitReached, SizedEntry, size_entry
from trading.services.holdings import has_foreign, holdings_for, limits_of
from trading.services.narrowing import narrowed
from trading.services.symbol_setup import NotReady, ready_account
from trading.services.what_if import what_if_of_entry
from trading.venue import RulesSource, UnknownSymbol, Venue

FRESH_FOR = timedelta(minutes=15)  # market; a signal this old is no reason to enter
FRESH_WALL_SECONDS = 30  # in a fast replay minutes pass while a worker restarts


class Refused(Exception):
    """A signal that will not be entered, with the code and sentence that are kept."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPlan:
    """All numbers of an entry, decided before anything is written or sent. USDT and base asset; ``price`` is its limit,
    ``prices`` are those it can pay."""

    decision: Enter
    config: StrategyConfig
    version: ConfigVersion
    leverage: int
    hedge_mode: bool
    price: Decimal
    prices: EntryPrices
    quantity: Decimal
    stop_price: Decimal
    risk: RiskSettings
    view: AccountView
    sized: SizedEntry
    what_if: WhatIf


def plan_entry(signal: Signal, venue: Venue) -> EntryPlan:
    """Every check that needs no lock, cheap ones first. Raises Refused, ExchangeError."""
    version = signal.bot.config_version
    config = config_of(version)
    settings = narrowed(risk_settings_of(signal.bot.account), config)
    check_switch(signal)
    check_age(signal, now=venue.now(), speed=venue.clock.speed)
    check_limits(signal, config, settings, now=venue.now())
    _check_foreign(signal, venue)
    _check_contract(signal, settings, venue)
    view = look_at_account(venue)
    evaluate_breaker(venue, snapshot=view.snapshot)
    _refuse_if(breaker_refusal(signal.bot.account))
    ticker = venue.market.ticker(signal.symbol)
    _check_freshness(view, ticker, settings, venue)
    decision = decide(signal, version, ticker.last_price, market=venue.market, now=venue.now())
    _check_filters(signal, decision, ticker.last_price, venue)
    known = Known(config=config, risk=settings, view=view, last_price=ticker.last_price)
    terms = terms_of(signal, decision, known, rules=venue.rules)
    return _sized_plan(terms, version, venue)


def check_switch(signal: Signal) -> None:
    """Raises Refused; asked again in the transaction that commits the entry."""
    if not Bot.objects.filter(pk=signal.bot_id, auto_trade=True).exists():
        raise Refused("auto_trade_disabled", "auto-trade is off")


def check_age(signal: Signal, *, now: datetime, speed: Decimal) -> None:
    """Raises Refused."""
    allowed = max(FRESH_FOR, timedelta(seconds=FRESH_WALL_SECONDS * float(speed)))
    age = now - signal.found_at
    if age > allowed:
        raise Refused("stale_signal", f"the signal is {age.total_seconds() / 60:.0f} minutes old")


def check_limits(signal: Signal, config: StrategyConfig, settings: RiskSettings, *, now: datetime) -> None:
    """The breaker and everything that is counted in our own rows. Raises Refused; asked again at the commit."""
    bot = signal.bot
    _refuse_if(breaker_refusal(bot.account))
    block = block_on(bot.account, signal.symbol)
    if block is not None:
        raise Refused(LimitCode.SYMBOL_BLOCKED.value, str(LimitRefusal(LimitCode.SYMBOL_BLOCKED, block.reason, "-")))
    limits = limits_of(config, symbol_quota=settings.max_symbol_entries_per_day)
    stopped_by = refusal(holdings_for(bot, signal.symbol, config=config, now=now), limits)
    if stopped_by is not None and stopped_by.code is LimitCode.DAILY_LOSS:
        tell_daily_loss(bot, stopped_by, now=now)
    _refuse_if(stopped_by)


def _refuse_if(stopped_by: LimitRefusal | None) -> None:
    if stopped_by is not None:
        raise Refused(stopped_by.code.value, str(stopped_by))


def check_plan(signal: Signal, plan: EntryPlan) -> None:
    """Size against what is carried now, at the commit: entries that race count each other. Raises Refused."""
    factor = size_factor(tier_of(signal.bot.account), reduced_size_pct=plan.risk.reduced_size_pct)
    if factor < plan.sized.factor:
        raise Refused(LimitCode.BREAKER.value, f"breaker (size {plan.sized.factor:f}, limit {factor:f})")
    _refuse_if(check_exposure(plan.sized.stake, plan.view, plan.risk, bot=signal.bot))


def _check_foreign(signal: Signal, venue: Venue) -> None:
    if has_foreign(signal.symbol, venue):
        raise Refused("foreign_on_symbol", "a position or order that is not ours stands on the symbol")


def _check_contract(signal: Signal, settings: RiskSettings, venue: Venue) -> None:
    """Status, end and hours of the contract at the venue, and the lists of its owner."""
    try:
        state = contract_state(signal.symbol, venue.market)
    except UnknownSymbol as error:
        raise Refused("unknown_symbol", f"the exchange no longer lists {signal.symbol}") from error
    _refuse_if(contract_refusal(state, settings, now=venue.now()))


def _check_freshness(view: AccountView, ticker: Ticker, settings: RiskSettings, venue: Venue) -> None:
    now, speed = venue.now(), venue.clock.speed
    _refuse_if(balance_too_old(view, settings, now=now, speed=speed))
    least = timedelta(seconds=FRESH_WALL_SECONDS * float(speed))
    _refuse_if(freshness_refusal({DataClass.PRICE: now - ticker.at}, settings, least=least))


def decide(signal: Signal, version: ConfigVersion, price: Decimal, *, market: MarketDataPort, now: datetime) -> Enter:
    """What the strategy wants at ``price``. Raises Refused."""
    view = LiveView(now=now, prices={signal.symbol: price}, market=market)
    decision = strategy_of(version).decide_entry(proposal_of(signal), view)
    if isinstance(decision, Reject):
        raise Refused("strategy", decision.reason)
    return decision


def _check_filters(signal: Signal, decision: Enter, price: Decimal, venue: Venue) -> None:
    context = _filter_context(signal, decision, price, venue)
    verdicts = run_filters(decision.filters, context, on_missing=decision.on_missing_data)
    _keep(signal, verdicts)
    for verdict in verdicts:
        if verdict.outcome is Outcome.REJECT:
            raise Refused(f"filter_{verdict.name}", verdict.reason)


def _filter_context(signal: Signal, decision: Enter, price: Decimal, venue: Venue) -> FilterContext:
    """What the chosen filters look at, fetched once and only as far as they need it."""
    data = filter_data(
        venue.market,
        signal.symbol,
        now=venue.now(),
        wants_hours=needs_hours(decision.filters),
        wants_mark=needs_mark(decision.filters),
        wants_premiums=needs_premiums(decision.filters),
    )
    return FilterContext(
        symbol=signal.symbol,
        signal_price=signal.price,
        entry_price=price,
        hours=data.hours,
        premiums=data.premiums,
        mark_price=data.mark_price,
        index_price=data.index_price,
    )


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


def _sized_plan(terms: EntryTerms, version: ConfigVersion, venue: Venue) -> EntryPlan:
    """Raises Refused, ExchangeError."""
    with refusals_of_size():
        sized = size_entry(terms, venue)
        hedge_mode = ready_account(venue)
    return EntryPlan(
        decision=terms.decision,
        config=terms.config,
        version=version,
        leverage=sized.leverage,
        hedge_mode=hedge_mode,
        price=terms.price,
        prices=terms.prices,
        quantity=sized.size.quantity,
        stop_price=terms.stop_price,
        risk=terms.risk,
        view=terms.view,
        sized=sized,
        what_if=what_if_of_entry(terms, sized),
    )


@contextmanager
def refusals_of_size() -> Iterator[None]:
    """What stands in the way of a size, as a refusal with its code."""
    try:
        yield
    except LimitReached as reached:
        raise Refused(reached.refusal.code.value, str(reached.refusal)) from reached
    except BelowMinNotional as error:
        raise Refused("below_min_notional", str(error)) from error
    except NoSize as error:
        raise Refused("no_size", str(error)) from error
    except StopBeyondLiquidation as error:
        raise Refused("stop_beyond_liquidation", str(error)) from error
    except NotReady as error:
        raise Refused("account_not_ready", str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an entry is decided on, beside the strategy's wish. Price in USDT."""

    config: StrategyConfig
    risk: RiskSettings
    view: AccountView
    last_price: Decimal


def terms_of(signal: Signal, decision: Enter, known: Known, *, rules: RulesSource) -> EntryTerms:
    """Prices of an entry, on the tick. Raises Refused, ExchangeError."""
    of_symbol = _rules(signal, rules)
    reference = signal.price if known.config.entry_reference is EntryReference.SIGNAL else known.last_price
    price = _entry_price(decision, known.config, reference, of_symbol)
    style = decision.style or known.config.execution_style
    prices = _prices(signal, decision, price, known, style)
    stop = _checked_stop(decision, prices.worst, prices.worst if style is ExecutionStyle.TWAP else price, of_symbol)
    if is_past(stop, last_price=known.last_price, position_side=decision.position_side):
        raise Refused("exits_on_wrong_side", f"the last price {known.last_price:f} has passed the stop {stop:f}")
    return EntryTerms(
        bot=signal.bot,
        decision=decision,
        config=known.config,
        risk=known.risk,
        view=known.view,
        rules=of_symbol,
        price=price,
        prices=prices,
        stop_price=stop,
    )


def _rules(signal: Signal, rules: RulesSource) -> SymbolRules:
    try:
        return rules(signal.symbol)
    except UnknownSymbol as error:
        raise Refused("unknown_symbol", f"the exchange no longer lists {signal.symbol}") from error


def _entry_price(decision: Enter, config: StrategyConfig, reference: Decimal, rules: SymbolRules) -> Decimal:
    """Limit price: the reference moved by the offset, which makes a short dearer and a long cheaper."""
    sign = 1 if decision.position_side is PositionSide.SHORT else -1
    wanted = reference * (1 + sign * config.entry_offset_pct / 100)
    return limit_price(wanted, side=decision.position_side.entry_side, rules=rules)


def _prices(signal: Signal, decision: Enter, price: Decimal, known: Known, style: ExecutionStyle) -> EntryPrices:
    """A limit bounds what one order pays; a plan in steps fills about the market. Advice names its stop as a price."""
    side = decision.position_side
    if style not in IN_STEPS:
        return EntryPrices(position_side=side, worst=price, highest=price, bound=price)
    found = prices_in_steps(
        limit=price,
        last_price=known.last_price,
        middle=known.last_price,
        position_side=side,
        max_slippage_pct=known.config.max_slippage_pct,
    )
    return replace(found, worst=price) if signal.terms else found


def _checked_stop(decision: Enter, worst: Decimal, price: Decimal, rules: SymbolRules) -> Decimal:
    """The base stop's trigger from the worst price, with both exits on their sides of ``price``. Raises Refused."""
    stop = stop_price(
        worst_entry_price=worst,
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
    try:
        Exits(entry_price=price, stop_price=stop, take_profit_price=target, position_side=decision.position_side)
    except ExitsOnWrongSide as error:
        raise Refused("exits_on_wrong_side", str(error)) from error
    return stop
