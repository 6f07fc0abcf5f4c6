"""What a change of a position would do, from public prices and the balances read last; nothing is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from exchange.ports import MarketDataPort
from exchange.types import SymbolRules
from risk.breaker_store import tier_of
from risk.limit_settings import RiskSettings
from risk.limits_exposure import Stake
from risk.liquidation import liquidation_price
from risk.settings_store import risk_settings_of
from risk.states import size_factor
from signals.strategies.execution import ExecutionStyle
from signals.strategies.registry import config_of
from trading.core.change_effect import Effect, Holding, added, moved, reduced
from trading.core.slippage import bounded_price
from trading.core.states import ChangeKind, PositionStatus, Purpose
from trading.models import Position, PositionChange
from trading.services import manual_changes
from trading.services.adding import (
    AddPlan,
    added_quantity,
    check_limits,
    check_rows,
    check_stop,
    gain_pct_at,
    stop_wanted,
    tradable_rules,
)
from trading.services.adjusting import check_direction
from trading.services.change_rows import ChangeRefused, not_listed
from trading.services.entry_exposure import read_last
from trading.services.executions import Sending
from trading.services.narrowing import narrowed
from trading.services.position_changes import WantedChange, refusal_of
from trading.services.reducing import check_count, closed_quantity, execution_settings, is_whole
from trading.services.what_if import recorded_tiers
from trading.venue import ContractRules, UnknownSymbol

ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWhatIf:
    """``effect`` is None where no size can be told; ``refused`` is what stands in the way, None for nothing.

    Liquidation prices in USDT by the recorded brackets, None where there are none. ``equity`` as it was read last.
    """

    effect: Effect | None
    liquidation_before: Decimal | None = None
    liquidation_after: Decimal | None = None
    equity: Decimal | None = None
    style: ExecutionStyle | None = None
    refused: ChangeRefused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A change that is not written, and what it meets."""

    change: PositionChange
    holding: Holding
    settings: RiskSettings
    rules: SymbolRules
    price: Decimal
    market: MarketDataPort
    now: datetime


def what_if_of_change(
    position: Position, wanted: WantedChange, *, market: MarketDataPort, now: datetime
) -> ChangeWhatIf:
    """Numbers of ``wanted`` at the present price, and the first thing in its way. Raises ExchangeError.

    Limits are asked by our rows and the balance read last; the worker asks all of them again. Which symbols move
    together is not read.
    """
    refused = refusal_of(position, wanted)
    position.refresh_from_db()
    if position.status != PositionStatus.OPEN or not position.quantity or (refused and refused.code == "incomplete"):
        return ChangeWhatIf(effect=None, refused=refused)
    try:
        asked = _asked(position, wanted, market=market, now=now)
        effect = _EFFECTS[wanted.kind](asked)
    except ChangeRefused as error:
        return ChangeWhatIf(effect=None, refused=refused or error)
    found = ChangeWhatIf(
        effect=effect,
        liquidation_before=_liquidation(position.symbol, effect.before),
        liquidation_after=_liquidation(position.symbol, effect.after),
        equity=read_last(position.account).equity,
        style=_style(asked),
    )
    return replace(found, refused=refused or _refusal(asked, effect))


def _asked(position: Position, wanted: WantedChange, *, market: MarketDataPort, now: datetime) -> _Asked:
    settings = risk_settings_of(position.account)
    change = PositionChange(
        position=position,
        kind=wanted.kind,
        key=wanted.key,
        share_pct=wanted.share_pct,
        stop_price=wanted.stop_price,
        take_profit_price=wanted.take_profit_price,
        style=wanted.style.value if wanted.style else "",
        author=wanted.author,
        created_at=now,
    )
    try:
        rules = ContractRules(market)(position.symbol)
    except UnknownSymbol as error:
        raise not_listed(position.symbol) from error
    return _Asked(
        change=change,
        holding=_holding(position),
        settings=settings,
        rules=rules,
        price=market.ticker(position.symbol).last_price,
        market=market,
        now=now,
    )


def _holding(position: Position) -> Holding:
    return Holding(
        position_side=position.side,
        leverage=position.leverage,
        quantity=position.quantity,
        entry_price=position.entry_price or position.worst_entry_price,
        margin=position.quantity * (position.entry_price or position.worst_entry_price) / position.leverage,
        stop_price=position.stop_price,
        take_profit_price=position.take_profit_price,
    )


def _factor(asked: _Asked) -> Decimal:
    """What the breaker leaves of an add; where it leaves nothing, the whole is told."""
    account = asked.change.position.account
    return size_factor(tier_of(account), reduced_size_pct=asked.settings.reduced_size_pct) or ONE


