"""Where stops of a position on advice go: only ever closer. Pure; prices in USDT."""

from decimal import Decimal

from advisor.providers.rules import Holding, trailing_stop
from trading.advised.facts import Held


def holding_of(held: Held) -> Holding:
    """The position as the rules read it."""
    return Holding(
        is_long=held.is_long,
        entry_price=held.entry_price,
        first_stop=held.first_stop,
        stop=held.stop_price,
        atr=held.atr,
        pnl_percent=held.gain_pct,
    )


def is_tighter(stop: Decimal, held: Held) -> bool:
    return stop > held.stop_price if held.is_long else stop < held.stop_price


def is_behind(stop: Decimal, price: Decimal, held: Held) -> bool:
    """Whether ``price`` has not reached ``stop`` yet."""
    return stop < price if held.is_long else stop > price


def tightest(stops: list[Decimal], held: Held) -> Decimal:
    return max(stops) if held.is_long else min(stops)


def trailed_stop(held: Held, price: Decimal) -> Decimal | None:
    """Half an ATR closer for each whole ATR of profit; None where that changes nothing."""
    stop = trailing_stop(holding_of(held), price)
    return stop if is_tighter(stop, held) and is_behind(stop, price, held) else None


def stop_after_add(held: Held, *, share_pct: Decimal, price: Decimal) -> Decimal | None:
    """One ATR behind the new average, or where the stop stands if that is closer; None where it stays."""
    added = held.quantity * share_pct / 100
    average = (held.entry_price * held.quantity + price * added) / (held.quantity + added)
    stop = average - held.atr if held.is_long else average + held.atr
    return stop if is_tighter(stop, held) and is_behind(stop, price, held) else None
