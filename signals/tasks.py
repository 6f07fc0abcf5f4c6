"""The scan on the schedule: a tick looks which hours are due, and each strategy scans them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from celery import shared_task

from desk import events
from desk.guarding import guarded
from desk.locks import only_one
from desk.models import Bot, accounts_of_this_environment
from desk.venue import clock, market_data
from desk.waiting import wait_until
from signals.due_hours import Scanner
from signals.market_data import BarStore
from signals.scan import HOUR, finished_hour, scan_due_at
from signals.strategies.base import Strategy
from signals.strategies.registry import strategy_of

TICK_SECONDS = 1.0  # wall; the period of the scan_due row

_bars = BarStore()


@shared_task(ignore_result=True, name="signals.tasks.scan_due")
def scan_due() -> None:
    """Scan the hours that are due, waiting for one that comes within this tick."""
    with only_one("scan", seconds=60) as is_ours:
        if not is_ours:
            return
        venue_clock = clock()
        upcoming = scan_due_at(finished_hour(venue_clock.now()) + HOUR)
        wait_until(upcoming, clock=venue_clock, at_most=TICK_SECONDS)
        attempts = [scan_strategy(name, bots, now=venue_clock.now()) for name, bots in _bots_by_strategy().items()]
    if all(attempts):
        events.beat("scan")


def scan_strategy(strategy_name: str, bots: Sequence[Bot], *, now: datetime) -> bool:
    """Scan what is due for ``bots``; True when all of them could judge the newest hour.

    A strategy that cannot scan stops the pulse, and no other strategy.
    """
    strategies = _strategies(bots)
    with guarded("scan", strategy=strategy_name) as attempt:
        scanner = Scanner(
            name=strategy_name,
            strategies=strategies,
            market=market_data(),
            bars=_bars,
            now=now,
            speed=clock().speed,
        )
        scanner.scan_due()
        attempt.failed = len(strategies) < len(bots) or not scanner.is_judged()
    return not attempt.failed


def _bots_by_strategy() -> dict[str, list[Bot]]:
    grouped: dict[str, list[Bot]] = defaultdict(list)
    for bot in Bot.objects.filter(account__in=accounts_of_this_environment()).select_related("account").order_by("pk"):
        grouped[bot.strategy].append(bot)
    return grouped


def _strategies(bots: Sequence[Bot]) -> list[tuple[Bot, Strategy]]:
    """Each bot's strategy; a bot whose settings are not valid is left out and stops the pulse, and the others scan."""
    found: list[tuple[Bot, Strategy]] = []
    for bot in bots:
        with guarded("open_strategy", bot=bot.name):
            found.append((bot, strategy_of(bot.config_version)))
    return found
