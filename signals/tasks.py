"""The scan on the schedule: a tick looks whether an hour is due and scans it once."""

from collections import defaultdict
from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.locks import only_one
from desk.models import Bot, accounts_of_this_environment
from desk.venue import clock, market_data
from desk.waiting import wait_until
from signals.market_data import BarStore
from signals.models import ScanRun
from signals.scan import HOUR, fetch_hour, finished_hour, judge, scan_due_at, store_scan
from signals.strategies.base import Strategy
from signals.strategies.registry import strategy_of

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0  # wall; the period of the scan_due row
STALE_AFTER = timedelta(minutes=5)
STALE_WALL_SECONDS = 5  # so that a fast replay is not late by the mere time a scan takes

_bars = BarStore()


@shared_task(ignore_result=True, name="signals.tasks.scan_due")
def scan_due() -> None:
    """Scan the hour that is due, waiting for it if it comes within this tick."""
    with only_one("scan", seconds=60) as is_ours:
        if not is_ours:
            return
        venue_clock = clock()
        upcoming = scan_due_at(finished_hour(venue_clock.now()) + HOUR)
        wait_until(upcoming, clock=venue_clock, at_most=TICK_SECONDS)
        grouped = _bots_by_strategy()
        attempts = [_scan(name, bots, now=venue_clock.now()) for name, bots in grouped.items()]
    if all(attempts):
        events.beat("scan")


def _scan(strategy_name: str, bots: list[Bot], *, now: datetime) -> bool:
    """True when nothing went wrong; a strategy that cannot scan stops the pulse, and no other strategy."""
    with guarded("scan", strategy=strategy_name) as attempt:
        scan_strategy(strategy_name, bots, now=now)
    return not attempt.failed


def _bots_by_strategy() -> dict[str, list[Bot]]:
    grouped: dict[str, list[Bot]] = defaultdict(list)
    for bot in Bot.objects.filter(account__in=accounts_of_this_environment()).select_related("account").order_by("pk"):
        grouped[bot.strategy].append(bot)
    return grouped


def scan_strategy(strategy_name: str, bots: list[Bot], *, now: datetime) -> ScanRun | None:
    """Scan the newest finished hour for ``bots``, once; an hour that is too old is only noted as missed."""
    hour = finished_hour(now)
    newest = ScanRun.objects.filter(strategy=strategy_name).order_by("-hour").first()
    if newest is not None and newest.hour >= hour:
        return None
    if _is_stale(hour, now):
        return None
    strategies = _strategies(bots)
    requests = list(dict.fromkeys(request for _bot, strategy in strategies for request in strategy.scan_bars(hour)))
    if not requests:
        return None
    market = market_data()
    market_hour = fetch_hour(market, hour=hour, now=now, requests=requests, bars=_bars)
    if market_hour.is_empty:  # asked again at the next tick while the hour is fresh
        log.warning("scan_failed", hour=hour.isoformat(), symbols=market_hour.symbols)
        return None
    outcomes = [(bot, judge(strategy, market_hour)) for bot, strategy in strategies]
    with transaction.atomic():
        run = store_scan(
            strategy_name=strategy_name,
            market_hour=market_hour,
            outcomes=outcomes,
            used_weight=getattr(market, "used_weight_1m", 0) or 0,
        )
        if run is not None:
            _note_missed_hours(strategy_name, after=newest.hour if newest else hour - HOUR, until=hour, now=now)
    if run is not None:
        log.info(
            "scan_finished", hour=hour.isoformat(), symbols=market_hour.symbols, seconds=round(market_hour.seconds, 3)
        )
    return run


def _strategies(bots: list[Bot]) -> list[tuple[Bot, Strategy]]:
    """Each bot's strategy; a bot whose settings are not valid is left out, and the others scan."""
    found: list[tuple[Bot, Strategy]] = []
    for bot in bots:
        with guarded("open_strategy", bot=bot.name):
            found.append((bot, strategy_of(bot.config_version)))
    return found


def _is_stale(hour: datetime, now: datetime) -> bool:
    late = now - scan_due_at(hour)
    allowed = max(STALE_AFTER, timedelta(seconds=STALE_WALL_SECONDS * float(clock().speed)))
    return late > allowed


def _note_missed_hours(strategy_name: str, *, after: datetime, until: datetime, now: datetime) -> None:
    hour = after + HOUR
    while hour < until:
        events.record(EventKind.SCAN_MISSED, at=now, hour=hour, strategy=strategy_name)
        hour += HOUR
