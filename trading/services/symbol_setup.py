"""Bringing a symbol into the state an entry needs, and reading it back: what is not confirmed is not assumed."""

from dataclasses import dataclass

from exchange.errors import OrderRefused
from exchange.types import MarginType
from trading.venue import Venue


class NotReady(Exception):
    """Leverage, margin type or account mode are not what an entry needs."""


@dataclass(frozen=True, slots=True)
class SymbolSetup:
    leverage: int
    hedge_mode: bool


def prepare_symbol(symbol: str, *, leverage: int, venue: Venue) -> SymbolSetup:
    """Isolated margin and ``leverage`` on ``symbol``, confirmed by reading. Raises NotReady, ExchangeError.

    Only for who holds the symbol by our rows: another's position or entry on it lives by its own leverage.
    """
    hedge_mode = ready_account(venue)
    set_up(symbol, leverage=leverage, venue=venue)
    return SymbolSetup(leverage=leverage, hedge_mode=hedge_mode)


def ready_account(venue: Venue) -> bool:
    """Whether the account is in hedge mode; changes nothing. Raises NotReady where it takes no entry, ExchangeError."""
    modes = venue.trading.modes()
    if not modes.can_trade:
        raise NotReady("the account may not trade")
    if modes.multi_assets_margin:
        raise NotReady("the account is in multi-assets mode; isolated margin needs single-asset mode")
    return modes.hedge_mode


def set_up(symbol: str, *, leverage: int, venue: Venue) -> None:
    """Margin type and leverage as wanted, confirmed by reading. Raises NotReady, ExchangeError."""
    _set(symbol, leverage=leverage, venue=venue)
    confirm_symbol(symbol, leverage=leverage, venue=venue)


def confirm_symbol(symbol: str, *, leverage: int, venue: Venue) -> None:
    """See that margin type and leverage are those wanted; nothing is set. Raises NotReady, ExchangeError."""
    config = venue.trading.symbol_config(symbol)
    if config.margin_type is not MarginType.ISOLATED or config.leverage != leverage:
        raise NotReady(f"{symbol} stands at {config.margin_type.value} {config.leverage}x, not ISOLATED {leverage}x")


def _set(symbol: str, *, leverage: int, venue: Venue) -> None:
    config = venue.trading.symbol_config(symbol)
    try:
        if config.margin_type is not MarginType.ISOLATED:
            venue.trading.set_margin_type(symbol, MarginType.ISOLATED)
        if config.leverage != leverage:
            venue.trading.set_leverage(symbol, leverage)
    except OrderRefused as error:
        raise NotReady(f"{symbol}: {error}") from error
