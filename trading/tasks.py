"""Ticks of the trading queue: each looks for due rows and works them; a lost or doubled tick changes nothing."""

from datetime import UTC, datetime, time, timedelta

from celery import shared_task

from desk import events
from desk.guarding import guarded
from desk.locks import only_one
from desk.models import Account, Bot, accounts_of_this_environment
from desk.venue import clock
from trading.core.states import PositionStatus
from trading.models import Position
from trading.services import income_keeping, ledger, reconcile, working_entries
from trading.services.entry import due_signals, refuse_too_old, work_signal
from trading.services.tending import tend, unfinished
from trading.venue import Venue, open_venue

SETTLING = timedelta(minutes=1)  # market; trades younger than this may still be on their way to us
SETTLING_WALL_SECONDS = 10


@shared_task(ignore_result=True, name="trading.tasks.enter_due_signals")
def enter_due_signals() -> None:
    """Enter on the signals whose collection window is over, one at a time over all workers."""
    with only_one("entries", seconds=60) as is_ours:
        if not is_ours:
            return
        attempts = [_enter(bot) for bot in _bots()]
    if all(attempts):
        events.beat("entries")


def _bots() -> list[Bot]:
    ours = Bot.objects.filter(account__in=accounts_of_this_environment())
    return list(ours.select_related("account").order_by("pk"))


def _enter(bot: Bot) -> bool:
    """True when the bot's signals could be worked; one that cannot stops the pulse, and no other bot's entries."""
    with guarded("enter", bot=bot.name) as attempt:
        _enter_for(bot)
    return not attempt.failed


def _enter_for(bot: Bot) -> None:
    market_clock = clock()
    now = market_clock.now()
    refuse_too_old(bot, now=now, speed=market_clock.speed)
    signals = due_signals(bot, now=now)
    if not signals:
        return
    venue = open_venue(bot.account)
    for signal in signals:
        with guarded("enter_on_signal", bot=bot.name, symbol=signal.symbol):
            entry = work_signal(signal, venue)
            if entry is not None:
                tend(entry.position, venue)


@shared_task(ignore_result=True, name="trading.tasks.work_entries")
def work_entries() -> None:
    """Ask about working entries, every two seconds of wall time."""
    for account in accounts_of_this_environment():
        with guarded("work_entries", account=account.name):
            if unfinished(account):
                working_entries.work_entries(open_venue(account))


@shared_task(ignore_result=True, name="trading.tasks.work_closing")
def work_closing() -> None:
    """Go on with closes that were asked for, by a person or by a process that died."""
    for position in Position.objects.filter(
        account__in=accounts_of_this_environment(), status=PositionStatus.CLOSING
    ).select_related("account", "bot"):
        with guarded("work_closing", symbol=position.symbol, position=position.pk):
            tend(position, open_venue(position.account))


@shared_task(ignore_result=True, name="trading.tasks.check_positions")
def check_positions() -> None:
    """Compare everything with the venue, re-make what is missing, let strategies judge. Never two at once."""
    with only_one("check", seconds=60) as is_ours:
        if not is_ours:
            return
        attempts = [_check(account) for account in accounts_of_this_environment()]
    if all(attempts):
        events.beat("check")


def _check(account: Account) -> bool:
    """True when the account could be checked; one that cannot stops the pulse, and no other account's check."""
    with guarded("check", account=account.name) as attempt:
        reconcile.check(open_venue(account))
    return not attempt.failed


@shared_task(ignore_result=True, name="trading.tasks.compare_books")
def compare_books() -> None:
    """Keep the income of today and yesterday, and compare the books of that time with the venue's."""
    for account in accounts_of_this_environment():
        with guarded("compare_books", account=account.name):
            _compare_books(open_venue(account))


def _compare_books(venue: Venue) -> None:
    now = venue.now()
    yesterday = datetime.combine(now.date(), time(), tzinfo=UTC) - timedelta(days=1)
    settled = now - max(SETTLING, timedelta(seconds=SETTLING_WALL_SECONDS * float(venue.clock.speed)))
    income_keeping.keep_income(venue, start=yesterday, end=now)
    ledger.alarm(ledger.compare(venue, start=yesterday, end=settled), venue)
