"""Which symbols a market data request is about."""

from collections.abc import Callable
from typing import Any

from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routing import Call


def require_listed(call: Call, symbol: str) -> None:
    """Refuse a symbol never listed (-1121) or gone (-1122)."""
    call.host.state.require_symbol(symbol)
    if symbol not in call.host.venue.listed(call.now_ms):
        raise VenueError(-1122)


def mandatory_symbol(call: Call, name: str = "symbol") -> str:
    """The symbol of a request that needs one; ``name`` may be "pair", which is the same for perpetuals (-4144)."""
    symbol = call.parameters.mandatory(name)
    try:
        require_listed(call, symbol)
    except VenueError as refusal:
        raise VenueError(-4144) if name == "pair" and refusal.code == -1121 else refusal from None
    return symbol


def each_symbol(call: Call, row: Callable[[str], Any]) -> Any:
    """One row for the symbol asked for, else a list for every symbol that trades and has a price."""
    symbol = call.parameters.text("symbol")
    if symbol is not None:
        require_listed(call, symbol)
        return row(symbol)
    rows = []
    for name in call.host.venue.listed(call.now_ms):
        try:
            rows.append(row(name))
        except VenueError:  # listed, but has not traded yet
            continue
    return rows
