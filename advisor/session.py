"""One session: money, prompt, answer, journal. What comes out is a proposal on record; nothing here acts on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from advisor import journal, spending
from advisor.answer import answer_schema, answer_text, hold
from advisor.budget import Caps, Ladder, Rung
from advisor.models import Decision, Plan, Variant
from advisor.prompts.brief import Brief
from advisor.prompts.render import VERSIONS, Size, render
from advisor.proposal import Proposed, Terms, propose
from advisor.providers import catalogue
from advisor.providers.health import StoredHealth
from advisor.providers.port import Adviser, Answer, Deadline, Prompt
from advisor.providers.prices import PriceList
from advisor.providers.router import Asked, Question, Router
from advisor.providers.rules import RULES, Holding, Picture, RulesAdviser
from advisor.reading import read_answer
from desk.models import Bot
from exchange.clock import wall_now

SKIPPED = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Who may be asked, and what it may cost. ``now`` is wall time; no advisers means the rules decide alone."""

    advisers: Sequence[Adviser]
    prices: PriceList
    caps: Caps
    preferred: str = ""
    language: str = "en"
    seconds: float = 45.0
    call_seconds: float = 20.0
    ladder: Ladder = field(default_factory=Ladder)
    now: Callable[[], datetime] = wall_now


@dataclass(frozen=True, slots=True)
class Advice:
    """A decision on record and what it proposes."""

    decision: Decision
    proposed: Proposed


def panel_of_settings() -> Panel:
    return Panel(
        advisers=catalogue.advisers(),
        prices=catalogue.price_list(),
        caps=catalogue.caps(),
        preferred=settings.AI_TACTICAL_PROVIDER or settings.AI_PROVIDER,
        language="zh" if settings.LANGUAGE.startswith("zh") else "en",
        seconds=settings.AI_DEADLINE_SECONDS,
    )


def strategic_panel_of_settings() -> Panel:
    """The same for the strategic layer, whose provider may be another."""
    return replace(panel_of_settings(), preferred=settings.AI_STRATEGIC_PROVIDER or settings.AI_PROVIDER)


def advise(
    *,
    bot: Bot,
    brief: Brief,
    picture: Picture,
    holding: Holding | None,
    panel: Panel,
    variant: Variant | None = None,
    case: UUID | None = None,
    is_shadow: bool = False,
    plan: Plan | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Advice:
    """Ask about one symbol and write down what was said, with the ``facts`` that the desk will judge it by.

    An idle symbol is skipped when money is short. Where models should answer and none does, the rules take no new risk.
    """
    panel = _of_variant(panel, variant)
    rung = rung_of(panel)
    is_skipped = rung >= Rung.SKIP_IDLE and brief.is_idle
    asked = Asked() if is_skipped else _ask(brief, panel=panel, variant=variant, rung=rung)
    terms = brief.terms if asked.answer or not panel.advisers else brief.terms.only_managing()
    answer = _skipping(brief) if is_skipped else asked.answer or _by_rules(picture, holding, terms)
    proposed = propose(answer.text, terms)
    decision = journal.record(
        bot=bot,
        brief=brief,
        terms=terms,
        answer=answer,
        proposed=proposed,
        rung=rung if asked.answer or is_skipped else Rung.RULES,
        attempts=asked.attempts,
        prompt=asked.prompt,
        variant=variant,
        case=case,
        is_shadow=is_shadow,
        plan=plan,
        facts=facts,
    )
    return Advice(decision, proposed)


def _of_variant(panel: Panel, variant: Variant | None) -> Panel:
    """A variant called for the rules asks nobody, whoever could be asked."""
    return replace(panel, advisers=()) if variant and variant.provider == RULES else panel


def rung_of(panel: Panel) -> Rung:
    """How much a question is worth now; without models nothing is spent, and nothing needs to be saved."""
    if not panel.advisers:
        return Rung.FULL
    return panel.ladder.rung(spending.tightest_share(panel.caps, panel.now()))


def _ask(brief: Brief, *, panel: Panel, variant: Variant | None, rung: Rung) -> Asked:
    if not panel.advisers or rung is Rung.RULES:
        return Asked()
    router = Router(
        advisers=panel.advisers,
        health=StoredHealth(),
        purse=spending.DeskPurse(panel.caps, panel.now),
        prices=panel.prices,
        now=panel.now,
        preferred=(variant.provider if variant else "") or panel.preferred,
        call_seconds=panel.call_seconds,
        by_price=rung is Rung.CHEAP,
    )
    question = Question(
        prompts=_prompts(brief, panel=panel, variant=variant, rung=rung),
        schema=answer_schema(brief.terms.allowed),
        check=partial(_check, terms=brief.terms),
    )
    return router.ask(question, deadline=Deadline.within(panel.seconds))


def _prompts(brief: Brief, *, panel: Panel, variant: Variant | None, rung: Rung) -> list[Prompt]:
    version = variant.prompt_version if variant else VERSIONS[-1]
    language = variant.language if variant else panel.language
    sizes = (Size.FULL, Size.SHORT) if rung < Rung.SHORT else (Size.SHORT,)
    return [render(brief, version=version, language=language, size=size) for size in sizes]


def _check(text: str, *, terms: Terms) -> None:
    read_answer(text, symbol=terms.symbol, allowed=terms.allowed)


def _skipping(brief: Brief) -> Answer:
    text = answer_text(hold(brief.symbol, "skipped: the money for answers runs short"))
    return Answer(text=text, provider=SKIPPED, model="")


def _by_rules(picture: Picture, holding: Holding | None, terms: Terms) -> Answer:
    prompt = Prompt(system="", user="", version="", language="")
    rules = RulesAdviser(picture, holding, terms.allowed)
    return rules.decide(prompt, {}, deadline=Deadline.within(1))
