"""Between which prices the orders of an entry can fill, by what is known when it is decided. Pure; USDT."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.types import PositionSide, Side, SymbolRules
from signals.strategies.execution import ExecutionStyle
from trading.core.slippage import bounded_price

IN_STEPS = frozenset({ExecutionStyle.LIMIT_THEN_MARKET, ExecutionStyle.TWAP})  # more than one order, by a plan


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPrices:
    """``worst`` is what the stop keeps its distance to: the lower of limit and last price for a short, the higher for
    a long. ``highest`` is what a quantity is paid at the most, ``bound`` the worst that any order may fill at.
    """

    position_side: PositionSide
    worst: Decimal
    highest: Decimal
    bound: Decimal

    def distance(self, stop_loss_ratio: Decimal) -> Decimal:
        """The share of a fill at the bound that lies between it and a stop ``stop_loss_ratio`` from ``worst``."""
        sign = 1 if self.position_side is PositionSide.SHORT else -1
        return abs(self.worst * (1 + sign * stop_loss_ratio) / self.bound - 1)


def prices_at_once(*, limit: Decimal | None, last_price: Decimal, position_side: PositionSide) -> EntryPrices:
    """Of one order: a limit is never filled worse, and a sell below the market is filled at the market."""
    at = last_price if limit is None else limit
    highest = max(at, last_price) if position_side is PositionSide.SHORT else at
    return EntryPrices(position_side=position_side, worst=at, highest=highest, bound=at)


def prices_in_steps(
    *,
    limit: Decimal,
    last_price: Decimal,
    middle: Decimal | None,
    position_side: PositionSide,
    max_slippage_pct: Decimal,
) -> EntryPrices:
    """Of a plan: its slices, or what the limit left, fill about the market, whatever the limit says.

    ``middle`` is of the book at the decision; the plan's bound is reckoned from it, or from the limit.
    """
    bound = bounded_price(
        reference=middle or limit, side=position_side.entry_side, max_slippage_pct=max_slippage_pct
    )  # fmt: skip
    if position_side is PositionSide.SHORT:
        worst = min(limit, last_price)
        return EntryPrices(
            position_side=position_side, worst=worst, highest=max(limit, last_price), bound=min(worst, bound)
        )
    worst = max(limit, last_price)
    return EntryPrices(position_side=position_side, worst=worst, highest=max(worst, bound), bound=max(worst, bound))


def distance_pct(price: Decimal, last_price: Decimal) -> Decimal:
    """How far ``price`` lies from ``last_price``, in percent of it, whichever way."""
    return abs(price / last_price - 1) * 100


def venue_bound(*, last_price: Decimal, side: Side, rules: SymbolRules) -> Decimal | None:
    """The worst limit that the venue takes about that price (PERCENT_PRICE); None where it says nothing."""
    ratio = rules.price_up_ratio if side is Side.BUY else rules.price_down_ratio
    return last_price * ratio if ratio else None


def is_past(stop: Decimal, *, last_price: Decimal, position_side: PositionSide) -> bool:
    """Whether the price stands at a stop or beyond it."""
    return last_price <= stop if position_side is PositionSide.LONG else last_price >= stop
