"""Memories in rows: told once, faded once a day, found again."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from advisor.memory.keeping import fade_memories, remember_trade
from advisor.memory.recall import recall
from advisor.memory.relevance import Situation
from advisor.models import Memory
from tests.advisor.memory.trades import CLOSED, trade
from tests.factories import make_bot

pytestmark = pytest.mark.django_db
SITUATION = Situation(symbol="BTCUSDT", regime="trending_up", hour=11)


def test_a_closed_trade_is_remembered_once():
    bot, closed = make_bot(), trade("2", thesis="pullback", features={"rsi": 0.3})

    assert remember_trade(bot, closed)
    assert not remember_trade(bot, closed)

    row = Memory.objects.get()
    assert row.content == "LONG won +2.00 % of the margin, left by take_profit. Thesis: pullback"
    assert (row.is_win, row.relevance, row.regime, row.hour) == (True, 1.0, "trending_up", 11)
    assert row.vector


@pytest.mark.parametrize(("percent", "relevance"), [("5", 1.0), ("5.01", 1.5), ("-7", 1.5)])
def test_a_large_result_weighs_more(percent, relevance):
    remember_trade(make_bot(), trade("1", pnl_percent=Decimal(percent)))

    assert Memory.objects.get().relevance == relevance


def test_a_result_of_nothing_is_a_loss():
    remember_trade(make_bot(), trade("0"))

    assert Memory.objects.get().is_win is False


def test_memories_fade_once_a_day_however_often_they_are_told_to():
    bot = make_bot()
    remember_trade(bot, trade(closed_at=CLOSED - timedelta(days=4)))
    remember_trade(bot, trade(closed_at=CLOSED - timedelta(days=2)))

    assert [fade_memories(bot, CLOSED), fade_memories(bot, CLOSED)] == [1, 0]
    assert fade_memories(bot, CLOSED + timedelta(hours=11)) == 0

    assert sorted(Memory.objects.values_list("relevance", flat=True)) == [0.95, 1.0]


def test_ten_days_of_fading_and_the_floor():
    bot = make_bot()
    remember_trade(bot, trade(closed_at=CLOSED - timedelta(days=4)))
    for day in range(10):
        fade_memories(bot, CLOSED + timedelta(days=day))
    assert Memory.objects.get().relevance == pytest.approx(0.5987, abs=1e-4)

    for day in range(10, 60):
        fade_memories(bot, CLOSED + timedelta(days=day))
    assert Memory.objects.get().relevance == pytest.approx(0.1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_fade_at_once_fade_once():
    bot = make_bot()
    remember_trade(bot, trade(closed_at=CLOSED - timedelta(days=4)))
    gate = threading.Barrier(4)

    def fade():
        gate.wait()
        try:
            fade_memories(bot, CLOSED)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=fade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Memory.objects.get().relevance == pytest.approx(0.95)


def test_recall_gathers_everything_for_the_prompt():
    bot = make_bot()
    trades = [
        trade("1"),
        trade("-3", symbol="ETHUSDT"),
        trade("-6", exit_reason="stop_loss"),
        *(trade() for _ in "123"),
    ]
    for each in trades:
        remember_trade(bot, each)

    context = recall(bot, SITUATION, trades=trades, now=CLOSED)

    assert context.statistics["trades"] == 5
    assert [row["outcome"] for row in context.failures] == ["loss"]
    assert context.relevant[0]["text"].startswith("LONG lost -6.00 %")
    assert [row["name"] for row in context.ranking] == ["BTCUSDT", "ETHUSDT"]
    assert context.patterns
    assert len(context.lessons) == 4


def test_recall_sees_neither_the_future_nor_what_has_expired_nor_another_bot():
    bot = make_bot()
    remember_trade(bot, trade("1", closed_at=CLOSED + timedelta(seconds=1)))
    remember_trade(make_bot(), trade("1"))
    remember_trade(bot, trade("1", closed_at=CLOSED - timedelta(days=1)))
    Memory.objects.filter(bot=bot, at__lt=CLOSED).update(expires_at=CLOSED)

    assert recall(bot, SITUATION, trades=[], now=CLOSED).relevant == []


def test_a_bot_without_a_past_recalls_lessons_only():
    context = recall(make_bot(), SITUATION, trades=[], now=datetime(2026, 3, 1, tzinfo=UTC), language="zh")

    assert (context.statistics, context.relevant, context.ranking) == ({}, [], [])
    assert "止损" in context.lessons[0]
