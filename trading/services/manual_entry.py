"""An entry by hand: checked, written down, and then sent by the processes that hold the keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account, Bot, ConfigVersion
from desk.money import round_significant
from exchange.ports import MarketDataPort, QuotedMarketPort
from exchange.rules import BelowMinNotional, check_notional, floor_to_step, limit_price
from exchange.types import PositionSide, SymbolRules
from risk.change_sets import risk_version_in_force
from risk.limits import LimitRefusal
from risk.sizing import StopBeyondLiquidation, entry_quantity, safe_leverage
from risk.what_if import WhatIf
from risk.what_if_record import packed
from signals.strategies.execution import ExecutionStyle
from signals.strategies.registry import config_of
from trading.core.exits import Exits, ExitsOnWrongSide, stop_price, take_profit_price
from trading.core.states import Purpose
from trading.models import Position
from trading.services import intents
from trading.services.blocking import block_on
from trading.services.breaker_gate import breaker_refusal
from trading.services.decision_price import middle_of
from trading.services.executions import Sending, begin_with_first, deadline_of
from trading.services.manual_limits import Limits, contract_stop, measured, size_stop
from trading.services.what_if import what_if_of
from trading.venue import ContractRules, UnknownSymbol

ENTRY_TIMEOUT = timedelta(minutes=10)
GOOD_TILL = timedelta(seconds=660)
ONE = Decimal(1)
IN_STEPS = frozenset({ExecutionStyle.LIMIT_THEN_MARKET, ExecutionStyle.TWAP})  # more than one order, by a plan


class EntryRefused(ValueError):
    """An order by hand that cannot be taken; ``field`` names what is wrong with it, empty for the whole.

    ``refusal`` is the limit in its way, None where it is none.
    """

    def __init__(self, message: str, *, field: str = "", refusal: LimitRefusal | None = None) -> None:
        super().__init__(message)
        self.field, self.refusal = field, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualEntry:
    """What a person asks for. Exactly one of ``margin`` (USDT) and ``quantity``; no ``price`` is a market order.

    ``request_key`` makes a repeated request the same order. Percentages are plain numbers. No ``style``: one order, at
    market or by limit as the price says; slices and bounds are those of the settings of orders by hand.
    """

    symbol: str
    position_side: PositionSide
    leverage: int
    stop_loss_pct: Decimal
    take_profit_pct: Decimal
    author: str
    price: Decimal | None = None
    margin: Decimal | None = None
    quantity: Decimal | None = None
    request_key: str | None = None
    style: ExecutionStyle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualPlan:
    """Numbers of an entry by hand, for showing before and for writing after the yes. USDT and base asset."""

    reference_price: Decimal
    limit: Decimal | None
    quantity: Decimal
    notional: Decimal
    leverage: int
    margin: Decimal
    stop_price: Decimal
    take_profit_price: Decimal
    loss_at_stop: Decimal


def plan_manual_entry(entry: ManualEntry, market: MarketDataPort) -> ManualPlan:
    """Every number of ``entry`` at the present price. Raises EntryRefused, ExchangeError; changes nothing."""
    rules = _rules(entry.symbol, market)
    _check_style(entry)
    limit = None if entry.price is None else limit_price(entry.price, side=entry.position_side.entry_side, rules=rules)
    reference = limit or market.ticker(entry.symbol).last_price
    stop_ratio, target_ratio = entry.stop_loss_pct / 100, entry.take_profit_pct / 100
    leverage = _leverage(entry)
    quantity = _quantity(entry, reference, leverage, rules)
    stop = stop_price(
        worst_entry_price=reference, stop_loss_ratio=stop_ratio, position_side=entry.position_side, rules=rules
    )
    target = take_profit_price(
        entry_price=reference, take_profit_ratio=target_ratio, position_side=entry.position_side, rules=rules
    )
    try:
        Exits(entry_price=reference, stop_price=stop, take_profit_price=target, position_side=entry.position_side)
    except ExitsOnWrongSide as error:
        raise EntryRefused(str(error), field="stop_loss_pct") from error
    return ManualPlan(
        reference_price=reference,
        limit=limit,
        quantity=quantity,
        notional=quantity * reference,
        leverage=leverage,
        margin=quantity * reference / leverage,
        stop_price=stop,
        take_profit_price=target,
        loss_at_stop=abs(stop - reference) * quantity,
    )


def _check_style(entry: ManualEntry) -> None:
    """A limit needs its price and a market order has none; the other styles start from the one given, or the last."""
    if entry.style is ExecutionStyle.MARKET and entry.price is not None:
        raise EntryRefused("an order at market has no price", field="price")
    if entry.style is ExecutionStyle.LIMIT and entry.price is None:
        raise EntryRefused("a limit order needs its price", field="price")


def _leverage(entry: ManualEntry) -> int:
    try:
        return safe_leverage(wanted=entry.leverage, stop_loss_ratio=entry.stop_loss_pct / 100)
    except StopBeyondLiquidation as error:
        raise EntryRefused(str(error), field="stop_loss_pct") from error


def _rules(symbol: str, market: MarketDataPort) -> SymbolRules:
    try:
        return ContractRules(market)(symbol)
    except UnknownSymbol as error:
        raise EntryRefused(f"the exchange lists no {symbol}", field="symbol") from error


def _quantity(entry: ManualEntry, price: Decimal, leverage: int, rules: SymbolRules) -> Decimal:
    if (entry.margin is None) == (entry.quantity is None):
        raise EntryRefused("give either a margin or a quantity", field="margin")
    try:
        if entry.margin is not None:
            return entry_quantity(margin=entry.margin, leverage=leverage, entry_price=price, rules=rules)
        quantity = floor_to_step(entry.quantity or Decimal(0), rules.step_size)
        check_notional(quantity=quantity, price=price, rules=rules)
    except BelowMinNotional as error:
        raise EntryRefused(str(error), field="quantity" if entry.quantity else "margin") from error
    if rules.market_max_quantity and quantity > rules.market_max_quantity:
        raise EntryRefused(f"at most {rules.market_max_quantity:f} in one order", field="quantity")
    return quantity


def request_entry(
    entry: ManualEntry, *, account: Account, market: QuotedMarketPort, now: datetime, speed: Decimal = ONE
) -> Position:
    """Write the intent of ``entry``; a worker sends it. The same request_key gives the same position again.

    The limits of the contract and of size hold as for bots. ``now`` is market time, ``speed`` its speed. Raises
    EntryRefused, ExchangeError.
    """
    known = _known(entry)
    if known is not None:
        return known
    block = block_on(account, entry.symbol)
    if block is not None:
        raise EntryRefused(f"nothing new is entered on {entry.symbol}: {block.told}", field="symbol")
    plan, rules = plan_manual_entry(entry, market), _rules(entry.symbol, market)
    limits = measured(entry.symbol, account=account, market=market, now=now, speed=speed)
    _refuse_if(contract_stop(entry.symbol, limits, market))
    reckoned = what_if_of(entry, plan, account=account, market=market)
    middle = middle_of(entry.symbol, market)
    try:
        with transaction.atomic():
            _refuse_if_limited(account, entry, plan, limits)
            position = _new_position(entry, plan, middle, account=account, now=now)
            _first_order(position, entry, plan, rules)
            _tell(position, entry, plan, reckoned)
    except IntegrityError as error:
        known = _known(entry)  # the same request may have come a moment earlier
        if known is not None:
            return known
        raise EntryRefused(f"a position or entry on {entry.symbol} exists already", field="symbol") from error
    return position


def _first_order(position: Position, entry: ManualEntry, plan: ManualPlan, rules: SymbolRules) -> None:
    """The whole entry in one order, or the plan of its style with the first of them. Raises EntryRefused."""
    now = position.created_at
    if entry.style is None or entry.style not in IN_STEPS:
        good_till = None if plan.limit is None else now + GOOD_TILL
        intents.entry(position, quantity=plan.quantity, price=plan.limit, good_till=good_till, now=now)
        return
    sending = Sending(
        purpose=Purpose.ENTRY,
        style=entry.style,
        quantity=plan.quantity,
        limit=plan.reference_price,
        reference_price=position.decision_price,
        deadline=position.entry_deadline,
        config=config_of(position.config_version),
    )
    if begin_with_first(position, sending, rules=rules, now=now) is None:
        raise EntryRefused("no order of the plan would be large enough", field="margin")


def _known(entry: ManualEntry) -> Position | None:
    return Position.objects.filter(request_key=entry.request_key).first() if entry.request_key else None


def _refuse_if_limited(account: Account, entry: ManualEntry, plan: ManualPlan, limits: Limits) -> None:
    """Breaker and limits of size hold for people too. The account's row is locked: what races is counted."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    _refuse_if(breaker_refusal(account))
    _refuse_if(
        size_stop(entry.symbol, margin=plan.margin, leverage=plan.leverage, limits=limits, bot=manual_bot(account))
    )


