"""What the desk does with little money for answers: it asks about what is held, and about what has changed."""

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from advisor.models import Decision, Outcome, Plan
from advisor.picture_facts import facts_of
from advisor.providers.port import Answer, Usage
from advisor.providers.prices import Price, PriceList
from advisor.spending import reserve
from exchange.clock import wall_now
from signals.outlook.reading import read_market
from tests.trading.advised.advisers import Scripted, holding, opening
from tests.trading.advised.recorded_desk import CAPS, RecordedDesk
from trading.advised.stillness import hardly_changed

pytestmark = pytest.mark.django_db
ONE = {"pair_choice": "listed", "pairs": "BTCUSDT", "scan_every_minutes": 1, "plan_every_minutes": 1}


def spend(share):
    reserve(CAPS.hour * Decimal(share), provider="x", model="x", caps=CAPS, now=wall_now())


def last_of(desk):
    return Decision.objects.filter(bot=desk.bot).latest("id")


def remember_another(desk, **facts):
    """As if the market had stood otherwise when it was last asked about."""
    decision = last_of(desk)
    Decision.objects.filter(pk=decision.pk).update(facts=decision.facts | facts)


@dataclass
class Strategist(Scripted):
    """Waits when it is asked for a plan; notes the time that each question was given."""

    given: list[tuple[str, float]] = field(default_factory=list)

    def decide(self, prompt, schema, *, deadline):
        self.given.append((prompt.version, deadline.seconds_left))
        if prompt.version != "plan-1":
            return super().decide(prompt, schema, deadline=deadline)
        self.prompts.append(prompt)
        fields = {"bias": "neutral", "reasoning": "as told", "plan": {"action": "NONE"}}
        return Answer(text=json.dumps(fields), provider=self.name, model=self.model, usage=Usage(1, 1))

    def asked(self, version):
        return sum(prompt.version == version for prompt in self.prompts)


def test_a_symbol_that_stands_still_is_not_asked_about_again(tmp_path):
    adviser = Scripted(holding)
    desk = RecordedDesk(tmp_path, advisers=[adviser], **ONE)
    desk.round()
    spend("0.6")

    desk.step(60)
    desk.round()

    assert len(adviser.prompts) == 1
    assert (last_of(desk).provider, last_of(desk).rung) == ("none", "skip_idle")


@pytest.mark.parametrize(
    "facts", [{"price": "1.0"}, {"price": None}, {"regime": "another"}, {"features": {"confluence": 5.0}}]
)
def test_a_symbol_that_has_changed_is_asked_about_even_so(tmp_path, facts):
    adviser = Scripted(holding)
    desk = RecordedDesk(tmp_path, advisers=[adviser], **ONE)
    desk.round()
    spend("0.6")
    remember_another(desk, **facts)

    desk.step(60)
    desk.round()

    assert len(adviser.prompts) == 2
    assert (last_of(desk).provider, last_of(desk).rung) == ("deepseek", "skip_idle")


def test_a_skip_or_a_challengers_answer_is_not_what_is_compared_with(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(holding)], **ONE)
    seen = seen_by(desk)
    assert not hardly_changed(desk.bot, seen)
    desk.round()
    assert hardly_changed(desk.bot, seen_by(desk))

    Decision.objects.update(outcome=Outcome.SHADOW)
    as_shadow = hardly_changed(desk.bot, seen_by(desk))
    Decision.objects.update(outcome=Outcome.HELD, provider="none")
    as_skipped = hardly_changed(desk.bot, seen_by(desk))

    assert (as_shadow, as_skipped) == (False, False)


def seen_by(desk):
    return facts_of(read_market("BTCUSDT", desk.desk.detail, desk.now()))


def test_a_held_position_is_asked_about_however_still_it_stands(tmp_path):
    adviser = Scripted(opening())
    desk = RecordedDesk(tmp_path, advisers=[adviser], **ONE)
    desk.round()
    desk.step(15)
    desk.check()
    adviser.say = holding
    spend("0.6")
    before = len(adviser.prompts)

    desk.step(60)
    desk.round()

    assert len(adviser.prompts) == before + 1


def test_the_strategist_is_not_asked_where_the_step_will_be_skipped(tmp_path):
    adviser = Strategist(holding)
    desk = RecordedDesk(tmp_path, advisers=[adviser], mode="layered", **ONE)
    desk.round()
    spend("0.6")
    Plan.objects.all().delete()

    desk.step(120)
    desk.round()

    assert adviser.asked("plan-1") == 1


def test_the_strategist_leaves_the_step_half_of_the_time(tmp_path):
    adviser = Strategist(holding)
    desk = RecordedDesk(tmp_path, advisers=[adviser], mode="layered", **ONE)
    in_time = replace(desk.desk.panel, seconds=60.0, call_seconds=100.0)
    desk.desk = replace(desk.desk, panel=in_time, strategic=in_time)

    desk.round()

    (first, for_plan), (second, for_step) = adviser.given
    assert (first, second != first) == ("plan-1", True)
    assert for_plan <= 30 < for_step <= 60


def test_with_little_left_the_strategist_too_is_the_cheapest(tmp_path):
    dear, cheap = Strategist(holding, name="openai", model="dear"), Strategist(holding, name="qwen", model="cheap")
    desk = RecordedDesk(tmp_path, advisers=[dear, cheap], mode="layered", **ONE)
    prices = PriceList({"dear": Price(Decimal(2), Decimal(2)), "cheap": Price(Decimal(1), Decimal(1))})
    panel = replace(desk.desk.panel, prices=prices, preferred="openai")
    desk.desk = replace(desk.desk, panel=panel, strategic=panel)
    spend("0.9")

    desk.round()

    assert (dear.asked("plan-1"), cheap.asked("plan-1")) == (0, 1)
