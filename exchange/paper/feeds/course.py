"""The course of prices within a bar: a plausible way from open over both extremes to close, on whole ticks."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from exchange.paper.feeds.grid import UnitBar
from exchange.paper.feeds.noise import NOISE_LIMIT

MOMENTS = 6  # a part of the bar has six moments, so that both extremes can fall into one part
JITTER_SHARE = 6  # boundaries stray from the way by at most a twelfth of the bar's range


class Leg(NamedTuple):
    """Prices of one part of a bar, in ticks."""

    open: int
    high: int
    low: int
    close: int


class Turn(NamedTuple):
    """A price the way passes at a moment."""

    moment: int
    price: int


def courses(bar: UnitBar, parts: int, noise: Iterator[int]) -> list[Leg]:
    """``bar`` in ``parts`` legs: each opens where the last closed, together they have the bar's four prices.

    Takes 3 + (parts - 1) + 2 * parts values of noise.
    """
    turns = _turns(bar, parts, noise)
    ends = [bar.open, *(_boundary(bar, turns, part * MOMENTS, next(noise)) for part in range(1, parts)), bar.close]
    reach = (bar.high - bar.low) // (2 * parts)
    legs = []
    for part, (opened, closed) in enumerate(pairwise(ends)):
        passed = [turn.price for turn in turns if turn.moment // MOMENTS == part]
        high = min(bar.high, max(opened, closed) + reach * next(noise) // NOISE_LIMIT)
        low = max(bar.low, min(opened, closed) - reach * next(noise) // NOISE_LIMIT)
        legs.append(Leg(open=opened, high=max((high, *passed)), low=min((low, *passed)), close=closed))
    return legs


def extremes(bar: UnitBar, chance: int) -> tuple[int, int]:
    """Low and high in the order they are reached: three rising bars of four dip first; ``chance`` is a noise value."""
    is_usual = chance < NOISE_LIMIT * 3 // 4
    return (bar.low, bar.high) if is_usual == (bar.close >= bar.open) else (bar.high, bar.low)


def _turns(bar: UnitBar, parts: int, noise: Iterator[int]) -> list[Turn]:
    first, second = extremes(bar, next(noise))
    earlier, later = sorted(parts * next(noise) // NOISE_LIMIT for _ in range(2))
    is_same = earlier == later
    return [
        Turn(0, bar.open),
        Turn(earlier * MOMENTS + (2 if is_same else 3), first),
        Turn(later * MOMENTS + (4 if is_same else 3), second),
        Turn(parts * MOMENTS, bar.close),
    ]


def _boundary(bar: UnitBar, turns: Sequence[Turn], moment: int, chance: int) -> int:
    """Price at ``moment``: on the straight line between two turns, with some jitter, within the bar."""
    before, after = next(leg for leg in pairwise(turns) if leg[1].moment > moment)
    way = (after.price - before.price) * (moment - before.moment) // (after.moment - before.moment)
    jitter = (bar.high - bar.low) * (chance - NOISE_LIMIT // 2) // (NOISE_LIMIT * JITTER_SHARE)
    return min(bar.high, max(bar.low, before.price + way + jitter))
