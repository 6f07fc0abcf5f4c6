"""What an account is worth and what it may still use, from its positions at the mark price.

In multi-assets mode other assets count as cross margin, at their price less a haircut of 5 %.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.ledger import USDT
from exchange.paper.core.margin import Leg, exposure, liquidation_price, maintenance_margin
from exchange.paper.core.orders import Order
from exchange.paper.core.positions import MONEY_GRID, Position
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.types import PositionSide, Side

ZERO = Decimal(0)
HAIRCUT = Decimal("0.05")
STABLE = frozenset({"USDT", "USDC", "FDUSD", "BFUSD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFigures:
    """One leg at the mark price, USDT; ``notional`` is signed, bid and ask notional those of opening orders."""

    mark: Decimal
    notional: Decimal
    unrealized: Decimal
    position_margin: Decimal
    order_margin: Decimal
    maintenance: Decimal
    bid_notional: Decimal
    ask_notional: Decimal

    @property
    def initial_margin(self) -> Decimal:
        return self.position_margin + self.order_margin


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """USDT figures of an account; ``collateral`` is the worth of other assets that counts as margin."""

    wallet: Decimal
    unrealized: Decimal
    position_margin: Decimal
    order_margin: Decimal
    maintenance: Decimal
    cross_wallet: Decimal
    cross_unrealized: Decimal
    collateral: Decimal
    available: Decimal
    withdrawable: Decimal

    @property
    def margin(self) -> Decimal:
        return self.wallet + self.collateral + self.unrealized

    @property
    def initial_margin(self) -> Decimal:
        return self.position_margin + self.order_margin


def figures(
    state: State, account: Account, position: Position, *, extra: Iterable[Order] = (), without: Order | None = None
) -> PositionFigures:
    """Figures of one leg; ``extra`` orders count as if they were open already, ``without`` as if it were gone."""
    symbol, leverage = position.symbol, state.setting(account, position.symbol).leverage
    mark = state.mark_price(symbol)
    opening = [
        order
        for order in (*account.orders_on(symbol), *extra)
        if order is not without and order.position_side is position.position_side and not order.is_close_only
    ]
    bids = _notional(order for order in opening if order.side is Side.BUY)
    asks = _notional(order for order in opening if order.side is Side.SELL)
    notional = position.quantity * mark
    position_margin = _money(abs(notional) / leverage)
    with_orders = _money(exposure(position=notional, bids=bids, asks=asks) / leverage)
    return PositionFigures(
        mark=mark,
        notional=notional,
        unrealized=position.unrealized(mark),
        position_margin=position_margin,
        order_margin=max(ZERO, with_orders - position_margin),
        maintenance=_money(maintenance_margin(state.brackets(symbol), abs(notional))),
        bid_notional=bids,
        ask_notional=asks,
    )


def all_figures(state: State, account: Account) -> list[tuple[Position, PositionFigures]]:
    """Figures of every leg that is held or has open orders."""
    keys = {(p.symbol, p.position_side) for p in account.held()}
    keys |= {(order.symbol, order.position_side) for order in account.open_orders.values()}
    legs = [account.position(symbol, side) for symbol, side in sorted(keys)]
    return [(leg, figures(state, account, leg)) for leg in legs]


def balances(state: State, account: Account) -> Balances:
    rows = all_figures(state, account)
    crossed = [(leg, row) for leg, row in rows if not state.setting(account, leg.symbol).is_isolated]
    cross_wallet = account.ledger.wallet_balance - account.isolated_wallets()
    pledged = collateral(state, account)
    cross_unrealized = sum((row.unrealized for _, row in crossed), ZERO)
    order_margin = sum((row.order_margin for _, row in rows), ZERO)
    used = sum((row.position_margin for _, row in crossed), ZERO) + order_margin
    available = max(ZERO, cross_wallet + pledged + cross_unrealized - used)
    return Balances(
        wallet=account.ledger.wallet_balance,
        unrealized=sum((row.unrealized for _, row in rows), ZERO),
        position_margin=sum((row.position_margin for _, row in rows), ZERO),
        order_margin=order_margin,
        maintenance=sum((row.maintenance for _, row in rows), ZERO),
        cross_wallet=cross_wallet,
        cross_unrealized=cross_unrealized,
        collateral=pledged,
        available=available,
        withdrawable=max(ZERO, min(available, cross_wallet - used)),
    )


def collateral(state: State, account: Account) -> Decimal:
    """What assets other than USDT add to the cross margin, USDT; nothing in single-asset mode."""
    if not account.multi_assets:
        return ZERO
    others = (asset for asset in account.ledger.assets() if asset != USDT)
    return sum((_money(account.ledger.balance(asset) * bid_rate(state, asset)) for asset in others), ZERO)


def bid_rate(state: State, asset: str) -> Decimal:
    """USDT that one unit of an asset counts for as margin; 0 without a contract that prices it."""
    if asset in STABLE:
        return Decimal(1)
    try:
        return state.index_price(f"{asset}USDT") * (1 - HAIRCUT)
    except VenueError:
        return ZERO


def position_liquidation_price(state: State, account: Account, position: Position) -> Decimal:
    """Liquidation price of a leg, 0 when there is none."""
    brackets = state.brackets(position.symbol)
    if state.setting(account, position.symbol).is_isolated:
        return liquidation_price(
            wallet=position.isolated_wallet,
            other_maintenance=ZERO,
            other_unrealized=ZERO,
            legs=[_leg(position)],
            brackets=brackets,
        )
    others = [
        (leg, row)
        for leg, row in all_figures(state, account)
        if leg.symbol != position.symbol and not state.setting(account, leg.symbol).is_isolated
    ]
    return liquidation_price(
        wallet=account.ledger.wallet_balance - account.isolated_wallets() + collateral(state, account),
        other_maintenance=sum((row.maintenance for _, row in others), ZERO),
        other_unrealized=sum((row.unrealized for _, row in others), ZERO),
        legs=[_leg(leg) for leg in account.legs(position.symbol)],
        brackets=brackets,
    )


def sides_shown(account: Account) -> tuple[PositionSide, ...]:
    """The legs the venue lists for a symbol in the account's mode."""
    return (PositionSide.LONG, PositionSide.SHORT) if account.hedge_mode else (PositionSide.BOTH,)


def _leg(position: Position) -> Leg:
    return Leg(position.position_side, position.quantity, position.entry_price)


def _notional(orders: Iterable[Order]) -> Decimal:
    return sum((order.remaining * order.price for order in orders), ZERO)


def _money(value: Decimal) -> Decimal:
    return value.quantize(MONEY_GRID)
