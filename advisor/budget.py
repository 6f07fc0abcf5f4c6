"""The governor of money: how much may be spent on one question. Pure.

The fuller the tightest window, the less a question is worth: idle symbols are skipped, prompts get shorter, the model
cheaper, and at last the rules decide without any.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import IntEnum

from advisor.providers.port import Prompt, Schema, Usage
from advisor.providers.prices import MICRO, PriceList
from advisor.tokens import most_tokens

MICROS = 1_000_000


class Rung(IntEnum):
    """Each rung includes those before it."""

    FULL = 0
    SKIP_IDLE = 1
    SHORT = 2
    CHEAP = 3
    RULES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """USD that may be spent in an hour, a day and a month of wall time; 0 lets nothing be spent."""

    hour: Decimal
    day: Decimal
    month: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Shares of the tightest window from which each rung holds."""

    skip_idle: Decimal = Decimal("0.5")
    short: Decimal = Decimal("0.7")
    cheap: Decimal = Decimal("0.85")

    def rung(self, used_share: Decimal) -> Rung:
        if used_share >= 1:
            return Rung.RULES
        if used_share >= self.cheap:
            return Rung.CHEAP
        if used_share >= self.short:
            return Rung.SHORT
        return Rung.SKIP_IDLE if used_share >= self.skip_idle else Rung.FULL


def used_share(committed: Decimal, cap: Decimal) -> Decimal:
    """Share of a window that is promised or spent; 1 where the cap is nothing."""
    return Decimal(1) if cap <= 0 else committed / cap


def most_it_costs(prompt: Prompt, schema: Schema, *, model: str, prices: PriceList, max_output_tokens: int) -> Decimal:
    """USD that one call cannot exceed at the listed prices: every byte a token, every allowed output token used."""
    return prices.cost(model, Usage(most_tokens(prompt, schema), max_output_tokens))


def to_micros(amount: Decimal) -> int:
    """Millionths of a USD, rounded up."""
    return int(amount.quantize(MICRO, rounding=ROUND_CEILING) * MICROS)
