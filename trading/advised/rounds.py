"""A round of the loop: what is pending goes on, what is due is looked at, a few symbols at a time."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import connections

from advisor.models import Watch
from desk.guarding import guarded
from desk.models import Bot
from exchange.clock import wall_now
from trading.advised.choosing import chosen_pairs, hour_of
from trading.advised.execution import go_on, pending_decisions
from trading.advised.gathering import Standing, standing_of
from trading.advised.look import Desk, look
from trading.advised.watching import claim_some, keep_watches, listed_symbols, looked
from trading.core.states import PositionStatus
from trading.models import Position

log = structlog.get_logger(__name__)

ROUND_SECONDS = 5.0  # wall; a round begins no further looks after that
CHOICE_WALL_SECONDS = 30.0  # ranking reads the whole market: neither a fast replay nor a failure may repeat it at once
CLAIM_MARGIN_SECONDS = 30.0  # wall, beyond an analysis' own deadline


@dataclass(slots=True)
class Choice:
    """When each bot's pairs were chosen last, market hour. Kept by the process: choosing again changes nothing."""

    monotonic: Callable[[], float] = time.monotonic
    hours: dict[int, datetime] = field(default_factory=dict)
    tried: dict[int, float] = field(default_factory=dict)

    def is_due(self, bot: Bot, now: datetime, *, has_none: bool) -> bool:
        """Once an hour, or when there are none; not soon after the last attempt."""
        if self.monotonic() - self.tried.get(bot.pk, -CHOICE_WALL_SECONDS) < CHOICE_WALL_SECONDS:
            return False
        return has_none or self.hours.get(bot.pk) != hour_of(now)

    def note_attempt(self, bot: Bot) -> None:
        self.tried[bot.pk] = self.monotonic()

    def note(self, bot: Bot, now: datetime) -> None:
        self.hours[bot.pk] = hour_of(now)


def work_round(bot: Bot, desk: Desk, choice: Choice, *, parallel: int | None = None) -> int:
    """One round of ``bot``; how many symbols were looked at. ``parallel`` overrides the setting.

    Raises ExchangeError where market time cannot be read, ValidationError for settings that are not valid.
    """
    standing = standing_of(bot)
    go_on_with_pending(bot, desk)
    _keep_watches(standing, desk, choice)
    looks, deadline = 0, time.monotonic() + ROUND_SECONDS
    while time.monotonic() < deadline:
        most = parallel or standing.config.parallel_looks
        seconds = desk.panel.seconds + CLAIM_MARGIN_SECONDS
        watches = claim_some(bot, now=desk.venue.now(), wall=wall_now(), most=most, seconds=seconds)
        if not watches:
            break
        _side_by_side([_step(watch, standing, desk) for watch in watches], threads=most)
        looks += len(watches)
    return looks


def go_on_with_pending(bot: Bot, desk: Desk) -> None:
    for decision in pending_decisions(bot):
        with guarded("go_on_with_decision", decision=decision.pk, symbol=decision.symbol):
            go_on(decision, now=desk.venue.now(), speed=desk.speed)


def _keep_watches(standing: Standing, desk: Desk, choice: Choice) -> None:
    """A bot that is switched off enters nothing: it looks at what it holds and asks nobody about the rest."""
    bot, now = standing.bot, desk.venue.now()
    held = set(Position.objects.filter(bot=bot).exclude(status=PositionStatus.CLOSED).values_list("symbol", flat=True))
    listed: Sequence[str] | None = None
    if not bot.auto_trade:
        listed = ()
    elif choice.is_due(bot, now, has_none=not listed_symbols(bot)):
        choice.note_attempt(bot)
        with guarded("choose_pairs", bot=bot.name):
            listed = chosen_pairs(standing, desk.venue.market)
            choice.note(bot, now)
    keep_watches(bot, listed=listed, held=held, now=now)


def _step(watch: Watch, standing: Standing, desk: Desk) -> Callable[[], None]:
    def step() -> None:
        error = "interrupted"
        with guarded("look", bot=standing.bot.name, symbol=watch.symbol) as attempt:
            look(watch.symbol, standing, desk)
        if not attempt.failed:
            error = ""
        looked(watch, standing.config, now=desk.venue.now(), speed=desk.speed, error=error)

    return step


def _side_by_side(steps: Sequence[Callable[[], None]], *, threads: int) -> None:
    """All of ``steps``, in threads with database connections of their own; one alone needs no thread."""
    if threads == 1 or len(steps) == 1:
        for step in steps:
            step()
        return
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="look") as pool:
        for done in [pool.submit(_with_own_connection, step) for step in steps]:
            done.result()


def _with_own_connection(step: Callable[[], None]) -> None:
    try:
        step()
    finally:
        connections.close_all()
