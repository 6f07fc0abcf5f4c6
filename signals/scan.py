"""Scanning: one look at the whole market for one finished hour, and how it becomes rows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Bot
from desk.money import round_significant
from exchange.ports import MarketDataPort
from exchange.types import Contract
from signals.market_data import BarStore, ScanView
from signals.models import ScanRun, Signal, pack_readings
from signals.strategies.base import BarRequest, Proposal, ScanOutcome, Strategy

HOUR = timedelta(hours=1)
SCAN_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHour:
    """All a scan fetched for one finished hour. ``failed`` maps symbols without an answer to the error."""

    hour: datetime
    view: ScanView
    symbols: int
    failed: Mapping[str, str]
    seconds: float  # wall

    @property
    def is_empty(self) -> bool:
        """Whether not one symbol could be looked at."""
        return len(self.failed) >= self.symbols


def finished_hour(now: datetime) -> datetime:
    """Open time of the newest hour whose scan is due: it closed at least five seconds ago."""
    top = (now - SCAN_DELAY).replace(minute=0, second=0, microsecond=0)
    return top - HOUR


def scan_due_at(hour: datetime) -> datetime:
    """Market time at which the hour opening at ``hour`` is scanned: HH:00:05 after its end."""
    return hour + HOUR + SCAN_DELAY


def fetch_hour(
    market: MarketDataPort, *, hour: datetime, now: datetime, requests: Sequence[BarRequest], bars: BarStore
) -> MarketHour:
    """Fetch what ``requests`` name for every USDT perpetual that trades. One symbol's failure does not end the scan."""
    started = time.monotonic()
    contracts = [contract for contract in market.contracts() if is_scanned(contract)]
    symbols = [contract.symbol for contract in contracts]
    found: dict[BarRequest, Mapping[str, Any]] = {}
    failed: dict[str, str] = {}
    for request in requests:
        found[request], failures = bars.fetch(market, request, symbols)
        failed |= {symbol: str(error) for symbol, error in failures.items()}
    view = ScanView(now=now, contracts=contracts, bars=found)
    return MarketHour(hour=hour, view=view, symbols=len(symbols), failed=failed, seconds=time.monotonic() - started)


def is_scanned(contract: Contract) -> bool:
    return contract.is_usdt_perpetual and contract.is_trading


def store_scan(
    *, strategy_name: str, market_hour: MarketHour, outcomes: Sequence[tuple[Bot, ScanOutcome]], used_weight: int = 0
) -> ScanRun | None:
    """Write the scan, its signals and its events in one transaction; None when another worker wrote this hour first."""
    try:
        with transaction.atomic():
            run = _create_run(strategy_name, market_hour, outcomes, used_weight)
            found = [
                _store_proposal(run=run, bot=bot, proposal=proposal, now=market_hour.view.now)
                for bot, outcome in outcomes
                for proposal in outcome.proposals
            ]
            _record_scan(run, signals=sum(found))
    except IntegrityError:
        if ScanRun.objects.filter(strategy=strategy_name, hour=market_hour.hour).exists():
            return None
        raise
    return run


def _create_run(
    strategy_name: str, market_hour: MarketHour, outcomes: Sequence[tuple[Bot, ScanOutcome]], used_weight: int
) -> ScanRun:
    readings: dict[str, Any] = {symbol: {"error": error} for symbol, error in market_hour.failed.items()}
    for _bot, outcome in outcomes[:1]:
        readings |= outcome.readings
    return ScanRun.objects.create(
        strategy=strategy_name,
        hour=market_hour.hour,
        finished_at=market_hour.view.now,
        symbols=market_hour.symbols,
        failed=len(market_hour.failed),
        seconds=round(market_hour.seconds, 4),
        used_weight=used_weight,
        readings_packed=pack_readings(readings),
    )


def _store_proposal(*, run: ScanRun, bot: Bot, proposal: Proposal, now: datetime) -> bool:
    """True when the proposal became a signal; a second surge of the same day is only noted."""
    signal, is_new = Signal.objects.get_or_create(
        bot=bot,
        symbol=proposal.symbol,
        day=proposal.candle_open.date(),
        defaults={
            "scan": run,
            "candle_open": proposal.candle_open,
            "surge_ratio": round_significant(proposal.surge_ratio),
            "price": proposal.price,
            "sell_volume": round_significant(proposal.sell_volume),
            "mean_sell_volume": round_significant(proposal.mean_sell_volume),
            "found_at": now,
        },
    )
    events.record(
        EventKind.SIGNAL_FOUND if is_new else EventKind.CANDIDATE_REPEATED,
        at=now,
        case=signal.case,
        bot=bot,
        symbol=proposal.symbol,
        ratio=f"{proposal.surge_ratio:.2f}",
        price=proposal.price,
        candle_open=proposal.candle_open,
    )
    return is_new


def _record_scan(run: ScanRun, *, signals: int) -> None:
    ratios = [Decimal(numbers["ratio"]) for numbers in run.readings.values() if "ratio" in numbers]
    events.record(
        EventKind.SCAN_FINISHED,
        at=run.finished_at,
        hour=run.hour,
        symbols=run.symbols,
        failed=run.failed,
        signals=signals,
        highest_ratio=f"{max(ratios, default=Decimal(0)):.1f}",
        seconds=run.seconds,
    )


def judge(strategy: Strategy, market_hour: MarketHour) -> ScanOutcome:
    return strategy.scan(market_hour.view, market_hour.hour)
