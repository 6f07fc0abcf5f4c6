"""Margin pools, their margin calls, and liquidation when a pool's margin is used up."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.balances import PositionFigures, collateral, figures
from exchange.paper.core.book import levels, take
from exchange.paper.core.forced import cover_shortfall, exchange_assets, force_close, insurance_clear
from exchange.paper.core.margin import bracket_at
from exchange.paper.core.positions import MONEY_GRID, Position
from exchange.paper.core.settlement import Expiry, end_order, sweep
from exchange.paper.core.state import State
from exchange.rules import ceil_to_step, floor_to_step, plain
from exchange.types import Side, VenueStatus

ZERO = Decimal(0)
CALL_RATIO = Decimal("0.8")  # margin call when the maintenance margin is this share of the margin balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Positions that share their margin, USDT; ``key`` is empty for the cross pool, else the isolated leg's."""

    key: str
    rows: list[tuple[Position, PositionFigures]]
    margin: Decimal
    maintenance: Decimal

    @property
    def is_used_up(self) -> bool:
        return self.margin <= self.maintenance

    @property
    def is_short(self) -> bool:
        return self.maintenance >= self.margin * CALL_RATIO

    @property
    def slack(self) -> Decimal:
        """USDT that margin less maintenance may change before anything happens to the pool."""
        return min(abs(self.margin - self.maintenance), abs(self.margin * CALL_RATIO - self.maintenance))


def pools(state: State, account: Account) -> Iterator[Pool]:
    """The margin pools with positions, the cross one first."""
    rows = [(leg, figures(state, account, leg)) for leg in account.held()]
    crossed = [pair for pair in rows if not state.setting(account, pair[0].symbol).is_isolated]
    if crossed:
        wallet = account.ledger.wallet_balance - account.isolated_wallets() + collateral(state, account)
        yield _pool("", crossed, wallet)
    for leg, row in rows:
        if state.setting(account, leg.symbol).is_isolated:
            yield _pool(f"{leg.symbol} {leg.position_side}", [(leg, row)], leg.isolated_wallet)


def watch(state: State, account: Account) -> None:
    """Liquidate the pools that are used up and warn, once each time, those that soon will be."""
    found = list(pools(state, account))
    account.warned &= {pool.key for pool in found}
    for pool in found:
        if pool.is_used_up:
            liquidate(state, account, pool)
        elif not pool.is_short:
            account.warned.discard(pool.key)
        elif pool.key not in account.warned:
            account.warned.add(pool.key)
            state.emit(account, "MARGIN_CALL", _margin_call(state, account, pool))


def liquidate(state: State, account: Account, pool: Pool) -> None:
    """Close positions of the pool, no worse than at its bankruptcy price; the wallet cannot end below 0.

    All of them, or where the terms say so tier by tier until the margin suffices.
    """
    symbols = sorted({leg.symbol for leg, _ in pool.rows})
    for order in list(account.open_orders.values()):
        if not pool.key or order.symbol in symbols:
            end_order(state, account, order, VenueStatus.EXPIRED, reason=Expiry.LIQUIDATION)
    if state.terms.liquidates_by_tier:
        _close_by_tier(state, account, pool)
    else:
        _close_all(state, account, pool)
    for symbol in symbols:
        sweep(state, account, symbol)
    cover_shortfall(state, account)


def _close_all(state: State, account: Account, pool: Pool) -> None:
    left, fees = pool.margin, ZERO
    for leg, row in sorted(pool.rows, key=lambda pair: pair[1].unrealized):
        left, fee = _close(state, account, leg, row, quantity=abs(leg.quantity), margin=left)
        fees += fee
    _clear(state, account, pool, left=left, fees=fees)


def _close_by_tier(state: State, account: Account, pool: Pool) -> None:
    """Each time the position that lost most, down to the floor of its bracket; the smallest bracket as a whole."""
    rest: Pool | None = pool
    while rest is not None and rest.is_used_up:
        leg, row = min(rest.rows, key=lambda pair: (pair[1].unrealized, pair[0].symbol))
        quantity, held = _above_floor(state, leg, row), abs(leg.quantity)
        left, fees = _close(state, account, leg, row, quantity=quantity, margin=rest.margin)
        kept = next((found for found in pools(state, account) if found.key == pool.key), None)
        if pool.key and kept is not None:
            left -= rest.margin * (held - quantity) / held  # the rest of an isolated leg keeps its part
        if kept is None or pool.key:
            _clear(state, account, rest, left=left.quantize(MONEY_GRID), fees=fees)
        else:
            insurance_clear(state, account, symbol=leg.symbol, amount=-min(fees, max(ZERO, left)))
        rest = next((found for found in pools(state, account) if found.key == pool.key), None)


