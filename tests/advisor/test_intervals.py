"""Intervals by bootstrap: they hold the mean as often as they say, turn with their numbers, and need ten trades."""

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import comparison
from advisor.comparison import LEAST_TRADES, Interval, as_row, compare, difference_interval, interval_of, mean_of
from tests.advisor.rows import make_ai_bot, make_shadow_trade, make_variant

MEAN, SPREAD = 0.002, 0.01


def drawn(chance, count, *, mean=MEAN):
    return [Decimal(f"{chance.gauss(mean, SPREAD):.8f}") for _ in range(count)]


def ratios(*values):
    return [Decimal(value) for value in values]


@pytest.fixture
def fewer_samples(monkeypatch):
    """Coverage needs many intervals and not many samples of each."""
    monkeypatch.setattr(comparison, "SAMPLES", 400)


@pytest.mark.usefixtures("fewer_samples")
def test_the_interval_holds_the_true_mean_about_nineteen_times_of_twenty():
    chance = random.Random(7)
    found = [interval_of(drawn(chance, 40)) for _ in range(150)]

    held = sum(interval.low <= Decimal(str(MEAN)) <= interval.high for interval in found)

    assert 0.88 <= held / len(found) <= 0.995


@pytest.mark.usefixtures("fewer_samples")
def test_the_interval_of_a_difference_holds_the_true_one_as_often():
    chance = random.Random(11)
    found = [difference_interval(drawn(chance, 40, mean=0.005), drawn(chance, 30)) for _ in range(120)]

    held = sum(interval.low <= Decimal("0.003") <= interval.high for interval in found)

    assert 0.88 <= held / len(found) <= 0.995


def test_a_difference_the_other_way_round_is_its_mirror():
    chance = random.Random(3)
    ours, theirs = drawn(chance, 60, mean=0.004), drawn(chance, 45)

    there, back = difference_interval(ours, theirs), difference_interval(theirs, ours)

    assert float(there.low) == pytest.approx(-float(back.high), abs=0.0006)
    assert float(there.high) == pytest.approx(-float(back.low), abs=0.0006)
    assert there.low < mean_of(ours) - mean_of(theirs) < there.high


def test_more_trades_make_a_narrower_interval():
    chance = random.Random(5)
    few, many = interval_of(drawn(chance, 20)), interval_of(drawn(chance, 500))

    assert many.high - many.low < (few.high - few.low) / 2


@pytest.mark.parametrize(("count", "has_one"), [(0, False), (LEAST_TRADES - 1, False), (LEAST_TRADES, True)])
def test_ten_trades_are_the_fewest_on_either_side(count, has_one):
    some, enough = ratios("0.01") * count, ratios("0.01") * 30

    assert (interval_of(some) is not None) is has_one
    assert (difference_interval(some, enough) is not None) is has_one
    assert (difference_interval(enough, some) is not None) is has_one


def test_trades_that_all_end_alike_leave_no_doubt():
    assert interval_of(ratios("-0.0123") * 10) == Interval(Decimal("-0.012300"), Decimal("-0.012300"))


@settings(max_examples=20)
@given(st.lists(st.decimals("-0.5", "0.5", places=4), min_size=10, max_size=30))
def test_an_interval_lies_within_the_results_and_about_their_mean(results):
    interval = interval_of(results)

    assert min(results) <= interval.low <= interval.high <= max(results)
    assert interval.low - Decimal("0.000001") <= mean_of(results) <= interval.high + Decimal("0.000001")


def test_a_mean_has_six_places():
    assert mean_of(ratios("0.01", "0.01", "0.02")) == Decimal("0.013333")


@pytest.mark.django_db
def test_open_trades_and_other_bots_are_not_measured():
    bot = make_ai_bot()
    model = make_variant(bot, provider="deepseek")
    make_shadow_trade(model, "0.02")
    make_shadow_trade(model, "0.5", closed_at=None, exit_price=None, exit_reason="", result_ratio=None)
    make_shadow_trade(make_variant(make_ai_bot()), "0.9")

    (found,) = compare(bot)

    assert (found.trades, found.wins, found.mean, found.interval) == (1, 1, Decimal("0.020000"), None)
    assert (found.over_rules, found.is_better_than_rules) == (None, False)


@pytest.mark.django_db
def test_a_lead_over_few_trades_of_the_rules_is_no_proof():
    bot = make_ai_bot()
    model, rules = make_variant(bot, provider="deepseek"), make_variant(bot, provider="rules")
    for _ in range(10):
        make_shadow_trade(model, "0.02")
    for _ in range(9):
        make_shadow_trade(rules, "-0.02")

    found = next(each for each in compare(bot) if each.variant == model)

    assert (found.over_rules, found.over_rules_interval) == (Decimal("0.040000"), None)
    assert not found.is_better_than_rules
    assert (as_row(found)["over_rules_low"], as_row(found)["low"]) == (None, Decimal("0.020000"))


@pytest.mark.django_db
def test_a_result_of_nothing_is_no_win():
    model = make_variant(make_ai_bot())
    make_shadow_trade(model, "0")

    (found,) = compare(model.bot)

    assert (found.trades, found.wins, found.mean) == (1, 0, 0)
