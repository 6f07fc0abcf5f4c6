"""What a fill does to a position (reference: linear contracts, one-way and hedge mode)."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.types import PositionSide, Side

ZERO = Decimal(0)
ENTRY_GRID = Decimal("0.000000000001")
MONEY_GRID = Decimal("0.00000001")


@dataclass(slots=True, kw_only=True)
class Position:
    """One leg of a symbol. ``quantity`` is signed, negative for shorts; ``isolated_wallet`` in USDT, 0 when crossed.

    ``cost`` is buys minus sells plus fees since the leg was flat: over the quantity it is the break-even price.
    """

    symbol: str
    position_side: PositionSide
    quantity: Decimal = ZERO
    entry_price: Decimal = ZERO
    isolated_wallet: Decimal = ZERO
    realized_total: Decimal = ZERO
    cost: Decimal = ZERO
    updated_ms: int = 0

    @property
    def break_even_price(self) -> Decimal:
        return (self.cost / self.quantity).quantize(ENTRY_GRID) if self.quantity else ZERO

    def unrealized(self, mark: Decimal) -> Decimal:
        return (self.quantity * (mark - self.entry_price)).quantize(MONEY_GRID)

    def closable(self, side: Side) -> Decimal:
        """Quantity that an order of this side could close, base asset."""
        against = self.quantity > 0 if side is Side.SELL else self.quantity < 0
        return abs(self.quantity) if against else ZERO


def apply_fill(
    position: Position, *, side: Side, quantity: Decimal, price: Decimal, fee: Decimal, isolated_leverage: int | None
) -> Decimal:
    """Change ``position`` by one fill and return the realised PnL in USDT, before ``fee``.

    ``isolated_leverage`` is None for a crossed position; else margin at the fill price moves into its wallet.
    """
    closing = min(quantity, position.closable(side))
    realized = _close(position, side=side, quantity=closing, price=price) if closing else ZERO
    opening = quantity - closing
    opening_fee = fee * opening / quantity
    position.cost = position.cost + fee - opening_fee if position.quantity else ZERO
    if opening:
        _open(position, side=side, quantity=opening, price=price)
        position.cost += opening_fee
        if isolated_leverage is not None:
            position.isolated_wallet += (opening * price / isolated_leverage).quantize(MONEY_GRID)
    position.realized_total += realized
    return realized


def _close(position: Position, *, side: Side, quantity: Decimal, price: Decimal) -> Decimal:
    direction = 1 if position.quantity > 0 else -1
    realized = (direction * quantity * (price - position.entry_price)).quantize(MONEY_GRID)
    released = position.isolated_wallet * quantity / abs(position.quantity)
    position.quantity -= direction * quantity
    position.cost -= direction * quantity * price
    position.isolated_wallet = (position.isolated_wallet - released).quantize(MONEY_GRID) if position.quantity else ZERO
    if not position.quantity:
        position.entry_price = position.cost = ZERO
    return realized


def _open(position: Position, *, side: Side, quantity: Decimal, price: Decimal) -> None:
    signed = quantity if side is Side.BUY else -quantity
    total = position.quantity + signed
    paid = position.entry_price * abs(position.quantity) + price * quantity
    position.entry_price = (paid / abs(total)).quantize(ENTRY_GRID)
    position.quantity = total
    position.cost += signed * price
