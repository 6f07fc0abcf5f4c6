"""What the venue checks before it accepts an order, each with its own refusal. Nothing here changes state."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.balances import balances, figures
from exchange.paper.core.kinds import OrderType
from exchange.paper.core.margin import exposure, maximum_notional
from exchange.paper.core.orders import Order
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.paper.core.venue import Instrument, Quote
from exchange.rules import plain
from exchange.types import PositionSide, Side

ZERO = Decimal(0)
MARKET_BUY_RATIO = Decimal("1.0005")  # the venue assumes a market buy a little above the ask
CONTROLLED_SIDES = {"BUY": Side.BUY, "LONG": Side.BUY, "SELL": Side.SELL, "SHORT": Side.SELL}
SHORT_PRICE_RATIO = Decimal("1.0015")  # and a market sell a little above the bid


def check_position_side(account: Account, position_side: PositionSide) -> None:
    """BOTH in one-way mode, LONG or SHORT in hedge mode (-4061)."""
    if account.hedge_mode == (position_side is PositionSide.BOTH):
        raise VenueError(-4061)


def check_quantity(instrument: Instrument, quantity: Decimal, *, is_market: bool) -> None:
    """LOT_SIZE, or MARKET_LOT_SIZE for market types."""
    rules = instrument.rules
    maximum = rules.market_max_quantity if is_market else rules.max_quantity
    step = rules.market_step_size if is_market else rules.step_size
    if quantity <= 0:
        raise VenueError(-4003)
    if _decimals(quantity) > instrument.quantity_precision:
        raise VenueError(-1111)
    if quantity < rules.min_quantity:
        raise VenueError(-4004)
    if maximum and quantity > maximum:
        raise VenueError(-4005)
    if step and (quantity - rules.min_quantity) % step:
        raise VenueError(-4023)


def check_price(instrument: Instrument, price: Decimal) -> None:
    """PRICE_FILTER."""
    rules = instrument.rules
    if _decimals(price) > instrument.price_precision:
        raise VenueError(-1111)
    if price <= 0 or price < rules.min_price:
        raise VenueError(-4013)
    if rules.max_price and price > rules.max_price:
        raise VenueError(-4002)
    if rules.tick_size and (price - rules.min_price) % rules.tick_size:
        raise VenueError(-4014)


def check_price_band(instrument: Instrument, price: Decimal, *, side: Side, mark: Decimal) -> None:
    """PERCENT_PRICE: buys not too far above the mark price, sells not too far below."""
    highest, lowest = mark * instrument.price_ceiling_ratio, mark * instrument.price_floor_ratio
    if side is Side.BUY and highest and price > highest:
        raise VenueError(-4016, plain(highest))
    if side is Side.SELL and price < lowest:
        raise VenueError(-4024, plain(lowest))


def check_limit_near_trigger(instrument: Instrument, price: Decimal, *, side: Side, trigger: Decimal) -> None:
    """PERCENT_PRICE about the trigger price: what a conditional order may pay above it or take below it."""
    highest, lowest = trigger * instrument.price_ceiling_ratio, trigger * instrument.price_floor_ratio
    if side is Side.BUY and highest and price > highest:
        raise VenueError(-4183, plain(highest))
    if side is Side.SELL and price < lowest:
        raise VenueError(-4184, plain(lowest))


def check_notional(instrument: Instrument, notional: Decimal) -> None:
    if notional < instrument.rules.min_notional:
        raise VenueError(-4164, plain(instrument.rules.min_notional))


def reducible_quantity(account: Account, order: Order) -> Decimal:
    """How much of a close-only order may stand, base asset.

    Raises -2022 without a position to close, -4118 when resting close-only orders cover it already. A reduce-only
    order that is too large is cut; in hedge mode, where that does not exist, it is refused (-2022).
    """
    held = account.position(order.symbol, order.position_side).closable(order.side)
    if not held:
        raise VenueError(-2022)
    free = held - _resting_closes(account.orders_on(order.symbol), order)
    if free <= 0:
        raise VenueError(-4118)
    if not order.reduce_only and order.quantity > free:
        raise VenueError(-2022)
    return min(order.quantity, free)


def check_reducible(account: Account, order: Order, *, besides: Order) -> None:
    """Refuse a modified close-only order larger than the position leaves room for (-2022)."""
    held = account.position(order.symbol, order.position_side).closable(order.side)
    others = (other for other in account.orders_on(order.symbol) if other is not besides)
    if order.remaining > held - _resting_closes(others, order):
        raise VenueError(-2022)


def check_count(state: State, account: Account, symbol: str) -> None:
    """MAX_NUM_ORDERS of a symbol (-2025)."""
    standing = len(account.orders_on(symbol))
    if state.terms.counts_algos_as_orders:
        standing += len(account.algos_on(symbol))
    if standing >= state.instrument(symbol).max_open_orders:
        raise VenueError(-2025)


def check_opening(state: State, order: Order, *, opening: Decimal) -> None:
    """Refuse to open ``opening``, base asset, where a contract is past trading (-4140) or only reduces (-4105..-4107).

    POSITION_RISK_CONTROL documents NONE alone; LONG or BUY, SHORT or SELL are read as the side that may not open, and
    any other value as both.
    """
    if not opening:
        return
    row = state.venue.symbol_info(order.symbol, state.now_ms)
    if row.get("status", "TRADING") != "TRADING":
        raise VenueError(-4140)
    controls = (entry for entry in row["filters"] if entry["filterType"] == "POSITION_RISK_CONTROL")
    controlled = next((entry["positionControlSide"] for entry in controls), "NONE")
    if controlled == "NONE":
        return
    side = CONTROLLED_SIDES.get(controlled)
    if side is None:
        raise VenueError(-4105)
    if side is order.side:
        raise VenueError(-4106 if side is Side.BUY else -4107)


def check_margin(
    state: State, account: Account, order: Order, *, quote: Quote, instead_of: Order | None = None
) -> None:
    """Refuse what may not open (-4105..-4107, -4140) and what the account cannot carry: -2027, -2019.

    The former names the position limit of the leverage, the latter the free margin.
    ``instead_of`` is an open order that the new one replaces.
    """
    leg = account.position(order.symbol, order.position_side)
    opening = max(ZERO, order.remaining - leg.closable(order.side))
    check_opening(state, order, opening=opening)
    priced = replace(order, price=_assumed_price(order, quote))
    before = figures(state, account, leg)
    after = figures(state, account, leg, extra=[priced], without=instead_of)
    reach = exposure(position=after.notional, bids=after.bid_notional, asks=after.ask_notional)
    now = exposure(position=before.notional, bids=before.bid_notional, asks=before.ask_notional)
    setting = state.setting(account, order.symbol)
    if reach > now and reach > maximum_notional(state.brackets(order.symbol), setting.leverage):
        raise VenueError(-2027)
    adverse = priced.price - before.mark if order.side is Side.BUY else before.mark - priced.price
    cost = after.initial_margin - before.initial_margin + opening * max(ZERO, adverse)
    if cost > 0 and cost > balances(state, account).available:
        raise VenueError(-2019)


def _assumed_price(order: Order, quote: Quote) -> Decimal:
    if order.order_type is OrderType.LIMIT:
        return order.price if order.side is Side.BUY else max(order.price, quote.bid)
    return quote.ask * MARKET_BUY_RATIO if order.side is Side.BUY else quote.bid * SHORT_PRICE_RATIO


def _resting_closes(orders: Iterable[Order], order: Order) -> Decimal:
    resting = (o for o in orders if o.is_close_only and o.side is order.side and o.position_side is order.position_side)
    return sum((o.remaining for o in resting), ZERO)


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
