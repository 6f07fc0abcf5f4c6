"""How time passes: resting orders meet the price path, conditional orders fire, positions are watched, timers run."""

import heapq
from collections.abc import Iterable, Iterator
from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.conditional import look_at
from exchange.paper.core.forced import cover_shortfall
from exchange.paper.core.horizon import Horizon
from exchange.paper.core.liquidation import watch
from exchange.paper.core.market import PricePoint
from exchange.paper.core.orders import AlgoOrder, Order
from exchange.paper.core.settlement import fill_order, sweep
from exchange.paper.core.state import State
from exchange.paper.core.timers import active_symbols, next_timer
from exchange.rules import floor_to_step
from exchange.types import Side


def advance(state: State, to_ms: int, horizon: Horizon) -> None:
    """Walk the paths of the symbols with positions or open orders up to ``to_ms``.

    In which steps it is called changes nothing: all that happens happens at a trade of the path or at its own time.
    ``horizon`` must be new after each command and may be kept otherwise.
    """
    if to_ms < state.now_ms:
        raise ValueError(f"time cannot run backward: {to_ms} < {state.now_ms}")
    if to_ms == state.now_ms:
        return
    horizon.look_ahead(to_ms)
    for point, symbol in _merged_paths(state, to_ms):
        if point.at_ms >= horizon.next_ms:
            _run_timers(state, point.at_ms, horizon)
        state.now_ms = point.at_ms
        if not horizon.is_quiet(symbol, point.price):
            _meet(state, symbol, point)
            horizon.renew()
    if to_ms >= horizon.next_ms:
        _run_timers(state, to_ms, horizon)
    state.now_ms = state.funded_ms = to_ms


def is_reached(order: Order, price: Decimal) -> bool:
    """Whether a trade at ``price`` is at or through a resting limit order."""
    return price <= order.price if order.side is Side.BUY else price >= order.price


def _run_timers(state: State, until_ms: int, horizon: Horizon) -> None:
    while (timer := next_timer(state, until_ms)) is not None:
        state.now_ms = max(state.now_ms, timer.at_ms)
        timer.run()
    horizon.renew()
    horizon.look_ahead(until_ms)


def _merged_paths(state: State, to_ms: int) -> Iterator[tuple[PricePoint, str]]:
    """Points of all active symbols, by time, then by symbol."""
    symbols = sorted(active_symbols(state))
    paths = [_tagged(state.venue.path(symbol, state.now_ms, to_ms), symbol) for symbol in symbols]
    return heapq.merge(*paths, key=lambda tagged: (tagged[0].at_ms, tagged[1]))


def _tagged(path: Iterable[PricePoint], symbol: str) -> Iterator[tuple[PricePoint, str]]:
    return ((point, symbol) for point in path)


def _meet(state: State, symbol: str, point: PricePoint) -> None:
    """One trade of the market: it fills resting orders with its quantity, fires what it triggers, and moves margins."""
    reached = [(account, order) for account, order in _orders_on(state, symbol) if is_reached(order, point.price)]
    if reached:
        _share(state, reached, quantity=floor_to_step(point.quantity, state.instrument(symbol).rules.step_size))
    for account, algo in _algos_on(state, symbol):
        if algo.is_open:
            look_at(state, account, algo)
    for account in state.accounts.values():
        if any(account.held()):
            watch(state, account)


def _share(state: State, reached: list[tuple[Account, Order]], *, quantity: Decimal) -> None:
    for account, order in reached:
        if quantity and order.is_open:
            quantity -= _fill_resting(state, account, order, at_most=quantity)


def _orders_on(state: State, symbol: str) -> list[tuple[Account, Order]]:
    """Resting orders, the better price first, then the earlier."""
    found = [(account, order) for account in state.accounts.values() for order in account.orders_on(symbol)]
    return sorted(found, key=lambda owned: _priority(owned[1]))


def _priority(order: Order) -> tuple[Decimal, int]:
    return (-order.price if order.side is Side.BUY else order.price), order.queue


def _algos_on(state: State, symbol: str) -> list[tuple[Account, AlgoOrder]]:
    found = [(account, algo) for account in state.accounts.values() for algo in account.algos_on(symbol)]
    return sorted(found, key=lambda owned: owned[1].algo_id)


def _fill_resting(state: State, account: Account, order: Order, *, at_most: Decimal) -> Decimal:
    """Fill a resting order as maker at its own price and return how much, base asset."""
    quantity = min(order.remaining, at_most)
    if order.is_close_only:
        quantity = min(quantity, account.position(order.symbol, order.position_side).closable(order.side))
    fill_order(state, account, order, quantity=quantity, price=order.price, is_maker=True)
    sweep(state, account, order.symbol)
    cover_shortfall(state, account)
    return quantity
