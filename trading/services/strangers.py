"""Orders of others behind trades that none of our rows has: each order is asked for once, each page of trades too."""

from collections import defaultdict
from collections.abc import Iterable

from desk.models import Installation
from trading.core.client_ids import is_ours
from trading.models import Order
from trading.venue import Venue


def known_name(symbol: str, order_id: int, venue: Venue) -> str | None:
    """As name_of, without asking."""
    return venue.memory.names.get(symbol, order_id)


def name_of(symbol: str, order_id: int, venue: Venue) -> str | None:
    """Client order id of an order, or None where the venue knows none (perhaps not yet). Raises ExchangeError."""
    known = known_name(symbol, order_id, venue)
    if known is not None:
        return known
    state = venue.trading.order_by_id(symbol, order_id)
    if state is None:
        return None
    keep_name(symbol, order_id, state.client_order_id, venue)
    return state.client_order_id


def keep_name(symbol: str, order_id: int, client_order_id: str, venue: Venue) -> None:
    """Ours are not kept: the venue is asked what became of them."""
    if not is_ours(client_order_id, nonce=Installation.current().nonce):
        venue.memory.names.keep(symbol, order_id, client_order_id)


def trades_of_others(trades: Iterable[tuple[str, str]], venue: Venue) -> set[tuple[str, str]]:
    """Those of ``trades``, by symbol and id, that orders of others made. Raises ExchangeError.

    What the venue cannot tell counts as ours: an alarm too many is better than one too few.
    """
    by_symbol: dict[str, set[int]] = defaultdict(set)
    for symbol, trade_id in trades:
        by_symbol[symbol].add(int(trade_id))
    return {(symbol, str(trade_id)) for symbol, ids in by_symbol.items() for trade_id in _of_others(symbol, ids, venue)}


def _of_others(symbol: str, trade_ids: set[int], venue: Venue) -> set[int]:
    orders = Order.objects.filter(account=venue.account, symbol=symbol)
    if not orders.exists():
        return trade_ids
    nonce = Installation.current().nonce
    found = set()
    for trade_id, order_id in _orders_behind(symbol, trade_ids, venue).items():
        if orders.filter(venue_order_id=order_id).exists():
            continue
        name = name_of(symbol, order_id, venue)
        if name is not None and not is_ours(name, nonce=nonce):
            found.add(trade_id)
    return found


def _orders_behind(symbol: str, trade_ids: set[int], venue: Venue) -> dict[int, int]:
    """The venue's ids of the orders that made the trades, as far as it lists them."""
    found: dict[int, int] = {}
    missing = set(trade_ids)
    while missing:
        page = venue.trading.trades(symbol, from_id=min(missing))
        if not page:
            break
        found |= {trade.trade_id: trade.order_id for trade in page if trade.trade_id in missing}
        missing = {trade_id for trade_id in missing if trade_id > page[-1].trade_id}
    return found
