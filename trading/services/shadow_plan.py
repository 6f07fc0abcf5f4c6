"""The trade that a refused signal would have become: its numbers at the moment of the refusal."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import structlog

from desk.models import Account
from desk.money import round_significant
from exchange.errors import ExchangeError
from exchange.rules import BelowMinNotional, limit_price
from exchange.types import PositionSide, SymbolRules
from risk.limits import LimitCode
from risk.sizing import StopBeyondLiquidation, entry_quantity, percent_margin, safe_leverage
from signals.market_data import LiveView
from signals.models import ShadowStatus, ShadowTrade, Signal
from signals.proposals import proposal_of
from signals.strategies.base import Enter, EntryReference, MarginMode, StrategyConfig
from signals.strategies.registry import config_of, strategy_of
from trading.core.exits import Exits, ExitsOnWrongSide, stop_price, take_profit_price
from trading.venue import UnknownSymbol, Venue

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(hours=1)  # market
LIMITS: Sequence[str] = [code.value for code in LimitCode]


def is_followed(code: str) -> bool:
    """Whether a refusal by this code leaves a shadow: that of a filter or of a limit."""
    return code.startswith("filter_") or code in LIMITS


def plan_shadow(signal: Signal, *, code: str, venue: Venue) -> ShadowTrade | None:
    """The row to be saved with the refusal; None where there is no trade to follow. Logs what it cannot plan."""
    if not is_followed(code):
        return None
    try:
        return _planned(signal, code=code, venue=venue)
    except (ExchangeError, UnknownSymbol, BelowMinNotional, StopBeyondLiquidation, ExitsOnWrongSide) as error:
        log.warning("shadow_not_planned", symbol=signal.symbol, code=code, error=str(error))
        return None


def _planned(signal: Signal, *, code: str, venue: Venue) -> ShadowTrade | None:
    version, now = signal.bot.config_version, venue.now()
    config, rules = config_of(version), venue.rules(signal.symbol)
    last_price = venue.market.ticker(signal.symbol).last_price
    view = LiveView(now=now, prices={signal.symbol: last_price}, market=venue.market)
    decision = strategy_of(version).decide_entry(proposal_of(signal), view)
    if not isinstance(decision, Enter):
        return None
    price = _limit(signal, decision, config, last_price=last_price, rules=rules)
    exits = _exits(decision, price, rules)
    leverage = safe_leverage(wanted=config.leverage, stop_loss_ratio=decision.stop_loss_ratio)
    margin = shadow_margin(config, venue.account)
    quantity = entry_quantity(margin=margin, leverage=leverage, entry_price=price, rules=rules)
    row = ShadowTrade(
        signal=signal,
        config_version=version,
        refused_by=code,
        status=ShadowStatus.WORKING,
        direction=decision.position_side.value,
        leverage=leverage,
        margin=round_significant(quantity * price / leverage).quantize(Decimal("0.0001")),
        quantity=quantity,
        tick_size=rules.tick_size,
        reference_price=last_price,
        price=price,
        stop_price=exits.stop_price,
        take_profit_ratio=decision.take_profit_ratio,
        take_profit_price=exits.take_profit_price,
        max_hold_hours=config.max_hold_hours,
        planned_at=now,
        entry_deadline=now + config.entry_timeout,
        followed_until=now,
        due_at=now + LOOK_EVERY,
    )
    _fill_at_once(row)
    return row


def _limit(
    signal: Signal, decision: Enter, config: StrategyConfig, *, last_price: Decimal, rules: SymbolRules
) -> Decimal:
    reference = signal.price if config.entry_reference is EntryReference.SIGNAL else last_price
    sign = 1 if decision.position_side is PositionSide.SHORT else -1
    wanted = reference * (1 + sign * config.entry_offset_pct / 100)
    return limit_price(wanted, side=decision.position_side.entry_side, rules=rules)


def _exits(decision: Enter, price: Decimal, rules: SymbolRules) -> Exits:
    side = decision.position_side
    return Exits(
        entry_price=price,
        stop_price=stop_price(
            worst_entry_price=price, stop_loss_ratio=decision.stop_loss_ratio, position_side=side, rules=rules
        ),
        take_profit_price=take_profit_price(
            entry_price=price, take_profit_ratio=decision.take_profit_ratio, position_side=side, rules=rules
        ),
        position_side=side,
    )


def shadow_margin(config: StrategyConfig, account: Account) -> Decimal:
    """USDT that the settings would have put up, by the balance read last; without one the fixed margin."""
    if config.margin_mode is MarginMode.PERCENT and account.available_balance is not None:
        return percent_margin(available_balance=account.available_balance, margin_pct=config.margin_pct)
    return config.live_fixed_margin_usdt


def _fill_at_once(row: ShadowTrade) -> None:
    """A limit that the book meets takes what is there: a sell the last price, a buy the ask one tick above."""
    is_short = row.side is PositionSide.SHORT
    offered = row.reference_price if is_short else row.reference_price + row.tick_size
    if row.price > offered if is_short else row.price < offered:
        return
    row.entry_price, row.entered_at, row.status = offered, row.planned_at, ShadowStatus.OPEN
