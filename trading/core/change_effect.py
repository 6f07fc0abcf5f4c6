"""What a change would make of an open position: its size, average, margin, exits and the results there. Pure."""

from dataclasses import dataclass, replace
from decimal import Decimal

from exchange.types import PositionSide
from risk.what_if import fee_of

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position as far as a change touches it: base asset and USDT, ``margin`` the isolated one."""

    position_side: PositionSide
    leverage: int
    quantity: Decimal
    entry_price: Decimal
    margin: Decimal
    stop_price: Decimal
    take_profit_price: Decimal | None

    @property
    def result_at_stop(self) -> Decimal:
        """USDT if the stop fires at its trigger, before fees."""
        return self.result_at(self.stop_price)

    @property
    def result_at_target(self) -> Decimal | None:
        return None if self.take_profit_price is None else self.result_at(self.take_profit_price)

    def result_at(self, price: Decimal) -> Decimal:
        sign = 1 if self.position_side is PositionSide.LONG else -1
        return (price - self.entry_price) * self.quantity * sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """``quantity`` is what is added or closed, nothing for moved exits; ``realized`` and ``fee`` (of a taker) in USDT.

    ``realized`` is before fees. ``is_whole`` when nothing stays open.
    """

    before: Holding
    after: Holding
    price: Decimal
    quantity: Decimal = ZERO
    realized: Decimal = ZERO

    @property
    def notional(self) -> Decimal:
        return self.quantity * self.price

    @property
    def fee(self) -> Decimal:
        return fee_of(self.notional, is_maker=False)

    @property
    def is_whole(self) -> bool:
        return not self.after.quantity


def added(holding: Holding, *, quantity: Decimal, price: Decimal) -> Effect:
    """More of it at ``price``: the average is the weighted mean; the exits are those of before."""
    total = holding.quantity + quantity
    after = replace(
        holding,
        quantity=total,
        entry_price=(holding.quantity * holding.entry_price + quantity * price) / total,
        margin=holding.margin + quantity * price / holding.leverage,
    )
    return Effect(before=holding, after=after, price=price, quantity=quantity)


def reduced(holding: Holding, *, quantity: Decimal, price: Decimal) -> Effect:
    """A part closed at ``price``: the average stays, the margin shrinks with the quantity."""
    rest = holding.quantity - quantity
    after = replace(holding, quantity=rest, margin=holding.margin * rest / holding.quantity)
    return Effect(
        before=holding,
        after=after,
        price=price,
        quantity=quantity,
        realized=replace(holding, quantity=quantity).result_at(price),
    )


def moved(holding: Holding, *, stop: Decimal | None, take_profit: Decimal | None, price: Decimal) -> Effect:
    """Other exits; None leaves one where it is."""
    after = replace(
        holding,
        stop_price=holding.stop_price if stop is None else stop,
        take_profit_price=holding.take_profit_price if take_profit is None else take_profit,
    )
    return Effect(before=holding, after=after, price=price)
