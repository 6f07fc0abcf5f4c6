"""What the scans found last and when the next one comes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from signals import selectors
from signals.models import ScanRun
from signals.scan import HOUR, finished_hour, scan_due_at

HIGHEST = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """A symbol's surge ratio in one scan."""

    symbol: str
    ratio: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LastScan:
    """The newest scan; ``seconds`` is wall time, the rest market time. ``highest`` are its largest ratios."""

    hour: datetime
    finished_at: datetime
    symbols: int
    failed: int
    signals: int
    seconds: float
    highest: tuple[Reading, ...]


def next_scan_at(now: datetime) -> datetime:
    """Market time of the next scan."""
    return scan_due_at(finished_hour(now) + HOUR)


def last_scan() -> LastScan | None:
    run = selectors.last_scan()
    if run is None:
        return None
    return LastScan(
        hour=run.hour,
        finished_at=run.finished_at,
        symbols=run.symbols,
        failed=run.failed,
        signals=run.signals.count(),
        seconds=run.seconds,
        highest=_highest(bytes(run.readings_packed)),
    )


@lru_cache(maxsize=4)
def _highest(readings_packed: bytes) -> tuple[Reading, ...]:
    """Unpacked once per scan, not at every look."""
    readings = ScanRun(readings_packed=readings_packed).readings
    known = [Reading(symbol, Decimal(numbers["ratio"])) for symbol, numbers in readings.items() if "ratio" in numbers]
    return tuple(sorted(known, key=lambda reading: reading.ratio, reverse=True)[:HIGHEST])
