"""Looks in threads on the real database: three at a time, none twice, and never a cent over the budget."""

import contextlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connections

from advisor.budget import Caps
from advisor.models import Decision, Period, Spend, Watch
from advisor.providers.port import Answer, Usage
from advisor.providers.prices import Price, PriceList
from advisor.session import Panel, advise
from advisor.spending import committed
from advisor.tokens import most_tokens
from tests.advisor.briefs import held_brief
from tests.advisor.providers.test_rules import LONG, Seen
from tests.factories import make_bot
from tests.trading.advised.advisers import Scripted, holding
from tests.trading.advised.recorded_desk import RecordedDesk

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
PRICES = PriceList({"stub": Price(Decimal(1), Decimal(10))})


class Crowd(Scripted):
    """Counts how many are asked at once; each question waits for two others, or a moment."""

    def __init__(self):
        super().__init__(holding)
        self.now, self.most, self.lock, self.three = 0, 0, threading.Lock(), threading.Barrier(3)

    def decide(self, prompt, schema, *, deadline):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        with contextlib.suppress(threading.BrokenBarrierError):
            self.three.wait(timeout=2)
        with self.lock:
            self.now -= 1
        return super().decide(prompt, schema, deadline=deadline)


def test_a_round_looks_at_three_symbols_at_a_time_and_at_each_once(tmp_path):
    adviser = Crowd()
    desk = RecordedDesk(tmp_path, advisers=[adviser], pair_choice="listed", pairs="BTCUSDT ETHUSDT XRPUSDT")

    assert desk.round(parallel=3) == 3

    assert adviser.most == 3
    assert sorted(Decision.objects.values_list("symbol", flat=True)) == ["BTCUSDT", "ETHUSDT", "XRPUSDT"]
    assert not Watch.objects.filter(claimed_until__isnull=False).exists()


def test_two_rounds_at_once_look_at_nothing_twice(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(holding)], pair_choice="listed", pairs="BTCUSDT ETHUSDT XRPUSDT")

    def round_of_its_own(_number):
        try:
            return sum(desk.round(parallel=1) for _ in range(4))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        looks = list(pool.map(round_of_its_own, range(2)))

    assert sum(looks) == 3
    assert Decision.objects.count() == 3


class Dear:
    """Every answer uses all that was reserved for it."""

    name, model = "deepseek", "stub"

    def decide(self, prompt, schema, *, deadline):
        text = {"action": "HOLD", "symbol": "BTCUSDT", "confidence": 1, "reasoning": "dear", "params": None}
        usage = Usage(most_tokens(prompt, schema), 2000)
        cost = PRICES.cost(self.model, usage)
        time.sleep(0.01)
        return Answer(
            text=json.dumps(text), provider=self.name, model=self.model, usage=usage, cost=cost
        )  # fmt: skip


def test_concurrent_analyses_never_overspend_by_a_cent():
    bot = make_bot(strategy="ai_futures")
    caps = Caps(hour=Decimal("0.40"), day=Decimal(5), month=Decimal(50))
    panel = Panel(advisers=[Dear()], prices=PRICES, caps=caps, now=lambda: NOW)

    def ask(_number):
        try:
            advise(bot=bot, brief=held_brief(), picture=Seen(), holding=LONG, panel=panel)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(36)))

    spent = sum(spend.spent_micros for spend in Spend.objects.all())
    assert Decision.objects.count() == 36
    assert 0 < spent <= 400_000
    assert committed(NOW)[Period.HOUR] <= Decimal("0.40")
    assert Decision.objects.filter(provider="rules").exists()
