"""Costs, providers, variants and their promotion over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from advisor.budget import Caps
from advisor.models import ProviderState, Variant
from advisor.providers.errors import RateLimited
from advisor.providers.health import StoredHealth
from advisor.spending import reserve, settle
from desk.models import Event
from tests.advisor import rows

pytestmark = pytest.mark.django_db
CAPS = Caps(hour=Decimal("0.5"), day=Decimal(5), month=Decimal(50))


@pytest.fixture
def bot():
    return rows.make_ai_bot()


def get(visitor, path: str):
    answer = visitor.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def spend(amount: str, *, settled: str | None = None, model: str = "deepseek-chat"):
    now = timezone.now()
    spent = reserve(Decimal(amount), provider="deepseek", model=model, caps=CAPS, now=now)
    if settled is not None:
        settle(spent, Decimal(settled), now=now)


def test_windows_tell_what_is_spent_and_promised_of_each_cap(visitor):
    spend("0.2", settled="0.05")
    spend("0.1")

    told = get(visitor, "costs")

    windows = {window["period"]: (window["committed"], window["cap"], window["used_pct"]) for window in told["windows"]}
    assert windows == {
        "hour": ("0.15", "0.50", "30.0"),
        "day": ("0.15", "5", "3.0"),
        "month": ("0.15", "50", "0.3"),
    }
    assert told["rung"] == "full"


def test_each_model_is_summed_up_to_the_millionth(visitor):
    spend("0.2", settled="0.000001")
    spend("0.2", settled="0.000002")
    spend("0.01")
    spend("0.03", settled="0.02", model="deepseek-reasoner")

    told = {row["model"]: row for row in get(visitor, "costs")["models"]}

    assert (told["deepseek-chat"]["calls"], told["deepseek-chat"]["spent"]) == (3, "0.000003")
    assert told["deepseek-chat"]["promised"] == "0.01"
    assert told["deepseek-reasoner"]["spent"] == "0.02"


def test_the_fuller_the_window_the_less_a_question_is_worth(visitor):
    spend("0.4", settled="0.4")

    assert get(visitor, "costs")["rung"] == "short"


def test_thirty_days_are_told_with_the_empty_ones(visitor):
    spend("0.1", settled="0.1")

    days = get(visitor, "costs")["days"]

    assert len(days) == 30
    assert (days[-1]["day"], days[-1]["spent"]) == (timezone.now().date().isoformat(), "0.1")
    assert days[0]["spent"] == "0"


def test_providers_without_a_key_come_last_and_no_key_is_told(visitor, settings):
    settings.AI_PROVIDER = "qwen"
    settings.AI_MODELS = {
        "deepseek": {"api_key": "", "base_url": "http://x", "model": "deepseek-chat"},
        "openai": {"api_key": "sk-secret-1", "base_url": "http://x", "model": "gpt-4o"},
        "qwen": {"api_key": "sk-secret-2", "base_url": "http://x", "model": "qwen-plus"},
    }

    answer = visitor.get("/api/v1/providers")

    told = answer.json()["providers"]
    assert [(row["name"], row["standing"], row["turn"]) for row in told] == [
        ("qwen", "ready", 1),
        ("openai", "ready", 2),
        ("deepseek", "no_key", None),
    ]
    assert b"sk-secret" not in answer.content


def test_a_provider_that_rests_says_why_and_until_when(visitor, settings, bot):
    settings.AI_PROVIDER = "openai"
    settings.AI_MODELS = {"openai": {"api_key": "k", "base_url": "http://x", "model": "gpt-4o"}}
    StoredHealth().failed("openai", RateLimited("rate_limited", retry_after=timedelta(minutes=5)), now=timezone.now())
    rows.make_decision(bot, provider="openai", latency_ms=1000)
    rows.make_decision(bot, provider="openai", latency_ms=2001)
    rows.make_decision(bot, provider="rules", latency_ms=0)

    told = get(visitor, "providers")

    (openai,) = told["providers"]
    assert (openai["standing"], openai["turn"], openai["last_error_label"]) == ("resting", None, "asked to wait")
    assert (openai["mean_latency_ms"], openai["answers"], openai["failed_calls"]) == (1500, 2, 1)
    assert told["rules_decided"] == 1


def test_a_rest_that_is_over_is_none(visitor, settings):
    settings.AI_PROVIDER = "openai"
    settings.AI_MODELS = {"openai": {"api_key": "k", "base_url": "http://x", "model": "gpt-4o"}}
    ProviderState.objects.create(name="openai", failures=3, cools_until=timezone.now() - timedelta(seconds=1))

    assert get(visitor, "providers")["providers"][0]["standing"] == "ready"


def test_in_rules_mode_nobody_is_asked(visitor, settings):
    settings.AI_PROVIDER = "rules"
    settings.AI_MODELS = {"openai": {"api_key": "k", "base_url": "http://x", "model": "gpt-4o"}}

    told = get(visitor, "providers")

    assert told["preferred"] == "rules"
    assert told["providers"][0]["turn"] is None


def test_challengers_are_compared_over_the_same_inputs(visitor, bot):
    champion = rows.make_variant(bot, name="first", role="champion")
    challenger = rows.make_variant(bot, name="second")
    for place, action in enumerate(["LONG", "HOLD", "HOLD", "SHORT"]):
        rows.make_decision(bot, variant=champion, inputs_hash=str(place), action="HOLD", asked_action="HOLD")
        if place:
            rows.make_decision(bot, variant=challenger, inputs_hash=str(place), action=action, asked_action=action)

    (compared,) = get(visitor, "variants")

    first, second = compared["records"]
    assert (first["variant"]["name"], first["is_champion"], first["decisions"]) == ("first", True, 4)
    assert (second["shared"], second["agreement_ratio"]) == (3, "0.6667")
    assert second["actions"] == {"SHORT": 1, "HOLD": 2}


def test_without_a_champion_the_settings_trade(visitor, bot):
    rows.make_decision(bot)

    (compared,) = get(visitor, f"variants?bot={bot.pk}")

    (alone,) = compared["records"]
    assert (alone["variant"], alone["is_champion"], alone["refused_ratio"]) == (None, True, "1.0000")


def test_imagined_trades_are_told_with_their_interval_beside_the_rules(visitor, bot):
    rules, model = rows.make_variant(bot, provider="rules"), rows.make_variant(bot, name="model")
    for number in range(10):
        rows.make_shadow_trade(rules, f"-0.00{number}")
        rows.make_shadow_trade(model, f"0.01{number}")
    few = rows.make_variant(bot, name="few")
    rows.make_shadow_trade(few, "0.5")

    records = get(visitor, "variants")[0]["records"]

    told = {record["variant"]["name"]: record["measured"] for record in records if record["variant"]}
    assert (told["model"]["trades"], told["model"]["wins"], told["model"]["mean"]) == (10, 10, "0.014500")
    assert told["model"]["is_better_than_rules"] is True
    assert float(told["model"]["interval"]["low"]) < 0.0145 < float(told["model"]["interval"]["high"])
    assert (told["few"]["interval"], told["few"]["is_better_than_rules"]) == (None, False)


def promotion(**details):
    return {"reason": "more wins in ten days", "confirm": True} | details


def test_a_person_promotes_with_a_reason_and_it_is_told(post, bot):
    champion = rows.make_variant(bot, name="first", role="champion")
    challenger = rows.make_variant(bot, name="second")

    answer = post(f"variants/{challenger.pk}/promote", promotion())

    assert (answer.status_code, answer.json()["role"]) == (200, "champion")
    assert Variant.objects.get(pk=champion.pk).role == "challenger"
    event = Event.objects.get(kind="variant_promoted")
    assert (event.facts["variant"], event.facts["author"], event.facts["before"]) == ("second", "demo", "first")


@pytest.mark.parametrize("wrong", [{"confirm": False}, {"reason": ""}, {"reason": "x"}])
def test_without_reason_or_confirmation_nothing_changes(post, bot, wrong):
    challenger = rows.make_variant(bot)

    answer = post(f"variants/{challenger.pk}/promote", promotion(**wrong))

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(wrong)
    assert Variant.objects.get(pk=challenger.pk).role == "challenger"


def test_the_trading_password_is_asked_for(post, bot, locked):
    challenger = rows.make_variant(bot)

    refused = post(f"variants/{challenger.pk}/promote", promotion())
    taken = post(f"variants/{challenger.pk}/promote", promotion(trading_password=locked))

    assert (refused.status_code, taken.status_code) == (403, 200)


@pytest.mark.parametrize("role", ["champion", "retired"])
def test_only_a_challenger_can_be_promoted(post, bot, role: str):
    variant = rows.make_variant(bot, role=role)

    answer = post(f"variants/{variant.pk}/promote", promotion())

    assert answer.status_code == 409
    assert not Event.objects.filter(kind="variant_promoted").exists()