def _refuse_if(stopped_by: LimitRefusal | None) -> None:
    if stopped_by is not None:
        raise EntryRefused(str(stopped_by), refusal=stopped_by)


def _deadline(entry: ManualEntry, bot: Bot, *, now: datetime) -> datetime:
    style = entry.style or ExecutionStyle.LIMIT
    return deadline_of(style, config_of(bot.config_version), now=now) if style in IN_STEPS else now


def _new_position(
    entry: ManualEntry, plan: ManualPlan, middle: Decimal | None, *, account: Account, now: datetime
) -> Position:
    bot = manual_bot(account)
    return Position.objects.create(
        account=account,
        bot=bot,
        config_version=bot.config_version,
        risk_version=risk_version_in_force(bot.account),
        symbol=entry.symbol,
        direction=entry.position_side.value,
        hedge_mode=account.hedge_mode,
        leverage=plan.leverage,
        margin=round_significant(plan.margin).quantize(Decimal("0.0001")),
        worst_entry_price=plan.reference_price,
        stop_loss_ratio=entry.stop_loss_pct / 100,
        take_profit_ratio=entry.take_profit_pct / 100,
        stop_price=plan.stop_price,
        request_key=entry.request_key,
        created_at=now,
        entry_deadline=max(now + ENTRY_TIMEOUT, _deadline(entry, bot, now=now)),
        decision_price=None if middle is None else round_significant(middle),
    )


def manual_bot(account: Account) -> Bot:
    """The bot that holds an account's positions by hand; made when first needed."""
    bot, is_new = Bot.objects.get_or_create(account=account, strategy="manual", defaults={"name": f"by hand {account}"})
    if is_new:
        ConfigVersion.objects.create(bot=bot, number=1, values={}, author="desk", reason="first settings")
    return bot


def _tell(position: Position, entry: ManualEntry, plan: ManualPlan, reckoned: WhatIf) -> None:
    events.record(
        EventKind.ENTRY_INTENDED,
        at=position.created_at,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        side=entry.position_side.entry_side.value,
        quantity=plan.quantity,
        price=plan.reference_price,
        margin=position.margin,
        leverage=position.leverage,
        stop_price=position.stop_price,
        author=entry.author,
        what_if=packed(reckoned),
    )
