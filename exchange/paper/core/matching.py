"""How time passes: resting orders meet the price path, conditional orders fire, good-till dates run out."""

import heapq
from collections.abc import Iterable, Iterator
from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.conditional import fire
from exchange.paper.core.market import PricePoint
from exchange.paper.core.orders import AlgoOrder, Order
from exchange.paper.core.settlement import end_order, fill_order, sweep
from exchange.paper.core.state import State
from exchange.rules import floor_to_step
from exchange.types import Side, VenueStatus

NEVER_MS = 2**63


def advance(state: State, to_ms: int) -> None:
    """Walk the paths of the symbols with open orders up to ``to_ms``. In which steps it is called changes nothing.

    A position alone needs no walk: its value follows from the last price.
    """
    if to_ms < state.now_ms:
        raise ValueError(f"time cannot run backward: {to_ms} < {state.now_ms}")
    horizon = _Horizon(state)
    for point, symbol in _merged_paths(state, to_ms):
        if point.at_ms >= horizon.next_expiry_ms():
            _expire(state, point.at_ms)
        if not horizon.is_quiet(symbol, point.price):
            state.now_ms = point.at_ms
            _meet(state, symbol, point)
    _expire(state, to_ms)
    state.now_ms = to_ms


class _Horizon:
    """What the open orders wait for: prices between which nothing happens, and the next good-till date.

    Worked out once and again after each change of state, because most points of a path touch nothing.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._records = -1
        self._bands: dict[str, tuple[Decimal, Decimal]] = {}
        self._next_expiry_ms = 0

    def is_quiet(self, symbol: str, price: Decimal) -> bool:
        self._refresh()
        if symbol not in self._bands:
            self._bands[symbol] = self._band(symbol)
        low, high = self._bands[symbol]
        return low < price < high

    def next_expiry_ms(self) -> int:
        self._refresh()
        return self._next_expiry_ms

    def _refresh(self) -> None:
        if self._records == len(self._state.records):
            return
        self._records = len(self._state.records)
        self._bands.clear()
        books = [account.open_orders for account in self._state.accounts.values()]
        dates = [order.good_till_ms for book in books for order in book.values() if order.good_till_ms]
        self._next_expiry_ms = min(dates, default=NEVER_MS)

    def _band(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Highest price that a fall and lowest that a rise must reach for something to happen."""
        accounts = self._state.accounts.values()
        waiting = [(o.side is Side.SELL, o.price) for a in accounts for o in a.orders_on(symbol)]
        waiting += [(algo.fires_upward, algo.trigger_price) for a in accounts for algo in a.algos_on(symbol)]
        low = max((price for upward, price in waiting if not upward), default=Decimal("-Infinity"))
        high = min((price for upward, price in waiting if upward), default=Decimal("Infinity"))
        return low, high


def is_reached(order: Order, price: Decimal) -> bool:
    """Whether a trade at ``price`` is at or through a resting limit order."""
    return price <= order.price if order.side is Side.BUY else price >= order.price


def _merged_paths(state: State, to_ms: int) -> Iterator[tuple[PricePoint, str]]:
    """Points of all symbols with open orders, by time, then by symbol."""
    if to_ms == state.now_ms:
        return iter(())
    books = [book for account in state.accounts.values() for book in (account.open_orders, account.open_algos)]
    symbols = sorted({order.symbol for book in books for order in book.values()})
    paths = [_tagged(state.venue.path(symbol, state.now_ms, to_ms), symbol) for symbol in symbols]
    return heapq.merge(*paths, key=lambda tagged: (tagged[0].at_ms, tagged[1]))


def _tagged(path: Iterable[PricePoint], symbol: str) -> Iterator[tuple[PricePoint, str]]:
    return ((point, symbol) for point in path)


def _meet(state: State, symbol: str, point: PricePoint) -> None:
    """One trade of the market: it fills resting orders with its quantity, oldest first, then fires what it triggers."""
    reached = [(account, order) for account, order in _orders_on(state, symbol) if is_reached(order, point.price)]
    if reached:
        _share(state, reached, quantity=floor_to_step(point.quantity, state.instrument(symbol).rules.step_size))
    for account, algo in _algos_on(state, symbol):
        if algo.is_open and algo.is_met(point.price):
            fire(state, account, algo)


def _share(state: State, reached: list[tuple[Account, Order]], *, quantity: Decimal) -> None:
    for account, order in reached:
        if quantity and order.is_open:
            quantity -= _fill_resting(state, account, order, at_most=quantity)


def _orders_on(state: State, symbol: str) -> list[tuple[Account, Order]]:
    found = [(account, order) for account in state.accounts.values() for order in account.orders_on(symbol)]
    return sorted(found, key=lambda owned: owned[1].order_id)


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
    return quantity


def _expire(state: State, until_ms: int) -> None:
    """End the GTD orders whose time has come, each at its own time."""
    due = [
        (account, order)
        for account in state.accounts.values()
        for order in account.open_orders.values()
        if 0 < order.good_till_ms <= until_ms
    ]
    for account, order in sorted(due, key=lambda owned: (owned[1].good_till_ms, owned[1].order_id)):
        state.now_ms = order.good_till_ms
        end_order(state, account, order, VenueStatus.EXPIRED)
