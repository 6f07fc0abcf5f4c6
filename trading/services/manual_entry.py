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
from exchange.types import PositionSide, Side, SymbolRules
from risk.change_sets import risk_version_in_force
from risk.limits import LimitRefusal
from risk.sizing import StopBeyondLiquidation, entry_quantity, safe_leverage
from risk.what_if import WhatIf
from risk.what_if_record import packed
from signals.strategies.base import StrategyConfig
from signals.strategies.execution import ExecutionStyle
from signals.strategies.registry import config_of
from trading.core.entry_prices import (
    IN_STEPS,
    EntryPrices,
    distance_pct,
    is_past,
    prices_at_once,
    prices_in_steps,
    venue_bound,
)
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
    """Numbers of an entry by hand, for showing before and for writing after the yes. USDT and base asset.

    The stop keeps its distance to ``reference_price``; quantity, margin and what is reckoned of them are those of
    ``sizing_price``, the most that the orders can pay by what is known. ``decision_price`` is the middle of the book,
    None where it was not read.
    """

    reference_price: Decimal
    sizing_price: Decimal
    last_price: Decimal
    decision_price: Decimal | None
    limit: Decimal | None
    quantity: Decimal
    notional: Decimal
    leverage: int
    margin: Decimal
    stop_price: Decimal
    take_profit_price: Decimal
    loss_at_stop: Decimal


def plan_manual_entry(entry: ManualEntry, market: QuotedMarketPort, *, account: Account) -> ManualPlan:
    """Every number of ``entry`` at the present price. Raises EntryRefused, ExchangeError; changes nothing."""
    rules = _rules(entry.symbol, market)
    _check_style(entry)
    limit = None if entry.price is None else limit_price(entry.price, side=entry.position_side.entry_side, rules=rules)
    last_price = market.ticker(entry.symbol).last_price
    slippage_pct = settings_by_hand(account).max_slippage_pct if entry.style in IN_STEPS else None
    if limit is not None:
        _check_limit(entry.position_side.entry_side, limit, last_price, rules, slippage_pct=slippage_pct)
    middle = None if slippage_pct is None else middle_of(entry.symbol, market)
    prices = _prices(entry.position_side, limit, last_price, middle, slippage_pct=slippage_pct)
    leverage = _leverage(entry, prices)
    quantity = _quantity(entry, prices.highest, leverage, rules)
    stop, target = _exits(entry, prices.worst, limit or last_price, rules)
    if is_past(stop, last_price=last_price, position_side=entry.position_side):
        raise EntryRefused(f"the last price {last_price:f} has passed the stop {stop:f}", field="price")
    return ManualPlan(
        reference_price=prices.worst,
        sizing_price=prices.highest,
        last_price=last_price,
        decision_price=middle,
        limit=limit,
        quantity=quantity,
        notional=quantity * prices.highest,
        leverage=leverage,
        margin=quantity * prices.highest / leverage,
        stop_price=stop,
        take_profit_price=target,
        loss_at_stop=abs(stop - prices.highest) * quantity,
    )


def settings_by_hand(account: Account) -> StrategyConfig:
    """Of orders by hand on ``account``; the usual ones before the first of them."""
    bot = Bot.objects.filter(account=account, strategy="manual").first()
    return StrategyConfig() if bot is None else config_of(bot.config_version)


def _check_limit(
    side: Side, limit: Decimal, last_price: Decimal, rules: SymbolRules, *, slippage_pct: Decimal | None
) -> None:
    """In steps, which ``slippage_pct`` tells, orders fill about the market, so that the limit must lie there too.

    Else the venue's band holds for what fills at once, and what waits lies where it likes. Raises EntryRefused.
    """
    if slippage_pct is not None:
        apart = distance_pct(limit, last_price)
        if apart > slippage_pct:
            raise EntryRefused(
                f"the limit {limit:f} lies {apart:.1f} % from the last price {last_price:f}; "
                f"for an order in steps at most {slippage_pct:f} %",
                field="price",
            )
        return
    bound = venue_bound(last_price=last_price, side=side, rules=rules)
    if bound is not None and (limit > bound if side is Side.BUY else limit < bound):
        raise EntryRefused(
            f"the limit {limit:f} lies beyond {bound:f}, the worst the exchange takes at the last price {last_price:f}",
            field="price",
        )


def _prices(
    side: PositionSide,
    limit: Decimal | None,
    last_price: Decimal,
    middle: Decimal | None,
    *,
    slippage_pct: Decimal | None,
) -> EntryPrices:
    if slippage_pct is None:
        return prices_at_once(limit=limit, last_price=last_price, position_side=side)
    return prices_in_steps(
        limit=limit or last_price,
        last_price=last_price,
        middle=middle,
        position_side=side,
        max_slippage_pct=slippage_pct,
    )


def _exits(entry: ManualEntry, worst: Decimal, at: Decimal, rules: SymbolRules) -> tuple[Decimal, Decimal]:
    """Stop and take-profit, each on its side of every price that is known to fill. Raises EntryRefused."""
    side = entry.position_side
    stop = stop_price(
        worst_entry_price=worst, stop_loss_ratio=entry.stop_loss_pct / 100, position_side=side, rules=rules
    )
    target = take_profit_price(
        entry_price=worst, take_profit_ratio=entry.take_profit_pct / 100, position_side=side, rules=rules
    )
    try:
        for price in (worst, at):
            Exits(entry_price=price, stop_price=stop, take_profit_price=target, position_side=side)
    except ExitsOnWrongSide as error:
        raise EntryRefused(str(error), field="stop_loss_pct") from error
    return stop, target


def _check_style(entry: ManualEntry) -> None:
    """A limit needs its price and a market order has none; the other styles start from the one given, or the last."""
    if entry.style is ExecutionStyle.MARKET and entry.price is not None:
        raise EntryRefused("an order at market has no price", field="price")
    if entry.style is ExecutionStyle.LIMIT and entry.price is None:
        raise EntryRefused("a limit order needs its price", field="price")


def _leverage(entry: ManualEntry, prices: EntryPrices) -> int:
    """What keeps the stop well before liquidation even where all fills at the worst price allowed."""
    try:
        return safe_leverage(wanted=entry.leverage, stop_loss_ratio=prices.distance(entry.stop_loss_pct / 100))
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
    plan, rules = plan_manual_entry(entry, market, account=account), _rules(entry.symbol, market)
    limits = measured(entry.symbol, account=account, market=market, now=now, speed=speed)
    _refuse_if(contract_stop(entry.symbol, limits, market))
    reckoned = what_if_of(entry, plan, account=account, market=market)
    middle = plan.decision_price or middle_of(entry.symbol, market)
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
        limit=plan.limit or plan.last_price,
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
