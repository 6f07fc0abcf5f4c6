"""Where the exits of a position lie."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.rules import ceil_to_step, floor_to_step, stop_loss_trigger, take_profit_trigger
from exchange.types import PositionSide, SymbolRules


def stop_price(
    *, worst_entry_price: Decimal, stop_loss_ratio: Decimal, position_side: PositionSide, rules: SymbolRules
) -> Decimal:
    """Trigger of the base stop from the worst possible fill, on the tick, rounded toward the entry."""
    sign = Decimal(-1) if position_side is PositionSide.LONG else Decimal(1)
    raw = worst_entry_price * (1 + sign * stop_loss_ratio)
    return stop_loss_trigger(raw, position_side=position_side, rules=rules)


def stop_by_price_paid(
    *,
    entry_price: Decimal,
    worst_entry_price: Decimal,
    stop_loss_ratio: Decimal,
    position_side: PositionSide,
    rules: SymbolRules,
    decision_price: Decimal | None = None,
    farthest_ratio: Decimal | None = None,
) -> Decimal | None:
    """The base stop from what was paid, where that was worse than ``worst_entry_price``, on the tick.

    It comes as near as a tick to where the price stood at the decision, and no nearer: at ``decision_price``, or at
    ``worst_entry_price`` where that is the nearer one or the only one known. It never lies farther than
    ``farthest_ratio`` from what was paid. None where nothing worse was paid.
    """
    is_long = position_side is PositionSide.LONG
    if entry_price <= worst_entry_price if is_long else entry_price >= worst_entry_price:
        return None
    stop = stop_price(
        worst_entry_price=entry_price, stop_loss_ratio=stop_loss_ratio, position_side=position_side, rules=rules
    )
    decided = (max if is_long else min)(decision_price or worst_entry_price, worst_entry_price)
    if is_long:
        stop = min(stop, floor_to_step(decided - rules.tick_size, rules.tick_size))
    else:
        stop = max(stop, ceil_to_step(decided + rules.tick_size, rules.tick_size))
    if farthest_ratio is None:
        return stop
    farthest = stop_price(
        worst_entry_price=entry_price, stop_loss_ratio=farthest_ratio, position_side=position_side, rules=rules
    )
    return max(stop, farthest) if is_long else min(stop, farthest)


def take_profit_price(
    *, entry_price: Decimal, take_profit_ratio: Decimal, position_side: PositionSide, rules: SymbolRules
) -> Decimal:
    """Trigger of the take-profit from the average fill, on the tick, rounded toward the entry."""
    sign = Decimal(1) if position_side is PositionSide.LONG else Decimal(-1)
    raw = entry_price * (1 + sign * take_profit_ratio)
    return take_profit_trigger(raw, position_side=position_side, rules=rules)


class ExitsOnWrongSide(ValueError):
    """A stop or take-profit lies on the wrong side of the entry; sending it would close or never close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """Both triggers of a position, checked for their sides. Prices in USDT."""

    entry_price: Decimal
    stop_price: Decimal
    take_profit_price: Decimal
    position_side: PositionSide

    def __post_init__(self) -> None:
        low, high = self.stop_price, self.take_profit_price
        if self.position_side is PositionSide.SHORT:
            low, high = high, low
        if not low < self.entry_price < high:
            raise ExitsOnWrongSide(
                f"{self.position_side}: stop {self.stop_price:f}, entry {self.entry_price:f}, "
                f"take-profit {self.take_profit_price:f}"
            )


def has_passed(*, take_profit: Decimal, last_price: Decimal, position_side: PositionSide) -> bool:
    """True when the price already stands at or beyond a take-profit trigger."""
    return last_price >= take_profit if position_side is PositionSide.LONG else last_price <= take_profit
