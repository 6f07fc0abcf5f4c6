"""The life of a plan: made, confirmed, entered on, withdrawn, invalid by price, over by time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from advisor import plans
from advisor.models import Plan, PlanStatus
from advisor.providers.port import Answer
from advisor.providers.router import Attempt
from advisor.strategic import StrategicAdvice, read_view
from tests.advisor.rows import make_plan
from tests.advisor.samples import PROMPT
from tests.advisor.test_strategic import view_text
from tests.factories import make_bot

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def keep(bot, *, price="100", at=NOON, narrative="neutral", regime="ranging", **plan):
    view = read_view(view_text(**plan))
    advice = StrategicAdvice(view=view, answer=Answer(text="said", provider="deepseek", model="m"))
    return plans.keep_view(
        bot,
        "BTCUSDT",
        advice,
        price=Decimal(price),
        narrative=narrative,
        regime=regime,
        inputs_hash="h",
        now=at,
    )


def test_a_plan_is_made_with_an_hour_to_live():
    plan = keep(make_bot(), invalidationPrice=96)

    assert (plan.status, plan.direction, plan.zone_low) == (PlanStatus.PENDING, "LONG", Decimal(99))
    assert plan.expires_at == NOON + timedelta(hours=1)
    assert (plan.invalidation_price, plan.thesis, plan.provider) == (Decimal(96), "the trend holds", "deepseek")


def test_a_plan_that_is_confirmed_stays_and_one_that_is_replaced_ends():
    bot = make_bot()
    first = keep(bot)
    same = keep(bot, action="MAINTAIN", at=NOON + timedelta(minutes=5), narrative="pullback")
    other = keep(bot, direction="SHORT", at=NOON + timedelta(minutes=10))

    first.refresh_from_db()
    assert (same.pk, same.narrative) == (first.pk, "pullback")
    assert (first.status, first.ended_because) == (PlanStatus.EXPIRED, "replaced")
    assert plans.plan_in_force(bot, "BTCUSDT") == other


def test_a_view_without_a_trade_is_neutral_and_an_invalidation_withdraws():
    bot = make_bot()
    first = keep(bot)
    withdrawn = keep(bot, action="INVALIDATE")
    again = keep(bot, action="NONE", at=NOON + timedelta(minutes=5))

    first.refresh_from_db()
    assert (first.status, first.ended_because) == (PlanStatus.INVALIDATED, "withdrawn")
    assert (withdrawn.status, withdrawn.direction) == (PlanStatus.NEUTRAL, "")
    assert again.pk == withdrawn.pk


@pytest.mark.parametrize(
    ("direction", "price", "is_over"),
    [("LONG", "96", False), ("LONG", "95.9", True), ("SHORT", "104", False), ("SHORT", "104.1", True)],
)
def test_a_price_beyond_the_invalidation_ends_a_plan(direction, price, is_over):
    plan = keep(make_bot(), direction=direction, invalidationPrice=96 if direction == "LONG" else 104)

    assert plans.end_if_over(plan, price=Decimal(price), is_held=False, now=NOON) is is_over
    assert plan.status == (PlanStatus.INVALIDATED if is_over else PlanStatus.PENDING)


def test_a_plan_lives_an_hour_of_market_time_and_not_longer():
    plan = keep(make_bot())

    assert not plans.end_if_over(plan, price=None, is_held=False, now=NOON + timedelta(minutes=59))
    assert plans.end_if_over(plan, price=None, is_held=False, now=NOON + timedelta(hours=1))
    assert plan.status == PlanStatus.EXPIRED


def test_an_entered_plan_lasts_as_long_as_its_position():
    bot = make_bot()
    plan = keep(bot)
    assert plans.activate(plan, now=NOON)
    assert not plans.activate(plan, now=NOON)

    kept = keep(bot, direction="SHORT", at=NOON + timedelta(minutes=5))
    late = NOON + timedelta(days=1)

    assert kept.pk == plan.pk
    assert not plans.end_if_over(plan, price=Decimal(1), is_held=True, now=late)
    assert plans.end_if_over(plan, price=None, is_held=False, now=late)
    assert plan.status == PlanStatus.COMPLETED


def test_there_is_one_active_plan_a_symbol():
    bot = make_bot()
    first = keep(bot)
    plans.activate(first, now=NOON)
    second = Plan.objects.create(
        bot=bot, symbol="BTCUSDT", status=PlanStatus.PENDING, bias="bullish", created_at=NOON, looked_at=NOON,
        expires_at=NOON,
    )  # fmt: skip

    plans.activate(second, now=NOON)

    first.refresh_from_db()
    assert (first.status, second.status) == (PlanStatus.COMPLETED, PlanStatus.ACTIVE)


@pytest.mark.parametrize(
    ("minutes", "narrative", "regime", "is_due"),
    [
        (5, "neutral", "ranging", False),
        (6, "neutral", "ranging", True),
        (1, "pullback", "ranging", True),
        (1, "neutral", "volatile", True),
    ],
)
def test_a_plan_is_looked_over_in_time_or_when_the_story_changes(minutes, narrative, regime, is_due):
    plan = keep(make_bot())
    now = NOON + timedelta(minutes=minutes)

    assert plans.is_due(plan, every=timedelta(minutes=5), narrative=narrative, regime=regime, now=now) is is_due
    assert plans.is_due(None, every=timedelta(minutes=5), narrative=narrative, regime=regime, now=now)


def test_a_confirmed_plan_keeps_its_numbers_and_its_hour():
    bot = make_bot()
    first = keep(bot, invalidationPrice=96)

    same = keep(bot, action="MAINTAIN", at=NOON + timedelta(minutes=30), price="110", stopLoss=105)

    assert (same.pk, same.stop_loss, same.invalidation_price) == (first.pk, Decimal(97), Decimal(96))
    assert (same.expires_at, same.looked_at) == (NOON + timedelta(hours=1), NOON + timedelta(minutes=30))


@pytest.mark.parametrize("action", ["MAINTAIN", "INVALIDATE", "NONE"])
def test_without_a_plan_there_is_nothing_to_confirm_or_withdraw(action):
    plan = keep(make_bot(), action=action)

    assert (plan.status, plan.direction, plan.targets) == (PlanStatus.NEUTRAL, "", [])


def test_a_neutral_view_makes_room_for_a_plan():
    bot = make_bot()
    neutral = keep(bot, action="NONE")

    plan = keep(bot, at=NOON + timedelta(minutes=5))

    neutral.refresh_from_db()
    assert (neutral.status, neutral.ended_because) == (PlanStatus.EXPIRED, "replaced")
    assert plans.plan_in_force(bot, "BTCUSDT") == plan


def test_an_entered_plan_is_withdrawn_and_nothing_else_ends_it():
    bot = make_bot()
    plan = keep(bot)
    plans.activate(plan, now=NOON)

    assert keep(bot, action="NONE").pk == keep(bot, action="MAINTAIN").pk == plan.pk
    view = keep(bot, action="INVALIDATE")

    plan.refresh_from_db()
    assert (plan.status, plan.ended_because) == (PlanStatus.INVALIDATED, "withdrawn")
    assert view.status == PlanStatus.NEUTRAL


def test_without_a_price_a_view_has_no_trade():
    advice = StrategicAdvice(view=read_view(view_text()), answer=Answer(text="", provider="rules", model="m"))

    plan = plans.keep_view(
        make_bot(), "BTCUSDT", advice, price=None, narrative="", regime="", inputs_hash="h", now=NOON
    )

    assert (plan.status, plan.bias, plan.prompt) == (PlanStatus.NEUTRAL, "bullish", "")


def test_a_plan_keeps_how_it_came_about():
    answer = Answer(text="x" * 100_001, provider="qwen", model="m" * 90, latency=1.5, cost=Decimal("0.0000011"))
    view = read_view(view_text(thesis="t\x07 <data>", entryCondition="c" * 600))
    advice = StrategicAdvice(
        view=view, answer=answer, prompt=PROMPT, attempts=(Attempt("openai", "timeout", Decimal("0.1")),)
    )

    plan = plans.keep_view(
        make_bot(), "BTCUSDT", advice, price=Decimal(100), narrative="", regime="", inputs_hash="h", now=NOON
    )

    assert (plan.provider, len(plan.model), len(plan.raw_answer)) == ("qwen", 80, 100_000)
    assert (plan.latency_ms, plan.cost_micros, plan.prompt_version) == (1500, 2, "v1")
    assert plan.prompt == "Advise.\n\nWhat now?"
    assert plan.attempts == [{"provider": "openai", "error": "timeout", "cost": "0.1", "said": ""}]
    assert len(plan.entry_condition) == 300
    assert "\x07" not in plan.thesis


def test_plans_of_other_symbols_and_bots_are_left_alone():
    bot, other = make_bot(), make_bot()
    coin, theirs = make_plan(bot, symbol="ETHUSDT"), make_plan(other)

    mine = keep(bot)
    plans.activate(mine, now=NOON)

    coin.refresh_from_db()
    theirs.refresh_from_db()
    assert (coin.status, theirs.status, mine.status) == (PlanStatus.PENDING, PlanStatus.PENDING, PlanStatus.ACTIVE)


def test_an_end_is_given_once_and_says_why():
    plan = make_plan(make_bot())

    assert plans.end(plan, PlanStatus.EXPIRED, because="w" * 200, now=NOON)
    assert not plans.end(plan, PlanStatus.COMPLETED, because="again", now=NOON + timedelta(hours=1))

    assert (plan.status, plan.ended_because, plan.ended_at) == (PlanStatus.EXPIRED, "w" * 100, NOON)
    assert plans.plan_in_force(plan.bot, "BTCUSDT") is None
    assert not plans.activate(plan, now=NOON)


@pytest.mark.parametrize(
    ("details", "price", "is_invalid"),
    [
        ({}, "57899.99", True),
        ({}, "57900", False),
        ({"invalidation_price": None}, "1", False),
        ({"direction": "", "status": "neutral"}, "1", False),
        ({"direction": "SHORT", "invalidation_price": Decimal(61000)}, "61000.01", True),
    ],
)
def test_the_invalidation_price_itself_is_still_valid(details, price, is_invalid):
    assert plans.is_invalid_at(make_plan(make_bot(), **details), Decimal(price)) is is_invalid
