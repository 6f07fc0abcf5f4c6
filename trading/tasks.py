"""Ticks of the trading queue: each looks for due rows and works them; a lost or doubled tick changes nothing."""

from celery import shared_task

from desk import events
from desk.giving_way import give_way, hold_lease_or_give_way
from desk.guarding import guarded
from desk.locks import TICK_SECONDS, only_one
from desk.models import Account, Bot, accounts_of_this_environment
from desk.venue import clock, market_data
from signals.contexts import keep_contexts
from trading.core.rivals import Standing
from trading.core.states import PositionStatus
from trading.models import Position
from trading.services import (
    bookkeeping,
    executions,
    position_changes,
    reconcile,
    surroundings,
    takeover,
    working_entries,
)
from trading.services.breaker_watch import watch_breaker
from trading.services.commission_values import value_if_possible
from trading.services.entry import due_signals, refuse_too_old, work_signal
from trading.services.shadow_following import follow_due
from trading.services.tending import tend, unfinished
from trading.venue import open_venue


@shared_task(ignore_result=True, name="trading.tasks.enter_due_signals")
def enter_due_signals() -> None:
    """Enter on the signals whose collection window is over, one at a time over all workers."""
    with only_one("entries", seconds=TICK_SECONDS) as is_ours:
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
            if unfinished(account) or executions.is_any_running(account):
                venue = open_venue(account)
                working_entries.work_entries(venue)
                executions.work_executions(venue)


@shared_task(ignore_result=True, name="trading.tasks.work_changes")
def work_changes() -> None:
    """Carry out what was asked to be changed of open positions, and go on with what a process that died began."""
    with only_one("changes", seconds=TICK_SECONDS) as is_ours:
        if not is_ours:
            return
        for account in accounts_of_this_environment():
            with guarded("work_changes", account=account.name):
                if position_changes.unfinished_changes(account):
                    position_changes.work_changes(open_venue(account))


@shared_task(ignore_result=True, name="trading.tasks.work_closing")
def work_closing() -> None:
    """Go on with closes that were asked for, by a person or by a process that died."""
    for position in Position.objects.filter(
        account__in=accounts_of_this_environment(), status=PositionStatus.CLOSING
    ).select_related("account", "bot"):
        with guarded("work_closing", symbol=position.symbol, position=position.pk):
            tend(position, open_venue(position.account))


@shared_task(ignore_result=True, name="trading.tasks.work_adoptions")
def work_adoptions() -> None:
    """Take over the positions that a person has asked to be taken over."""
    for account in accounts_of_this_environment():
        with guarded("work_adoptions", account=account.name):
            if takeover.has_open_adoptions(account):
                takeover.work_adoptions(open_venue(account))


@shared_task(ignore_result=True, name="trading.tasks.look_around")
def look_around() -> None:
    """Look at everything open on each account: what is not ours, and whether another installation works there."""
    for account in accounts_of_this_environment():
        with guarded("look_around", account=account.name):
            if surroundings.look_around(open_venue(account)) is Standing.LATER and not unfinished(account):
                give_way("another Duo-Live works on this account, and this one came later")


@shared_task(ignore_result=True, name="trading.tasks.hold_lease")
def hold_lease() -> None:
    """Renew the lease of the run that this process belongs to; a run that has lost it ends."""
    hold_lease_or_give_way()


@shared_task(ignore_result=True, name="trading.tasks.check_positions")
def check_positions() -> None:
    """Compare everything with the venue, re-make what is missing, let strategies judge. Never two at once."""
    with only_one("check", seconds=TICK_SECONDS) as is_ours:
        if not is_ours:
            return
        attempts = [_check(account) for account in accounts_of_this_environment()]
    if all(attempts):
        events.beat("check")


def _check(account: Account) -> bool:
    """True when the account could be checked; one that cannot stops the pulse, and no other account's check."""
    with guarded("check", account=account.name) as attempt:
        reconcile.check(open_venue(account))
    with guarded("watch_breaker", account=account.name):
        watch_breaker(open_venue(account), is_ok=not attempt.failed)
    return not attempt.failed


@shared_task(ignore_result=True, name="trading.tasks.compare_books")
def compare_books() -> None:
    """Keep the income of today and yesterday, or since the last time, and compare the books of it with the venue's."""
    for account in accounts_of_this_environment():
        with guarded("compare_books", account=account.name):
            bookkeeping.close_books(open_venue(account))


@shared_task(ignore_result=True, name="trading.tasks.compare_after_close")
def compare_after_close() -> None:
    """Compare the books once the trades of a position that has closed must have arrived."""
    for account in accounts_of_this_environment():
        with guarded("compare_after_close", account=account.name):
            venue = open_venue(account)
            value_if_possible(venue)
            if bookkeeping.has_closed_since(venue):
                bookkeeping.close_books(venue)


@shared_task(ignore_result=True, name="trading.tasks.follow_shadows")
def follow_shadows() -> None:
    """Keep what the filters look at of decided signals, and follow the trades that refused ones would have become."""
    with only_one("shadows", seconds=300) as is_ours:
        if is_ours:
            now = clock().now()
            keep_contexts(market_data(), now=now)
            follow_due(market_data(), now=now)
