"""Positions and money as the chat says them."""

from decimal import Decimal

from django.utils.translation import gettext as _

from exchange.rules import plain
from exchange.types import PositionSide
from trading.models import Position
from trading.selectors import Protection, ProtectionState, protection_of, unrealized_pnl

UNKNOWN = "–"


def signed(amount: Decimal | None) -> str:
    """USDT to the cent, with its sign."""
    return UNKNOWN if amount is None else f"{amount:+.2f}"


def usdt(amount: Decimal | None) -> str:
    return UNKNOWN if amount is None else f"{amount:.2f}"


def number(value: Decimal | None) -> str:
    """A price or quantity, exact and without trailing zeros."""
    return UNKNOWN if value is None else plain(value)


def held(position: Position) -> str:
    """``DOTUSDT short 12 at 8.5``; an entry that has not filled says so."""
    what = f"{position.symbol} {position.get_direction_display()}"
    if not position.quantity:
        return _("{what}: entry working, nothing filled").format(what=what)
    return _("{what} {quantity} at {price}").format(
        what=what, quantity=number(position.quantity), price=number(position.entry_price)
    )


def standing(position: Position) -> str:
    """What is held and what it is worth now."""
    if not position.quantity:
        return held(position)
    return _("{held}, mark {mark}, unrealised {pnl} USDT").format(
        held=held(position), mark=number(position.mark_price), pnl=signed(unrealized_pnl(position))
    )


def protected(position: Position) -> str:
    """The stop of one position: where it stands and what it would cost, or for how long there is none."""
    protection = protection_of(position)
    if protection.state is not ProtectionState.PROTECTED:
        return _unprotected(protection)
    stop = protection.stop.trigger_price if protection.stop else position.stop_price
    return _("stop {stop} ({result} USDT), take-profit {take_profit}").format(
        stop=number(stop), result=signed(result_at(position, stop)), take_profit=number(position.take_profit_price)
    )


def _unprotected(protection: Protection) -> str:
    if protection.state is ProtectionState.NOTHING_OPEN:
        return _("nothing open")
    return _("NO STOP for {seconds} s").format(seconds=f"{protection.naked_seconds:.0f}")


def result_at(position: Position, price: Decimal | None) -> Decimal | None:
    """USDT against the entry if everything open were closed at ``price``, before commission."""
    if price is None or position.entry_price is None:
        return None
    move: Decimal = (price - position.entry_price) * position.quantity
    return move if position.side is PositionSide.LONG else -move


def state_word(state: ProtectionState) -> str:
    return {
        ProtectionState.NOTHING_OPEN: _("nothing open"),
        ProtectionState.PROTECTED: _("protected"),
        ProtectionState.PROTECTING: _("being protected"),
        ProtectionState.UNPROTECTED: _("UNPROTECTED"),
    }[state]
