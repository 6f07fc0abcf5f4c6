"""Ticks of the AI futures bot on the scan queue: each looks for due rows; a lost or doubled tick changes nothing."""

from functools import cache

from celery import shared_task
from django.conf import settings

from advisor.session import panel_of_settings, strategic_panel_of_settings
from desk import events
from desk.guarding import guarded
from desk.locks import only_one
from desk.models import Bot, accounts_of_this_environment
from desk.venue import market_data
from signals.indicators.frames import FrameCache
from trading.advised.housekeeping import keep_house
from trading.advised.look import Desk
from trading.advised.rounds import ROUND_SECONDS, Choice, work_round
from trading.venue import open_venue

STRATEGY = "ai_futures"
LOCK_MARGIN_SECONDS = 15.0  # wall, beyond the longest look that a round may have begun

_choice = Choice()


@shared_task(ignore_result=True, name="trading.advised.tasks.advise_due")
def advise_due() -> None:
    """Look at the symbols that are due, and go on with decisions that wait."""
    with only_one("advise", seconds=ROUND_SECONDS + settings.AI_DEADLINE_SECONDS + LOCK_MARGIN_SECONDS) as is_ours:
        if not is_ours:
            return
        attempts = [_advise(bot) for bot in _bots()]
    if all(attempts):
        events.beat("advise")


def _advise(bot: Bot) -> bool:
    """True when the bot's round could be made; one that cannot stops the pulse, and no other bot's round."""
    with guarded("advise", bot=bot.name) as attempt:
        work_round(bot, desk_of(bot), _choice)
    return not attempt.failed


@shared_task(ignore_result=True, name="trading.advised.tasks.keep_house")
def keep_house_of_advice() -> None:
    """Remember closed trades, fade memories, review, and drop what is too old."""
    bots = _bots()
    with only_one("keep_house", seconds=settings.AI_DEADLINE_SECONDS * max(len(bots), 1) + LOCK_MARGIN_SECONDS) as ours:
        if not ours:  # a review under way is not asked for, and paid, once more
            return
        for bot in bots:
            with guarded("keep_house", bot=bot.name):
                keep_house(bot, desk_of(bot))


def desk_of(bot: Bot) -> Desk:
    return Desk(
        venue=open_venue(bot.account),
        detail=market_data(),
        panel=panel_of_settings(),
        strategic=strategic_panel_of_settings(),
        cache=_cache(),
    )


@cache
def _cache() -> FrameCache:
    return FrameCache()


def _bots() -> list[Bot]:
    ours = Bot.objects.filter(account__in=accounts_of_this_environment(), strategy=STRATEGY)
    return list(ours.select_related("account").order_by("pk"))
