"""The breaker at each check: the market looked at for a crash, failures of the exchange counted."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import structlog

from exchange.errors import ExchangeError
from exchange.types import Kline
from risk.breaker_settings import BreakerSettings
from risk.breaker_store import note_api
from risk.settings_store import risk_settings_of
from trading.services.breaker import evaluate_breaker
from trading.services.emergency_stop import report_when_done
from trading.venue import Venue

log = structlog.get_logger(__name__)


def watch_breaker(venue: Venue, *, is_ok: bool) -> None:
    """Count how the check went, then evaluate. Raises ExchangeError.

    One request for each symbol of the crash basket, weight 1.
    """
    note_api(venue.account, is_ok=is_ok)
    falls = market_falls(venue, risk_settings_of(venue.account)) if is_ok else None
    evaluate_breaker(venue, falls=falls, judges_age=True)
    report_when_done(venue.account, now=venue.now())


def market_falls(venue: Venue, settings: BreakerSettings) -> dict[str, Decimal]:
    """Percent each symbol of the basket fell from its highest close within the window; what cannot be read is left
    out."""
    if not settings.crash_pct:
        return {}
    falls = {symbol: _fall(symbol, venue, minutes=settings.crash_window_minutes) for symbol in settings.crash_symbols}
    return {symbol: fall for symbol, fall in falls.items() if fall is not None}


def _fall(symbol: str, venue: Venue, *, minutes: int) -> Decimal | None:
    now = venue.now()
    try:
        bars = venue.market.klines(symbol, "1m", start=now - timedelta(minutes=minutes), end=now, limit=minutes + 1)
    except ExchangeError as error:
        log.info("crash_symbol_unreadable", symbol=symbol, error=str(error))
        return None
    return fall_of(bars)


def fall_of(bars: Sequence[Kline]) -> Decimal | None:
    """Percent from the highest price at which a minute began or ended to the last one; None without bars."""
    if not bars:
        return None
    highest = max(price for bar in bars for price in (bar.open, bar.close))
    return (1 - bars[-1].close / highest) * 100
