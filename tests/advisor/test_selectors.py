"""What pages and API are shown of the adviser's rows: this environment's only, and in their order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from advisor import selectors
from advisor.models import Outcome
from tests.advisor.rows import (
    make_ai_bot,
    make_decision,
    make_memory,
    make_plan,
    make_review,
    make_variant,
    make_watch,
)
from tests.factories import NOON, make_account, make_bot

pytestmark = pytest.mark.django_db


def live_bot():
    return make_ai_bot(make_account(environment="live"))


def test_rows_of_another_environment_are_never_shown():
    bot, foreign = make_ai_bot(), live_bot()
    for each in (bot, foreign):
        make_decision(each), make_memory(each), make_plan(each), make_watch(each), make_review(each), make_variant(each)

    shown = [
        selectors.decisions(),
        selectors.decision_rows(),
        selectors.memories(),
        selectors.plans(),
        selectors.watches(),
        selectors.reviews(),
        selectors.variants(),
    ]

    assert [{row.bot for row in rows} for rows in shown] == [{bot}] * 7
    assert list(selectors.ai_bots()) == [bot]


def test_only_bots_that_ask_an_adviser_are_its_bots():
    first, second = make_ai_bot(), make_ai_bot()
    make_bot()

    assert list(selectors.ai_bots()) == [first, second]


def test_a_list_of_decisions_leaves_its_long_texts_in_the_database(django_assert_num_queries):
    make_decision()

    (row,) = selectors.decision_rows()

    assert set(selectors.WHOLE_ONLY) <= row.get_deferred_fields()
    with django_assert_num_queries(0):
        assert (row.action, row.reason, row.bot.strategy) == ("HOLD", "confidence_below_minimum", "ai_futures")


def test_the_latest_of_each_symbol_is_the_newest_that_acted():
    bot = make_ai_bot()
    make_decision(bot)
    newest = make_decision(bot)
    make_decision(bot, outcome=Outcome.SHADOW, variant=make_variant(bot))
    coin = make_decision(bot, symbol="ETHUSDT")
    make_decision(bot, symbol="SOLUSDT")
    make_decision(live_bot())

    assert selectors.latest_by_symbol(["BTCUSDT", "ETHUSDT", "XRPUSDT"]) == {"BTCUSDT": newest, "ETHUSDT": coin}
    assert selectors.latest_by_symbol([]) == {}


def test_the_weightiest_memories_come_first_then_the_newest():
    bot = make_ai_bot()
    light, old = make_memory(bot, relevance=0.4), make_memory(bot, at=NOON - timedelta(days=1))
    new, heavy = make_memory(bot), make_memory(bot, relevance=1.5)

    found = list(selectors.memories())

    assert found == [heavy, new, old, light]
    assert "vector" in found[0].get_deferred_fields()


def test_what_is_held_is_looked_at_first_and_what_is_neither_is_left_out():
    bot = make_ai_bot()
    listed = make_watch(bot, "BTCUSDT")
    held = make_watch(bot, "ETHUSDT", is_held=True, is_listed=False)
    make_watch(bot, "SOLUSDT", is_listed=False)

    assert list(selectors.watches()) == [held, listed]


def test_a_decision_costs_what_its_micros_say():
    assert make_decision(cost_micros=1).cost == Decimal("0.000001")
