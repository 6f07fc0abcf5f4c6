"""How variants compare: the mean result of their imagined trades, with intervals by bootstrap. Pure but for reading.

An interval is the percentile bootstrap of the mean at 95 %: 2,000 samples drawn with replacement, always by the same
seed, so that the same trades give the same interval. Below ten trades there is none.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from advisor.models import ShadowTrade, Variant
from desk.models import Bot

SAMPLES, SEED = 2000, 20240101
LEAST_TRADES = 10
LOW, HIGH = 0.025, 0.975
PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Interval:
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Results are ratios of the notional after fees; ``over_rules`` is the difference of the means from the rules'."""

    variant: Variant
    trades: int
    wins: int
    mean: Decimal | None
    interval: Interval | None
    over_rules: Decimal | None
    over_rules_interval: Interval | None

    @property
    def is_better_than_rules(self) -> bool:
        return self.over_rules_interval is not None and self.over_rules_interval.low > 0


def compare(bot: Bot) -> list[Measured]:
    """Every variant of ``bot``, the rules among them where they are one."""
    variants = list(Variant.objects.filter(bot=bot))
    results = {variant.pk: _results(variant) for variant in variants}
    rules = next((results[variant.pk] for variant in variants if variant.provider == "rules"), [])
    return [_measured(variant, results[variant.pk], rules) for variant in variants]


def _results(variant: Variant) -> list[Decimal]:
    closed = ShadowTrade.objects.filter(variant=variant, closed_at__isnull=False).order_by("pk")
    return [trade.result_ratio for trade in closed if trade.result_ratio is not None]


def _measured(variant: Variant, results: Sequence[Decimal], rules: Sequence[Decimal]) -> Measured:
    is_compared = variant.provider != "rules" and bool(results) and bool(rules)
    return Measured(
        variant=variant,
        trades=len(results),
        wins=sum(result > 0 for result in results),
        mean=mean_of(results),
        interval=interval_of(results),
        over_rules=(_mean(results) - _mean(rules)).quantize(PLACES) if is_compared else None,
        over_rules_interval=difference_interval(results, rules) if is_compared else None,
    )


def mean_of(results: Sequence[Decimal]) -> Decimal | None:
    return _mean(results).quantize(PLACES) if results else None


def interval_of(results: Sequence[Decimal]) -> Interval | None:
    """Where the mean of ``results`` lies, at 95 %."""
    if len(results) < LEAST_TRADES:
        return None
    chance = random.Random(SEED)
    numbers = [float(result) for result in results]
    return _between(sorted(_sampled(numbers, chance) for _ in range(SAMPLES)))


def difference_interval(results: Sequence[Decimal], others: Sequence[Decimal]) -> Interval | None:
    """Where the difference of the two means lies, at 95 %; the samples are drawn apart from each other."""
    if min(len(results), len(others)) < LEAST_TRADES:
        return None
    chance = random.Random(SEED)
    ours, theirs = [float(result) for result in results], [float(result) for result in others]
    return _between(sorted(_sampled(ours, chance) - _sampled(theirs, chance) for _ in range(SAMPLES)))


def _sampled(numbers: Sequence[float], chance: random.Random) -> float:
    return sum(chance.choices(numbers, k=len(numbers))) / len(numbers)


def _between(sampled: Sequence[float]) -> Interval:
    low, high = sampled[int(LOW * len(sampled))], sampled[int(HIGH * len(sampled)) - 1]
    return Interval(Decimal(repr(low)).quantize(PLACES), Decimal(repr(high)).quantize(PLACES))


def _mean(results: Sequence[Decimal]) -> Decimal:
    return sum(results, Decimal(0)) / len(results)


def as_row(measured: Measured) -> Mapping[str, object]:
    """A row for tables and JSON."""
    interval, over = measured.interval, measured.over_rules_interval
    return {
        "variant": measured.variant.name,
        "role": measured.variant.role,
        "provider": measured.variant.provider,
        "prompt_version": measured.variant.prompt_version,
        "trades": measured.trades,
        "wins": measured.wins,
        "mean": measured.mean,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "over_rules": measured.over_rules,
        "over_rules_low": over.low if over else None,
        "over_rules_high": over.high if over else None,
    }
