"""Seconds without a stop: now, the worst of today, and how they are spread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import figures
from dashboard.market_time import market_time
from dashboard.status import Light, light
from trading import selectors
from trading.models import Position

COUNTED_TRADES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionReport:
    """Wall seconds. Today's worst needs market time."""

    light: Light
    worst_naked_seconds_today: float | None
    p99_naked_seconds: float | None
    positions: Sequence[Position]


def protection_report() -> ProtectionReport:
    held = list(selectors.open_positions())
    market = market_time()
    closed = selectors.closed_positions().values_list("worst_naked_seconds", flat=True)[:COUNTED_TRADES]
    return ProtectionReport(
        light=light(held),
        worst_naked_seconds_today=figures.today(market.at, held).worst_naked_seconds if market else None,
        p99_naked_seconds=percentile([*closed, *(position.worst_naked_seconds for position in held)], 0.99),
        positions=held,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that ``share`` of ``values`` do not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
