"""Why the desk did or did not trade a symbol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.models import Bot, accounts_of_this_environment
from signals.selectors import config_at, last_ratio
from trading import selectors
from trading.case_file import CaseFile, latest_cases
from trading.models import SymbolBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Cases of a symbol, newest first, with what the last scan saw of it against the threshold of today."""

    symbol: str
    last_scan_hour: datetime | None
    last_ratio: Decimal | None
    threshold: Decimal | None
    cases: Sequence[CaseFile]
    blocked: Sequence[SymbolBlock]


def why(symbol: str, *, limit: int) -> Why:
    seen = last_ratio(symbol)
    return Why(
        symbol=symbol,
        last_scan_hour=seen[0].hour if seen else None,
        last_ratio=seen[1] if seen else None,
        threshold=_threshold(),
        cases=latest_cases(symbol, limit=limit),
        blocked=list(selectors.blocks(symbol)),
    )


def _threshold() -> Decimal | None:
    """The surge bot's threshold; None where no bot looks for surges."""
    bots = Bot.objects.filter(account__in=accounts_of_this_environment(), strategy="surge_short")
    bot = bots.order_by("pk").first()
    threshold: Decimal | None = getattr(config_at(bot), "surge_threshold", None) if bot else None
    return threshold
