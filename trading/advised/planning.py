"""The plan that steps on a symbol are taken by, looked over when it is time."""

from datetime import datetime, timedelta
from typing import Any

from advisor import plans
from advisor.budget import Rung
from advisor.context.telling import NOTHING, Context
from advisor.memory.recall import recall
from advisor.memory.relevance import Situation
from advisor.memory.vectors import encode
from advisor.models import Plan
from advisor.picture_facts import PictureFacts
from advisor.session import Panel, rung_of
from advisor.strategic import strategize
from signals.outlook.picture import MarketPicture
from trading.advised.briefing import plan_row
from trading.advised.gathering import Standing, position_on

STRATEGIC_FRAMES = frozenset({"15m", "1h", "4h", "1d"})
STRATEGIC_PARTS = frozenset({"market", "confluence", "level", "pattern", "gap"})
EARLIER_PLANS = 5


def plan_for(
    standing: Standing,
    picture: MarketPicture,
    reading: PictureFacts,
    context: Context = NOTHING,
    *,
    panel: Panel,
    is_news: bool,
    now: datetime,
) -> Plan | None:
    """The plan in force on the picture's symbol, after the strategist was asked where that was due.

    While money is short nobody is asked about a symbol that brings no news.
    """
    bot, symbol, narrative = standing.bot, picture.symbol, str(picture.action)
    plan = plans.plan_in_force(bot, symbol)
    is_held = position_on(bot.account, symbol) is not None
    if plan is not None and plans.end_if_over(plan, price=picture.price, is_held=is_held, now=now):
        plan = None
    every = timedelta(minutes=standing.config.plan_every_minutes)
    if not plans.is_due(plan, every=every, narrative=narrative, regime=reading.regime, now=now):
        return plan
    if not is_news and rung_of(panel) >= Rung.SKIP_IDLE:
        return plan
    facts = _facts(standing, picture, reading, plan, now=now) | {"context": context.as_block()}
    advice = strategize(reading, facts, panel=panel, direction=plan.direction if plan else "")
    return plans.keep_view(
        bot,
        symbol,
        advice,
        price=picture.price,
        narrative=narrative,
        regime=reading.regime,
        inputs_hash=context.hashed_with(picture.inputs_hash),
        now=now,
    )


def _facts(
    standing: Standing, picture: MarketPicture, reading: PictureFacts, plan: Plan | None, *, now: datetime
) -> dict[str, Any]:
    """The slow timeframes, the plans so far, what is remembered."""
    situation = Situation(
        symbol=picture.symbol, regime=reading.regime, hour=now.hour, vector=encode(reading.features)
    )  # fmt: skip
    memory = recall(standing.bot, situation, trades=standing.trades, now=now)
    earlier = Plan.objects.filter(bot=standing.bot, symbol=picture.symbol)[:EARLIER_PLANS]
    return {
        "now": {"utc": now, "symbol": picture.symbol},
        "plan": plan_row(plan) if plan else None,
        "earlier_plans": [plan_row(row) for row in earlier if plan is None or row.pk != plan.pk],
        "market": [row for row in picture.as_rows() if _is_slow(row)],
        "memories": memory.relevant,
        "statistics": memory.statistics,
    }


def _is_slow(row: Any) -> bool:
    return row.get("part") in STRATEGIC_PARTS or str(row.get("timeframe")) in STRATEGIC_FRAMES
