"""Funding rates: when they are due and how high they are, from the recorded hours.

No premium is recorded. Crowds pay for momentum, so the premium of an interval is taken as a twentieth of the way the
price has gone from its mean of the 24 hours before; the venue's own formula makes the rate of it. Most rates are
therefore the interest of 0.01 % in 8 hours, and a strong trend moves them, as it does there.
"""

from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.core.market import Market

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
INTEREST = Decimal("0.0001")
DAMPER = Decimal("0.0005")
PREMIUM_SHARE = Decimal("0.05")
RATE_GRID = Decimal("0.00000001")
INTERVALS_HOURS = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingTerms:
    """One symbol's funding; ``rate`` is None for the rate of the data, caps are ratios per interval."""

    interval_hours: int = 8
    rate: Decimal | None = None
    cap: Decimal = Decimal("0.02")
    floor: Decimal = Decimal("-0.02")
    changed_ms: int = 0

    @property
    def interval_ms(self) -> int:
        return self.interval_hours * HOUR_MS

    def next_ms(self, now_ms: int) -> int:
        """The first settlement after ``now_ms``; intervals are counted from midnight UTC."""
        return (now_ms // self.interval_ms + 1) * self.interval_ms

    def last_ms(self, now_ms: int) -> int:
        """The last settlement at or before ``now_ms``."""
        return now_ms // self.interval_ms * self.interval_ms


def funding_rate(market: Market, symbol: str, terms: FundingTerms, *, at_ms: int) -> Decimal:
    """The rate as known at ``at_ms``: from the hours that had closed by then."""
    if terms.rate is not None:
        return terms.rate
    raw = rate_of(premium(market, symbol, at_ms)) * terms.interval_hours / 8
    return max(terms.floor, min(terms.cap, raw)).quantize(RATE_GRID)


def rate_of(premium_ratio: Decimal) -> Decimal:
    """Rate of 8 hours: the premium, drawn toward the interest by at most 0.05 %."""
    return premium_ratio + max(-DAMPER, min(DAMPER, INTEREST - premium_ratio))


def premium(market: Market, symbol: str, at_ms: int) -> Decimal:
    """Ratio of the index; 0 where no hour has closed yet."""
    hour_ms = at_ms // HOUR_MS * HOUR_MS
    closes = [bar.close for bar in market.bars(symbol, "1h", hour_ms - DAY_MS, hour_ms - HOUR_MS, hour_ms)]
    if not closes:
        return Decimal(0).quantize(RATE_GRID)
    mean = sum(closes, Decimal(0)) / len(closes)
    return (PREMIUM_SHARE * (closes[-1] / mean - 1)).quantize(RATE_GRID)
