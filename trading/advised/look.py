"""One look at one symbol: the picture, the question, the answer on record, and the first step of carrying it out."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog

from advisor.context.known import known_context
from advisor.context.telling import Context
from advisor.memory.market_keeping import remember_market
from advisor.models import Decision, Plan, Variant
from advisor.picture_facts import PictureFacts
from advisor.picture_facts import facts_of as seen_in
from advisor.prompts.brief import Brief
from advisor.providers.port import Deadline
from advisor.providers.router import LEAST_SECONDS
from advisor.providers.rules import RULES
from advisor.session import SKIPPED, Advice, Panel, advise
from advisor.variants import challengers, champion
from desk.models import new_case
from exchange.ports import MarketDetailPort
from risk.breaker_store import note_ai
from signals.indicators.frames import FrameCache
from signals.outlook.inputs import Freshness
from signals.outlook.picture import MarketPicture
from signals.outlook.reading import read_market
from signals.strategies.ai_futures import Mode
from trading.advised import planning
from trading.advised.briefing import brief_of
from trading.advised.execution import work_decision
from trading.advised.facts import Facts
from trading.advised.gathering import Standing, facts_for, may_enter, position_on
from trading.advised.leading import leader_correlation
from trading.advised.shadowing import facts_of_shadow, follow_trades, simulate
from trading.advised.stillness import hardly_changed
from trading.advised.stops import holding_of
from trading.core.states import PositionStatus
from trading.models import Position
from trading.venue import Venue

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What looks share: the account's doors, who may be asked, and candles that are known already.

    ``detail`` is the venue's market data with books and funding besides.
    """

    venue: Venue
    detail: MarketDetailPort
    panel: Panel
    strategic: Panel
    cache: FrameCache = field(default_factory=FrameCache)

    @property
    def speed(self) -> Decimal:
        return self.venue.clock.speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A symbol as it was looked at: all that a question and its gates are made of."""

    standing: Standing
    now: datetime
    picture: MarketPicture
    reading: PictureFacts
    facts: Facts
    position: Position | None
    plan: Plan | None
    context: Context
    correlation: float
    is_news: bool = True


def look(symbol: str, standing: Standing, desk: Desk) -> Decision | None:
    """Ask about ``symbol`` and begin to carry out the answer; None where there is nothing to ask.

    Nothing is asked while the position there is another bot's, not open yet or closing, nor about an entry that could
    not be made: with the switch off, or the breaker tripped.
    """
    position = position_on(standing.bot.account, symbol)
    if not _is_asked(position, standing):
        return None
    deadline = Deadline.within(desk.panel.seconds)
    seen = see(symbol, standing, desk, position=position, deadline=deadline)
    follow_trades(standing.bot, symbol, market=desk.venue.market, now=seen.now)
    remember_market(standing.bot, symbol, seen.picture.as_rows(), features=seen.reading.features, now=seen.now)
    advice = ask(seen, _until(deadline, desk.panel), variant=champion(standing.bot))
    count_for_breaker(advice.decision, standing)
    work_decision(advice.decision, now=desk.venue.now())
    simulate(advice.decision, now=seen.now)
    for variant in challengers(standing.bot):
        if deadline.seconds_left > LEAST_SECONDS:
            imagined = replace(seen, facts=facts_of_shadow(seen.facts, variant), position=None)
            shadow = ask(imagined, _until(deadline, desk.panel), variant=variant, is_shadow=True)
            simulate(shadow.decision, now=seen.now)
    return advice.decision


def _until(deadline: Deadline, panel: Panel) -> Panel:
    """``panel`` with what is left of the time for the whole look."""
    return replace(panel, seconds=max(deadline.seconds_left, LEAST_SECONDS))


def _is_asked(position: Position | None, standing: Standing) -> bool:
    if position is None:
        return may_enter(standing.bot)
    return position.bot_id == standing.bot.pk and position.status == PositionStatus.OPEN and position.quantity > 0


def see(symbol: str, standing: Standing, desk: Desk, *, position: Position | None, deadline: Deadline) -> Seen:
    """The market and our own rows at this moment. The strategist, where it is asked, has half of the time."""
    now = desk.venue.now()
    freshness = Freshness.at_speed(desk.speed)
    picture = read_market(symbol, desk.detail, now, cache=desk.cache, freshness=freshness)
    reading = seen_in(picture)
    context = known_context(symbol, now=now, speed=desk.speed)
    is_news = position is not None or not hardly_changed(standing.bot, reading)
    plan = None
    if standing.config.mode is Mode.LAYERED:
        panel = replace(desk.strategic, seconds=max(deadline.seconds_left / 2, LEAST_SECONDS))
        plan = planning.plan_for(standing, picture, reading, context, panel=panel, is_news=is_news, now=now)
    facts = facts_for(standing, reading, position=position, plan=plan, now=now)
    return Seen(
        standing=standing,
        now=now,
        picture=picture,
        reading=reading,
        facts=facts,
        position=position,
        plan=plan,
        context=context,
        is_news=is_news,
        correlation=leader_correlation(picture, desk.detail, now, cache=desk.cache),
    )


def ask(seen: Seen, panel: Panel, *, variant: Variant | None, is_shadow: bool = False) -> Advice:
    """The answer to what was seen, on record with the facts that it will be judged by."""
    return advise(
        bot=seen.standing.bot,
        brief=replace(brief_for(seen, language=panel.language), is_news=seen.is_news),
        picture=seen.reading,
        holding=None if seen.facts.held is None else holding_of(seen.facts.held),
        panel=panel,
        variant=variant,
        case=seen.position.case if seen.position else new_case(),
        is_shadow=is_shadow,
        plan=seen.plan,
        facts=seen.facts.as_json() | _remembered(seen),
    )


def brief_for(seen: Seen, *, language: str) -> Brief:
    return brief_of(
        seen.standing,
        seen.picture,
        seen.reading,
        seen.facts,
        position=seen.position,
        plan=seen.plan,
        context=seen.context,
        now=seen.now,
        language=language,
        correlation=seen.correlation,
    )


def _remembered(seen: Seen) -> dict[str, Any]:
    """What no gate looks at: the situation as numbers, and the bot's settings in force."""
    features = {name: round(value, 6) for name, value in seen.reading.features.items()}
    return {"features": features, "settings_version": seen.standing.version.number}


def count_for_breaker(decision: Decision, standing: Standing) -> None:
    """A model that answered, or all that were asked in vain; where nobody was asked, nothing is counted."""
    if decision.provider not in (RULES, SKIPPED):
        note_ai(standing.bot.account, is_ok=True)
    elif decision.attempts and any(attempt["error"] != "no_money" for attempt in decision.attempts):
        note_ai(standing.bot.account, is_ok=False)
