"""Variants compared by their imagined trades, with intervals that the same trades always give."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from advisor.comparison import as_row, compare, difference_interval, interval_of, mean_of
from advisor.models import Decision, ShadowTrade, Variant
from tests.factories import make_bot

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ratios(*values):
    return [Decimal(value) for value in values]


def test_the_interval_holds_the_mean_and_is_the_same_every_time():
    results = ratios(*["0.01", "-0.005", "0.02", "0.0", "-0.01"] * 10)

    interval = interval_of(results)

    assert interval == interval_of(results)
    assert interval.low < mean_of(results) < interval.high
    assert interval.low < 0.003 < interval.high


def test_few_trades_have_no_interval():
    assert interval_of(ratios("0.01") * 9) is None
    assert difference_interval(ratios("0.01") * 30, ratios("0") * 9) is None
    assert mean_of([]) is None


def test_a_clear_difference_excludes_nothing_and_chance_does_not():
    good, even = ratios("0.02", "0.01", "0.015") * 20, ratios("0.01", "-0.01") * 30

    assert difference_interval(good, even).low > 0
    same = difference_interval(even, even)
    assert same.low < 0 < same.high


@pytest.mark.django_db
def test_variants_stand_beside_the_rules():
    bot = make_bot(strategy="ai_futures")
    model, rules = variant(bot, "model", "deepseek"), variant(bot, "rules", "rules")
    for number in range(30):
        trade(model, "0.02" if number % 3 else "0.01")
        trade(rules, "0.01" if number % 2 else "-0.01")

    measured = {found.variant.name: found for found in compare(bot)}

    assert (measured["model"].trades, measured["model"].wins) == (30, 30)
    assert measured["model"].is_better_than_rules
    assert measured["rules"].over_rules is None
    assert as_row(measured["model"])["over_rules"] == measured["model"].over_rules


def variant(bot, name, provider):
    return Variant.objects.create(bot=bot, name=name, provider=provider, prompt_version="v1", author="tests")


def trade(variant, ratio):
    decision = Decision.objects.create(
        bot=variant.bot, variant=variant, symbol="BTCUSDT", at=NOON, inputs_hash="h", provider="x", rung="full",
        action="LONG", confidence=Decimal(1),
    )  # fmt: skip
    ShadowTrade.objects.create(
        variant=variant, opened_by=decision, symbol="BTCUSDT", direction="LONG", entry_price=Decimal(100),
        stop_price=Decimal(98), take_profit_price=Decimal(104), opened_at=NOON, seen_until=NOON, closed_at=NOON,
        result_ratio=Decimal(ratio),
    )  # fmt: skip
