"""What happens at a known time: good-till dates, countdowns, funding and settlements, each at its own moment."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from exchange.paper.core.accounts import Account
from exchange.paper.core.delisting import closing_ms, settle_symbol
from exchange.paper.core.funding import settle_funding
from exchange.paper.core.orders import AlgoOrder, Order
from exchange.paper.core.settlement import end_algo, end_order
from exchange.paper.core.state import State
from exchange.paper.core.trading import cancel_on
from exchange.types import VenueStatus


class Timer(NamedTuple):
    """``rank`` orders what is due in the same millisecond."""

    at_ms: int
    rank: tuple[int, int, str]
    run: Callable[[], None]


def next_timer(state: State, until_ms: int) -> Timer | None:
    """The first thing due at or before ``until_ms``."""
    due = [timer for timer in (*known_timers(state), *closings(state, until_ms)) if timer.at_ms <= until_ms]
    return min(due, key=lambda timer: timer[:2], default=None)


def held_symbols(state: State) -> set[str]:
    return {leg.symbol for account in state.accounts.values() for leg in account.held()}


def active_symbols(state: State) -> set[str]:
    """Symbols with a position or an open order of either book."""
    books = [book for account in state.accounts.values() for book in (account.open_orders, account.open_algos)]
    return held_symbols(state) | {order.symbol for book in books for order in book.values()}


def known_timers(state: State) -> Iterator[Timer]:
    """What follows from the state alone."""
    for account in state.accounts.values():
        yield from _account_timers(state, account)
    if state.terms.has_funding:
        yield from _funding_timers(state)
    if state.disturbances is not None:
        yield from state.disturbances.timers(state)


def closings(state: State, until_ms: int) -> Iterator[Timer]:
    """Active symbols that stop trading by ``until_ms``, as the market shows it then."""
    active = active_symbols(state)
    for symbol in active.difference(state.venue.listed(until_ms)) if active else ():
        at_ms = closing_ms(state, symbol, until_ms)
        yield Timer(at_ms, (3, 0, symbol), partial(settle_symbol, state, symbol))


def _funding_timers(state: State) -> Iterator[Timer]:
    """All symbols that settle next, as one: after the first of them the others would not be due any more."""
    due = {symbol: state.funding_terms(symbol).next_ms(state.funded_ms) for symbol in held_symbols(state)}
    if due:
        at_ms = min(due.values())
        symbols = sorted(symbol for symbol, next_ms in due.items() if next_ms == at_ms)
        yield Timer(at_ms, (2, 0, ""), partial(settle_funding, state, symbols, at_ms))


def _account_timers(state: State, account: Account) -> Iterator[Timer]:
    for order in account.open_orders.values():
        if order.good_till_ms:
            yield Timer(order.good_till_ms, (0, order.order_id, ""), partial(_expire, state, account, order))
    for algo in account.open_algos.values():
        if algo.good_till_ms:
            yield Timer(algo.good_till_ms, (0, algo.algo_id, ""), partial(_expire_algo, state, account, algo))
    for symbol, at_ms in account.countdowns.items():
        yield Timer(at_ms, (1, 0, f"{account.api_key} {symbol}"), partial(_count_down, state, account, symbol))


def _expire(state: State, account: Account, order: Order) -> None:
    end_order(state, account, order, VenueStatus.EXPIRED)


def _expire_algo(state: State, account: Account, algo: AlgoOrder) -> None:
    end_algo(state, account, algo, VenueStatus.EXPIRED)


def _count_down(state: State, account: Account, symbol: str) -> None:
    del account.countdowns[symbol]
    cancel_on(state, account, symbol)
