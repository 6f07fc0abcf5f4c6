"""Scanning: one look at the whole market for one finished hour, and how it becomes rows."""

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from signals.market_data import Ahead, BarStore, ScanView
from signals.models import ScanRun, Signal, pack_readings
from signals.strategies.base import BarRequest, Proposal, ScanOutcome, Strategy

HOUR = timedelta(hours=1)
SCAN_DELAY = timedelta(seconds=5)
NAMED = 5  # missing contracts named in an event; the run's readings name them all


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

    @property
    def is_complete(self) -> bool:
        return not self.failed and self.symbols > 0


def finished_hour(now: datetime) -> datetime:
    """Open time of the newest hour whose scan is due: it closed at least five seconds ago."""
    top = (now - SCAN_DELAY).replace(minute=0, second=0, microsecond=0)
    return top - HOUR


def scan_due_at(hour: datetime) -> datetime:
    """Market time at which the hour opening at ``hour`` is scanned: HH:00:05 after its end."""
    return hour + HOUR + SCAN_DELAY


def fetch_hour(
    market: MarketDataPort,
    *,
    hour: datetime,
    now: datetime,
    requests: Sequence[BarRequest],
    bars: BarStore,
    only: Collection[str] | None = None,
) -> MarketHour:
    """Fetch what ``requests`` name for every USDT perpetual that trades, or for ``only`` those named.

    The bars of the contracts that the last scan knew are asked for beside the list of contracts, those that it did not
    know after it. One symbol's failure does not end the scan. Raises ExchangeError when the contracts cannot be read.
    """
    started = time.monotonic()
    ahead = Ahead(market, bars, requests, symbols=bars.symbols if only is None else ())
    with ThreadPoolExecutor(max_workers=1) as beside:
        listing = beside.submit(market.contracts)
        ahead.fetch()
    contracts = [each for each in listing.result() if is_scanned(each) and (only is None or each.symbol in only)]
    symbols = [contract.symbol for contract in contracts]
    found: dict[BarRequest, Mapping[str, Any]] = {}
    failed: dict[str, str] = {}
    for request in requests:
        found[request], failures = ahead.completed(request, symbols)
        failed |= {symbol: str(error) for symbol, error in failures.items()}
    if only is None:
        bars.symbols = symbols
    view = ScanView(now=now, contracts=contracts, bars=found)
    return MarketHour(hour=hour, view=view, symbols=len(symbols), failed=failed, seconds=time.monotonic() - started)


def is_scanned(contract: Contract) -> bool:
    return contract.is_usdt_perpetual and contract.is_trading


def unanswered_hour(hour: datetime, *, now: datetime) -> MarketHour:
    """An hour of which not even the contracts could be read."""
    return MarketHour(
        hour=hour, view=ScanView(now=now, contracts=[], bars={}), symbols=0, failed={}, seconds=0.0
    )  # fmt: skip


def store_scan(
    *, strategy_name: str, market_hour: MarketHour, outcomes: Sequence[tuple[Bot, ScanOutcome]], used_weight: int = 0
) -> ScanRun | None:
    """Write the scan, its signals and its events in one transaction; None when another worker wrote this hour first."""
    try:
        with transaction.atomic():
            run = _create_run(strategy_name, market_hour, outcomes, used_weight)
            found = _store_proposals(run, outcomes, now=market_hour.view.now)
            if not market_hour.is_empty:
                _record_scan(run, signals=found)
    except IntegrityError:
        if ScanRun.objects.filter(strategy=strategy_name, hour=market_hour.hour).exists():
            return None
        raise
    return run


def add_to_scan(
    run: ScanRun, *, market_hour: MarketHour, outcomes: Sequence[tuple[Bot, ScanOutcome]], used_weight: int = 0
) -> bool:
    """Take what another attempt found of the missing contracts into ``run``; False when another worker did it first."""
    with transaction.atomic():
        locked = ScanRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        if locked.attempts != run.attempts or locked.is_settled:
            return False
        had_nothing = not locked.judged_share
        _take_over(locked, market_hour, outcomes)
        locked.used_weight = used_weight
        locked.save()
        found = _store_proposals(locked, outcomes, now=market_hour.view.now)
        if had_nothing and locked.judged_share:
            _record_scan(locked, signals=found)
    run.refresh_from_db()
    return True


def settle(run: ScanRun, *, now: datetime) -> None:
    """Ask no more for what is missing of ``run``, and say so."""
    with transaction.atomic():
        if not ScanRun.objects.filter(pk=run.pk, is_settled=False).update(is_settled=True):
            return
        if not run.judged_share:
            events.record(EventKind.SCAN_MISSED, at=now, hour=run.hour, strategy=run.strategy)
        elif run.failed:
            _record_incomplete(run, now=now)
    run.refresh_from_db()


def _record_incomplete(run: ScanRun, *, now: datetime) -> None:
    names = sorted(run.missing)
    events.record(
        EventKind.SCAN_INCOMPLETE,
        at=now,
        hour=run.hour,
        strategy=run.strategy,
        missing=run.failed,
        symbols=run.symbols,
        attempts=run.attempts,
        names=", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else ""),
    )


def _create_run(
    strategy_name: str, market_hour: MarketHour, outcomes: Sequence[tuple[Bot, ScanOutcome]], used_weight: int
) -> ScanRun:
    return ScanRun.objects.create(
        strategy=strategy_name,
        hour=market_hour.hour,
        finished_at=market_hour.view.now,
        symbols=market_hour.symbols,
        failed=len(market_hour.failed),
        seconds=round(market_hour.seconds, 4),
        used_weight=used_weight,
        is_settled=market_hour.is_complete,
        readings_packed=pack_readings(_readings(market_hour, outcomes)),
    )


def _take_over(run: ScanRun, market_hour: MarketHour, outcomes: Sequence[tuple[Bot, ScanOutcome]]) -> None:
    kept = {symbol: numbers for symbol, numbers in run.readings.items() if "error" not in numbers}
    if market_hour.symbols:  # else nothing was answered: what was missing still is
        run.readings_packed = pack_readings(kept | _readings(market_hour, outcomes))
        run.failed = len(market_hour.failed)
        run.is_settled = market_hour.is_complete
    run.symbols = run.symbols or market_hour.symbols
    run.attempts += 1
    run.seconds = round(run.seconds + market_hour.seconds, 4)
    run.finished_at = market_hour.view.now


def _readings(market_hour: MarketHour, outcomes: Sequence[tuple[Bot, ScanOutcome]]) -> dict[str, Any]:
    readings: dict[str, Any] = {symbol: {"error": error} for symbol, error in market_hour.failed.items()}
    for _bot, outcome in outcomes[:1]:
        readings = {**outcome.readings, **readings}
    return readings


def _store_proposals(run: ScanRun, outcomes: Sequence[tuple[Bot, ScanOutcome]], *, now: datetime) -> int:
    """How many of the proposals became signals."""
    return sum(
        _store_proposal(run=run, bot=bot, proposal=proposal, now=now)
        for bot, outcome in outcomes
        for proposal in outcome.proposals
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
