"""Plans with steps inside them, and challengers that are asked the same and only imagine their trades."""

from datetime import timedelta
from decimal import Decimal

import pytest

from advisor.comparison import compare
from advisor.models import Decision, Outcome, Plan, PlanStatus, ShadowTrade, Variant, VariantRole
from advisor.variants import promote
from tests.trading.advised.advisers import Scripted, holding, opening
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.models import Position

pytestmark = pytest.mark.django_db
ONE = {"pair_choice": "listed", "pairs": "BTCUSDT"}


def planning(direction):
    """Says a plan to the strategist's question and opens a long at the tactician's."""

    def say(symbol, price):
        return opening()(symbol, price)

    class Two(Scripted):
        def decide(self, prompt, schema, *, deadline):
            if prompt.version != "plan-1":
                return super().decide(prompt, schema, deadline=deadline)
            self.prompts.append(prompt)
            plan = {"action": "CREATE", "direction": direction, "thesis": "told so"}
            text = {"bias": "neutral", "reasoning": "as told", "plan": plan if direction else {"action": "NONE"}}
            return answer_of(self, text)

    return Two(say)


def answer_of(adviser, fields):
    import json

    from advisor.providers.port import Answer, Usage

    return Answer(text=json.dumps(fields), provider=adviser.name, model=adviser.model, usage=Usage(1, 1))


def test_a_step_in_the_plans_direction_is_taken_and_makes_the_plan_active(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[planning("LONG")], mode="layered", **ONE)

    desk.round()
    desk.step(15)
    desk.round()

    plan, decision = Plan.objects.get(), desk.decisions()[0]
    assert (plan.status, plan.direction, decision.plan_id) == (PlanStatus.ACTIVE, "LONG", plan.pk)
    assert Position.objects.get().direction == "LONG"
    assert decision.inputs["plan"]["direction"] == "LONG"
    assert decision.facts["is_layered"]


@pytest.mark.parametrize("direction", ["SHORT", None])
def test_a_step_without_a_plan_of_its_direction_is_refused(tmp_path, direction):
    desk = RecordedDesk(tmp_path, advisers=[planning(direction)], mode="layered", **ONE)

    desk.round()

    decision = desk.decisions()[0]
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, "plan")


def test_the_strategist_is_asked_less_often_than_the_tactician(tmp_path):
    adviser = planning(None)
    adviser.say = holding
    desk = RecordedDesk(
        tmp_path, advisers=[adviser], mode="layered", scan_every_minutes=1, plan_every_minutes=60, **ONE
    )

    for _ in range(6):
        desk.round()
        desk.step(60)

    strategic = [prompt for prompt in adviser.prompts if prompt.version == "plan-1"]
    assert len(adviser.prompts) - len(strategic) == 6
    assert 1 <= len(strategic) <= 3


def variants(desk):
    """A champion that asks, and two challengers: the rules, and another way of asking."""
    return [
        Variant.objects.create(
            bot=desk.bot, name=name, role=role, provider=provider, prompt_version="v1", language=language, author="t"
        )
        for name, role, provider, language in (
            ("model", VariantRole.CHAMPION, "", "en"),
            ("rules", VariantRole.CHALLENGER, "rules", "en"),
            ("chinese", VariantRole.CHALLENGER, "", "zh"),
        )
    ]


def test_challengers_decide_on_the_same_inputs_and_send_nothing(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(opening())], **ONE)
    champion, rules, chinese = variants(desk)

    desk.round()

    rows = {row.variant: row for row in desk.decisions()}
    assert {row.inputs_hash for row in rows.values()} == {rows[champion].inputs_hash}
    assert (rows[rules].provider, rows[rules].outcome) == ("rules", Outcome.SHADOW)
    assert (rows[chinese].prompt_version, rows[chinese].outcome) == ("v1.zh", Outcome.SHADOW)
    assert rows[champion].outcome == Outcome.PENDING
    trades = {trade.variant: trade for trade in ShadowTrade.objects.all()}
    assert trades[chinese].direction == trades[champion].direction == "LONG"
    assert trades[champion].entry_price == Decimal(rows[champion].facts["price"])


def test_an_imagined_trade_ends_at_its_stop_or_target_after_fees(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(opening(width="0.0025"))], scan_every_minutes=1, **ONE)
    _champion, _rules, chinese = variants(desk)
    desk.round()
    desk.desk.panel.advisers[0].say = holding

    for _ in range(90):
        desk.step(120)
        desk.round()
        trade = ShadowTrade.objects.filter(variant=chinese).last()
        if trade.closed_at is not None:
            break

    assert trade.exit_reason in ("stop_loss", "take_profit")
    gross = trade.exit_price / trade.entry_price - 1
    assert abs(trade.result_ratio - (gross - Decimal("0.001"))) < Decimal("1e-9")
    assert compare(desk.bot)[2].trades == 1


def test_a_challenger_manages_its_imagined_position_not_the_real_one(tmp_path):
    adviser = Scripted(opening())
    desk = RecordedDesk(tmp_path, advisers=[adviser], scan_every_minutes=1, **ONE)
    _champion, _rules, chinese = variants(desk)
    desk.round()
    adviser.say = lambda symbol, price: {"action": "CLOSE"}

    desk.step(60)
    desk.round()

    trade = ShadowTrade.objects.get(variant=chinese)
    assert (trade.exit_reason, trade.closed_at) == ("strategy_exit", desk.now())
    shadow = Decision.objects.filter(variant=chinese).first()
    assert (shadow.action, shadow.outcome) == ("CLOSE", Outcome.SHADOW)


def test_a_person_makes_a_challenger_the_champion(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(holding)], **ONE)
    champion, rules, _chinese = variants(desk)

    assert promote(rules, author="owner", reason="better for a month")
    desk.round()

    assert Decision.objects.get(variant=rules).outcome != Outcome.SHADOW
    assert Decision.objects.get(variant=champion).outcome == Outcome.SHADOW
    assert timedelta(0) <= desk.now() - Decision.objects.get(variant=rules).at
