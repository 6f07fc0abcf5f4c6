"""Seconds without a stop: now, the worst of today, and how they are spread."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import figures
from dashboard.market_time import market_time
from dashboard.status import Light, light
from trading import selectors
from trading.models import Position


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
    return ProtectionReport(
        light=light(held),
        worst_naked_seconds_today=figures.today(market.at, held).worst_naked_seconds if market else None,
        p99_naked_seconds=figures.p99_naked_seconds(held),
        positions=held,
    )
