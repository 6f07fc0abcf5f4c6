"""The four states of an account's risk, and what each still allows."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum


class Tier(StrEnum):
    """From no restriction to none but closing. A later one is never laxer than an earlier one."""

    ACTIVE = "active"
    REDUCED = "reduced"  # entries of a smaller size
    CLOSE_ONLY = "close_only"  # nothing new, whatever opened it may be closed and protected
    HALTED = "halted"  # as close_only, until a person resets it


RANKS = {tier: rank for rank, tier in enumerate(Tier)}


class Intention(StrEnum):
    """What an order is for."""

    ENTER = "enter"
    ADD = "add"
    REDUCE = "reduce"
    CLOSE = "close"
    PROTECT = "protect"


RAISING = frozenset({Intention.ENTER, Intention.ADD})


def is_allowed(intention: Intention, tier: Tier) -> bool:
    """Whether an order of that kind may leave. Closing, reducing and protecting always may."""
    return intention not in RAISING or RANKS[tier] < RANKS[Tier.CLOSE_ONLY]


def size_factor(tier: Tier, *, reduced_size_pct: Decimal) -> Decimal:
    """What an entry's margin is multiplied with: 1, the reduced share, or 0 where nothing may be entered."""
    if not is_allowed(Intention.ENTER, tier):
        return Decimal(0)
    return reduced_size_pct / 100 if tier is Tier.REDUCED else Decimal(1)


def worst(tiers: Iterable[Tier]) -> Tier:
    """The strictest; active where there is none."""
    return max(tiers, key=RANKS.__getitem__, default=Tier.ACTIVE)
