"""The prompt that would be sent about a symbol now, how long it is and what it could cost; nobody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from advisor import plans, spending
from advisor.answer import Action, answer_schema
from advisor.budget import Rung, most_it_costs
from advisor.context.known import known_context
from advisor.models import Variant
from advisor.picture_facts import facts_of as seen_in
from advisor.prompts.brief import Brief
from advisor.prompts.render import VERSIONS, Preview, Size, preview
from advisor.providers.port import Adviser
from advisor.session import Panel
from advisor.variants import champion
from desk.models import Bot
from exchange.ports import MarketDetailPort
from signals.outlook.inputs import Freshness
from signals.outlook.reading import read_market
from signals.strategies.ai_futures import Mode
from trading.advised.briefing import brief_of
from trading.advised.gathering import facts_for, may_enter, position_on, standing_of
from trading.advised.leading import leader_correlation

MAX_OUTPUT_TOKENS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPreview:
    """``tokens`` are an estimate, ``most_it_costs`` (USD) a bound; provider and model None: no model would be asked.

    ``missing`` names what keeps new risk away, ``would_be_asked`` whether the loop would ask at all.
    """

    symbol: str
    at: datetime
    rendered: Preview
    size: Size
    rung: Rung
    variant: str | None
    provider: str | None
    model: str | None
    most_it_costs: Decimal | None
    allowed: Sequence[Action]
    missing: Sequence[str]
    would_be_asked: bool


def preview_prompt(
    bot: Bot, symbol: str, *, panel: Panel, detail: MarketDetailPort, now: datetime, speed: Decimal
) -> PromptPreview:
    """What the champion, or the settings, would be told of ``symbol`` at ``now``, market time."""
    variant = champion(bot)
    language = variant.language if variant else panel.language
    brief, missing, is_free = _brief(bot, symbol, detail=detail, now=now, speed=speed, language=language)
    rung = panel.ladder.rung(spending.tightest_share(panel.caps, panel.now())) if panel.advisers else Rung.FULL
    size = Size.SHORT if rung >= Rung.SHORT else Size.FULL
    rendered = preview(brief, version=variant.prompt_version if variant else VERSIONS[-1], language=language, size=size)
    adviser = _first(panel, variant)
    return PromptPreview(
        symbol=symbol,
        at=now,
        rendered=rendered,
        size=size,
        rung=rung,
        variant=variant.name if variant else None,
        provider=adviser.name if adviser else None,
        model=adviser.model if adviser else None,
        most_it_costs=_most(rendered, brief, panel=panel, adviser=adviser),
        allowed=sorted(brief.terms.allowed),
        missing=missing,
        would_be_asked=is_free and (brief.position is not None or may_enter(bot)),
    )


def _brief(
    bot: Bot, symbol: str, *, detail: MarketDetailPort, now: datetime, speed: Decimal, language: str
) -> tuple[Brief, Sequence[str], bool]:
    """The brief, what it lacks, and whether nobody else holds the symbol. The plan is the one in force, unasked."""
    standing, position = standing_of(bot), position_on(bot.account, symbol)
    is_free = position is None or position.bot_id == bot.pk
    ours = position if is_free else None
    picture = read_market(symbol, detail, now, freshness=Freshness.at_speed(speed))
    reading = seen_in(picture)
    plan = plans.plan_in_force(bot, symbol) if standing.config.mode is Mode.LAYERED else None
    facts = facts_for(standing, reading, position=ours, plan=plan, now=now)
    brief = brief_of(
        standing,
        picture,
        reading,
        facts,
        position=ours,
        plan=plan,
        context=known_context(symbol, now=now, speed=speed),
        now=now,
        language=language,
        correlation=leader_correlation(picture, detail, now),
    )
    return brief, facts.missing, is_free


def _first(panel: Panel, variant: Variant | None) -> Adviser | None:
    """Who would be asked first, were all in health."""
    preferred = (variant.provider if variant else "") or panel.preferred
    named = [adviser for adviser in panel.advisers if adviser.name == preferred]
    return next(iter([*named, *panel.advisers]), None)


def _most(rendered: Preview, brief: Brief, *, panel: Panel, adviser: Adviser | None) -> Decimal | None:
    if adviser is None:
        return None
    return most_it_costs(
        rendered.prompt,
        answer_schema(brief.terms.allowed),
        model=adviser.model,
        prices=panel.prices,
        max_output_tokens=MAX_OUTPUT_TOKENS,
    )
