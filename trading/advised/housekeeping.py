"""What is done beside the looks: trades remembered, memories faded, reviews made, old decisions dropped."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from advisor.memory.keeping import fade_memories, remember_trade
from advisor.memory.trades import ClosedTrade
from advisor.models import Decision, Outcome, Plan, PlanStatus
from advisor.providers.health import StoredHealth
from advisor.providers.router import Router
from advisor.review import Findings, by_counting, by_model, review_if_due
from advisor.session import Panel
from advisor.spending import DeskPurse
from desk.models import Bot
from exchange.clock import wall_now
from trading.advised.look import Desk
from trading.advised.trades import closed_trades

KEPT_WITH_OUTCOME = timedelta(days=400)  # wall; what moved money is kept for the books of a year
AT_ONCE = 500  # rows that one turn drops
UNREMARKABLE = (Outcome.HELD, Outcome.SHADOW, Outcome.FAILED)


def keep_house(bot: Bot, desk: Desk) -> None:
    """Safe to do again at any time: every step looks at rows and does what is left."""
    now = desk.venue.now()
    trades = closed_trades(bot)
    for trade in trades:
        remember_trade(bot, trade)
    fade_memories(bot, now)
    review_if_due(bot, trades, now=now, look=by_counting if not desk.panel.advisers else _asking(desk.panel))
    drop_old(bot, wall=wall_now())


def _asking(panel: Panel) -> Callable[[Sequence[ClosedTrade]], Findings]:
    router = Router(
        advisers=panel.advisers,
        health=StoredHealth(),
        purse=DeskPurse(panel.caps, panel.now),
        prices=panel.prices,
        now=panel.now,
        preferred=panel.preferred,
        call_seconds=panel.call_seconds,
    )
    return lambda trades: by_model(trades, router, seconds=panel.seconds)


def drop_old(bot: Bot, *, wall: datetime) -> int:
    """Delete what nobody will ask for any more; how many rows went. What opened an imagined trade stays with it."""
    unremarkable_before = wall - timedelta(days=settings.AI_KEEP_DAYS)
    old = Q(outcome__in=UNREMARKABLE, asked_at__lt=unremarkable_before) | Q(asked_at__lt=wall - KEPT_WITH_OUTCOME)
    rows = Decision.objects.filter(old, bot=bot, shadow_trade__isnull=True).exclude(outcome=Outcome.PENDING)
    chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    gone, _ = Decision.objects.filter(pk__in=chosen).delete()
    views = Plan.objects.filter(bot=bot, ended_at__isnull=False, status__in=(PlanStatus.NEUTRAL, PlanStatus.EXPIRED))
    ended = views.filter(ended_at__lt=wall - timedelta(days=settings.AI_KEEP_DAYS), decisions__isnull=True)
    ended_gone, _ = Plan.objects.filter(pk__in=list(ended.values_list("pk", flat=True)[:AT_ONCE])).delete()
    return gone + ended_gone
