"""Recall over rows: the leader's lessons reach the coins that follow it, and the regime decides."""

from datetime import timedelta

import pytest

from advisor.memory.keeping import remember_review, remember_trade
from advisor.memory.recall import recall
from advisor.memory.relevance import Situation
from advisor.memory.vectors import encode
from advisor.models import Review
from tests.advisor.memory.trades import CLOSED, trade
from tests.factories import make_bot

pytestmark = pytest.mark.django_db


def texts(bot, situation, *, now=CLOSED):
    return [row["text"] for row in recall(bot, situation, trades=[], now=now).relevant]


def coin(**details):
    return Situation(**{"symbol": "SOLUSDT", "regime": "trending_up", "hour": 11} | details)


def test_what_the_leader_taught_reaches_coins_that_follow_it():
    bot = make_bot()
    remember_trade(bot, trade("2", thesis="led"))

    assert texts(bot, coin()) == []
    assert len(texts(bot, coin(correlation=0.7))) == 1
    assert texts(bot, coin(correlation=0.7, regime="quiet")) == []


def test_findings_of_a_review_reach_every_symbol_for_thirty_days():
    bot = make_bot()
    review = Review.objects.create(bot=bot, at=CLOSED, trigger="daily", closes=10, win_ratio=0)
    remember_review(review, insights=["shorts lose"], recommendations=["fewer shorts"])

    assert texts(bot, coin(regime="quiet")) == ["fewer shorts", "shorts lose"]
    assert texts(bot, coin(), now=CLOSED + timedelta(days=31)) == []


def test_a_review_is_remembered_once_however_often_it_is_told():
    bot = make_bot()
    review = Review.objects.create(bot=bot, at=CLOSED, trigger="daily", closes=10, win_ratio=0)

    remember_review(review, insights=["a"], recommendations=[])
    remember_review(review, insights=["a"], recommendations=[])

    assert bot.memories.count() == 1


def test_a_situation_that_looked_alike_comes_first():
    bot = make_bot()
    remember_trade(bot, trade("1", symbol="SOLUSDT", thesis="falling", features={"confluence": -0.8, "rsi": -0.5}))
    remember_trade(bot, trade("1", symbol="SOLUSDT", thesis="rising", features={"confluence": 0.8, "rsi": 0.5}))

    found = texts(bot, coin(vector=encode({"confluence": 0.7, "rsi": 0.4})))

    assert [text.rsplit(" ", 1)[1] for text in found] == ["rising", "falling"]
