"""The hours that are due: each scanned once, then asked again for what is missing while it is fresh, then settled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.models import Bot
from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from signals.market_data import BarStore
from signals.models import ScanRun
from signals.scan import (
    HOUR,
    MarketHour,
    add_to_scan,
    fetch_hour,
    finished_hour,
    judge,
    scan_due_at,
    settle,
    store_scan,
    unanswered_hour,
)
from signals.strategies.base import ScanOutcome, Strategy

log = structlog.get_logger(__name__)

FRESH_FOR = timedelta(minutes=5)  # market; an hour that ended longer ago is too old to act on
FRESH_WALL_SECONDS = 5  # so that a fast replay is not late by the mere time a scan takes
ATTEMPTS = 9  # of one hour, at most; the waits between them are 1, 2, 4 … s of wall time
JUDGED_SHARE = 0.9  # of the contracts; an hour of which less was seen does not count as scanned


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """One strategy with the bots that follow it, before one market at one moment (market time)."""

    name: str
    strategies: Sequence[tuple[Bot, Strategy]]
    market: MarketDataPort
    bars: BarStore
    now: datetime
    speed: Decimal

    def scan_due(self) -> list[ScanRun]:
        """Scan what is due, oldest first; the runs that were written or added to."""
        worked = [run for run in self._unsettled() if self._ask_again(run)]
        for hour in self._unscanned_hours():
            run = self._scan(hour)
            if run is not None:
                worked.append(run)
        return worked

    def is_judged(self) -> bool:
        """Whether enough was seen of the newest hour that is due; one that came and went without us does not count."""
        newest = _newest(self.name)
        return newest is None or newest.hour < finished_hour(self.now) or newest.judged_share >= JUDGED_SHARE

    def is_fresh(self, hour: datetime) -> bool:
        allowed = max(FRESH_FOR, timedelta(seconds=FRESH_WALL_SECONDS * float(self.speed)))
        return self.now - scan_due_at(hour) <= allowed

    def _unscanned_hours(self) -> Iterator[datetime]:
        """Fresh hours after the newest that was scanned; before the first scan only the one that is due."""
        due, newest = finished_hour(self.now), _newest(self.name)
        hour = due if newest is None else newest.hour + HOUR
        while hour <= due:
            if self.is_fresh(hour):
                yield hour
            hour += HOUR

    def _scan(self, hour: datetime) -> ScanRun | None:
        """None when there is nothing to scan, or another worker wrote this hour first."""
        fetched = self._fetch(hour)
        if fetched is None:
            return None
        market_hour, outcomes = fetched
        newest = _newest(self.name)
        with transaction.atomic():
            run = store_scan(
                strategy_name=self.name, market_hour=market_hour, outcomes=outcomes, used_weight=self._used_weight()
            )
            if run is not None:
                self._note_missed_hours(after=newest.hour if newest else hour - HOUR, until=hour)
        if run is not None:
            _log(run)
        return run

    def _ask_again(self, run: ScanRun) -> bool:
        """Another attempt at what is missing of ``run``, when it is time for one; True when it was made."""
        if not self.is_fresh(run.hour):
            settle(run, now=self.now)
            return False
        if timezone.now() - run.tried_at < timedelta(seconds=2 ** (run.attempts - 1)):
            return False
        fetched = self._fetch(run.hour, missing_of=run)
        if fetched is None:
            return False
        market_hour, outcomes = fetched
        is_ours = add_to_scan(run, market_hour=market_hour, outcomes=outcomes, used_weight=self._used_weight())
        if is_ours and run.attempts >= ATTEMPTS:
            settle(run, now=self.now)
        _log(run)
        return is_ours

    def _fetch(
        self, hour: datetime, *, missing_of: ScanRun | None = None
    ) -> tuple[MarketHour, Sequence[tuple[Bot, ScanOutcome]]] | None:
        """What the market says of ``hour`` and what each bot makes of it; None when no bot wants any bars."""
        wanted = (request for _bot, strategy in self.strategies for request in strategy.scan_bars(hour))
        requests = list(dict.fromkeys(wanted))
        if not requests:
            return None
        only = missing_of.missing if missing_of is not None and missing_of.symbols else None
        try:
            market_hour = fetch_hour(
                self.market, hour=hour, now=self.now, requests=requests, bars=self.bars, only=only
            )  # fmt: skip
        except ExchangeError as error:
            log.warning("contracts_not_read", hour=hour.isoformat(), error=str(error))
            return unanswered_hour(hour, now=self.now), ()
        return market_hour, [(bot, judge(strategy, market_hour)) for bot, strategy in self.strategies]

    def _used_weight(self) -> int:
        return getattr(self.market, "used_weight_1m", 0) or 0

    def _unsettled(self) -> Sequence[ScanRun]:
        return list(ScanRun.objects.filter(strategy=self.name, is_settled=False).order_by("hour"))

    def _note_missed_hours(self, *, after: datetime, until: datetime) -> None:
        hour = after + HOUR
        while hour < until:
            events.record(EventKind.SCAN_MISSED, at=self.now, hour=hour, strategy=self.name)
            hour += HOUR


def _newest(strategy_name: str) -> ScanRun | None:
    return ScanRun.objects.filter(strategy=strategy_name).defer("readings_packed").order_by("-hour").first()


def _log(run: ScanRun) -> None:
    log.info(
        "scan_finished",
        hour=run.hour.isoformat(),
        symbols=run.symbols,
        failed=run.failed,
        attempts=run.attempts,
        seconds=round(run.seconds, 3),
    )