def _above_floor(state: State, leg: Position, row: PositionFigures) -> Decimal:
    """Quantity that exceeds the floor of the position's bracket, all of it where little would stay."""
    held = abs(leg.quantity)
    floor = bracket_at(state.brackets(leg.symbol), abs(row.notional)).notional_floor
    rules = state.instrument(leg.symbol).rules
    kept = floor_to_step(floor / row.mark, rules.step_size)
    return held - kept if rules.min_quantity <= kept < held else held


def _clear(state: State, account: Account, pool: Pool, *, left: Decimal, fees: Decimal) -> None:
    """The insurance fund takes its fee of what is left, or adds what is missing."""
    if not pool.key:
        exchange_assets(state, account)
        left = account.ledger.wallet_balance - account.isolated_wallets()
    insurance_clear(state, account, symbol=min(leg.symbol for leg, _ in pool.rows), amount=-min(fees, left))


def _close(
    state: State, account: Account, leg: Position, row: PositionFigures, *, quantity: Decimal, margin: Decimal
) -> tuple[Decimal, Decimal]:
    """Close a position or a part; the margin that is left at mark prices, and the clearance fee it owes, USDT."""
    signed = quantity if leg.quantity > 0 else -quantity
    price = _closing_price(state, leg, quantity=quantity, mark=row.mark, margin=margin)
    number = state.numbers.next_transaction()
    fill = force_close(state, account, leg, quantity=quantity, price=price, client_order_id=f"autoclose-{number}")
    fee = state.instrument(leg.symbol).liquidation_fee * quantity * price
    return margin + signed * (price - row.mark) - fill.commission, fee.quantize(MONEY_GRID)


def _closing_price(state: State, leg: Position, *, quantity: Decimal, mark: Decimal, margin: Decimal) -> Decimal:
    """What the book pays on average, or the bankruptcy price if that is better for the account; on the tick."""
    side = Side.SELL if leg.quantity > 0 else Side.BUY
    tick = state.instrument(leg.symbol).rules.tick_size
    offered, bankrupt = _average_price(state, leg.symbol, side, quantity), mark - margin / leg.quantity
    if side is Side.SELL:
        return max(tick, ceil_to_step(max(offered, bankrupt), tick))
    return max(tick, floor_to_step(min(offered, bankrupt), tick))


def _average_price(state: State, symbol: str, side: Side, quantity: Decimal) -> Decimal:
    """Average price of ``quantity``, taken from the book; what is beyond its last level trades there."""
    left, paid, price = quantity, ZERO, ZERO
    for level in levels(state, symbol, side):
        price, taken = level.price, min(left, level.quantity)
        take(state, symbol, side, price=price, quantity=taken)
        left, paid = left - taken, paid + taken * price
        if not left:
            break
    return (paid + left * price) / quantity


def _pool(key: str, rows: list[tuple[Position, PositionFigures]], wallet: Decimal) -> Pool:
    unrealized = sum((row.unrealized for _, row in rows), ZERO)
    maintenance = sum((row.maintenance for _, row in rows), ZERO)
    return Pool(key=key, rows=rows, margin=wallet + unrealized, maintenance=maintenance)


def _margin_call(state: State, account: Account, pool: Pool) -> dict[str, object]:
    kind = "ISOLATED" if pool.key else "CROSSED"
    rows = [
        {
            "s": leg.symbol, "ps": leg.position_side, "pa": plain(leg.quantity), "mt": kind,
            "iw": plain(leg.isolated_wallet), "mp": plain(row.mark), "up": plain(row.unrealized),
            "mm": plain(row.maintenance),
        }
        for leg, row in pool.rows
    ]  # fmt: skip
    crossed = {} if pool.key else {"cw": plain(account.ledger.wallet_balance - account.isolated_wallets())}
    return crossed | {"p": rows}
