"""A contract that stops trading: its orders expire and its positions are settled at the mean of its last half hour."""

from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.forced import cover_shortfall, force_close
from exchange.paper.core.positions import MONEY_GRID
from exchange.paper.core.settlement import Expiry, end_algo, end_order, sweep
from exchange.paper.core.state import State
from exchange.types import VenueStatus

HALF_HOUR_MS = 30 * 60_000


def closing_ms(state: State, symbol: str, until_ms: int) -> int:
    """When a symbol that is gone by ``until_ms`` settles: as announced, or then."""
    announced = state.venue.symbol_info(symbol, until_ms).get("deliveryDate", until_ms)
    return max(state.now_ms, min(int(announced), until_ms))


def settle_symbol(state: State, symbol: str) -> None:
    """End everything the accounts have on a symbol, now."""
    price = settlement_price(state, symbol)
    for account in state.accounts.values():
        _settle(state, account, symbol, price=price)


def settlement_price(state: State, symbol: str) -> Decimal:
    """Mean of the minutes' closes of the last half hour, or the last price where there are none."""
    bars = state.venue.bars(symbol, "1m", state.now_ms - HALF_HOUR_MS, state.now_ms - 1, state.now_ms)
    if not bars:
        return state.last_price(symbol)
    return (sum((bar.close for bar in bars), Decimal(0)) / len(bars)).quantize(MONEY_GRID)


def _settle(state: State, account: Account, symbol: str, *, price: Decimal) -> None:
    for order in account.orders_on(symbol):
        end_order(state, account, order, VenueStatus.EXPIRED, reason=Expiry.DELISTING)
    for leg in [leg for leg in account.legs(symbol) if leg.quantity]:
        client_id = f"settlement_autoclose-{state.numbers.next_transaction()}"
        force_close(state, account, leg, quantity=abs(leg.quantity), price=price, client_order_id=client_id)
    sweep(state, account, symbol)
    for algo in account.algos_on(symbol):
        end_algo(state, account, algo, VenueStatus.EXPIRED)
    cover_shortfall(state, account)