def _added(asked: _Asked) -> Effect:
    change, rules = asked.change, asked.rules
    quantity = added_quantity(change, _factor(asked), asked.price, rules)
    effect = added(asked.holding, quantity=quantity, price=asked.price)
    stop = stop_wanted(
        change,
        average=effect.after.entry_price,
        price=asked.price,
        rules=rules,
        market=asked.market,
        now=asked.now,
    )
    return replace(effect, after=replace(effect.after, stop_price=stop))


def _reduced(asked: _Asked) -> Effect:
    held, quantity = asked.holding.quantity, closed_quantity(asked.change, asked.rules)
    if is_whole(held - quantity, price=asked.price, rules=asked.rules):
        quantity = held
    if not quantity:
        raise ChangeRefused("below_step", "the part is less than the least step")
    return reduced(asked.holding, quantity=quantity, price=asked.price)


def _moved(asked: _Asked) -> Effect:
    change, position = asked.change, asked.change.position
    stop = target = None
    try:
        if change.stop_price is not None:
            stop = manual_changes.checked_stop(position, price=change.stop_price, rules=asked.rules)
        if change.take_profit_price is not None:
            target = manual_changes.checked_take_profit(position, price=change.take_profit_price, rules=asked.rules)
    except manual_changes.ExitRefused as error:
        raise ChangeRefused("beyond_price", str(error)) from error
    return moved(asked.holding, stop=stop, take_profit=target, price=asked.price)


def _refusal(asked: _Asked, effect: Effect) -> ChangeRefused | None:
    try:
        _CHECKS[ChangeKind(asked.change.kind)](asked, effect)
    except ChangeRefused as refused:
        return refused
    return None


def _check_add(asked: _Asked, effect: Effect) -> None:
    """What an add is asked by its worker, as far as it can be asked without a key. Raises ChangeRefused."""
    change, position = asked.change, asked.change.position
    config = config_of(position.bot.config_version)
    settings = narrowed(asked.settings, config)
    check_rows(change)
    tradable_rules(position, settings, market=asked.market, rules=ContractRules(asked.market), now=asked.now)
    worst = bounded_price(
        reference=asked.price, side=position.side.entry_side, max_slippage_pct=config.max_slippage_pct
    )
    check_stop(change, quantity=effect.quantity, price=worst)
    plan = AddPlan(
        settings=settings,
        view=read_last(position.account),
        stake=Stake(symbol=position.symbol, margin=effect.notional / position.leverage, leverage=position.leverage),
        sending=Sending(
            purpose=Purpose.ADD,
            style=ExecutionStyle(change.style or config.execution_style),
            quantity=effect.quantity,
            limit=asked.price,
            reference_price=None,
            deadline=asked.now,
            config=config,
        ),
        rules=asked.rules,
        size_factor=_factor(asked),
        gain_pct=gain_pct_at(position, asked.price),
    )
    check_limits(change, plan, now=asked.now)


def _check_reduce(asked: _Asked, effect: Effect) -> None:
    if not effect.is_whole:
        check_count(asked.change)


def _check_adjust(asked: _Asked, effect: Effect) -> None:
    if asked.change.stop_price is not None:
        check_direction(asked.change, effect.after.stop_price)


_EFFECTS: Mapping[ChangeKind, Callable[[_Asked], Effect]] = {
    ChangeKind.ADD: _added,
    ChangeKind.REDUCE: _reduced,
    ChangeKind.ADJUST: _moved,
}
_CHECKS: Mapping[ChangeKind, Callable[[_Asked, Effect], None]] = {
    ChangeKind.ADD: _check_add,
    ChangeKind.REDUCE: _check_reduce,
    ChangeKind.ADJUST: _check_adjust,
}


def _style(asked: _Asked) -> ExecutionStyle | None:
    """How its orders are sent; None for exits, which are moved."""
    change = asked.change
    if change.kind == ChangeKind.ADJUST:
        return None
    if change.kind == ChangeKind.REDUCE:
        return ExecutionStyle(change.style or ExecutionStyle.MARKET)
    return ExecutionStyle(change.style or execution_settings(change.position).execution_style)


def _liquidation(symbol: str, holding: Holding) -> Decimal | None:
    return liquidation_price(
        position_side=holding.position_side,
        quantity=holding.quantity,
        entry_price=holding.entry_price,
        margin=holding.margin,
        tiers=recorded_tiers(symbol),
    )
