"""Which symbols move together: correlation of returns, and the clusters it makes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import fsum, sqrt

LEAST_RETURNS = 10  # fewer say nothing


def returns(closes: Sequence[Decimal]) -> list[float]:
    """Relative change from each close to the next; a number to compare, never to trade on."""
    return [float(after / before - 1) for before, after in pairwise(closes) if before]


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's r of the last returns both have, or None where there are too few or one stands still."""
    count = min(len(one), len(other))
    if count < LEAST_RETURNS:
        return None
    left, right = one[-count:], other[-count:]
    mean_left, mean_right = fsum(left) / count, fsum(right) / count
    across = fsum((a - mean_left) * (b - mean_right) for a, b in zip(left, right, strict=True))
    spread = sqrt(fsum((a - mean_left) ** 2 for a in left) * fsum((b - mean_right) ** 2 for b in right))
    return across / spread if spread else None


def cluster_of(symbol: str, closes: Mapping[str, Sequence[Decimal]], *, threshold: Decimal) -> frozenset[str]:
    """Symbols tied to ``symbol``, directly or over others, by a correlation of at least ``threshold``; itself too.

    A symbol whose correlation cannot be told is taken as tied: no risk on doubt.
    """
    series = {name: returns(prices) for name, prices in closes.items()}
    found, waiting = {symbol}, [symbol]
    while waiting:
        name = waiting.pop()
        tied = {other for other in series.keys() - found if _is_tied(series, name, other, threshold=threshold)}
        found |= tied
        waiting += tied
    return frozenset(found)


def _is_tied(series: Mapping[str, Sequence[float]], one: str, other: str, *, threshold: Decimal) -> bool:
    measured = correlation(series.get(one, ()), series[other])
    return measured is None or measured >= float(threshold)
