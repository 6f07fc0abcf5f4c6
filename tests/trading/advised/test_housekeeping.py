"""Beside the looks: what closed is remembered once, reviews come in time, and old rows go."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from advisor.models import Decision, Memory, Outcome, Review
from risk.limit_settings import RiskSettings
from signals.strategies.ai_futures import AiFuturesConfig
from signals.strategies.base import StrategyConfig
from tests.factories import NOON, make_bot, make_closed_position, make_signal
from tests.trading.advised.advisers import Scripted, holding
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.advised.housekeeping import drop_old, keep_house
from trading.advised.trades import closed_trades, record_of
from trading.services.narrowing import narrowed

pytestmark = pytest.mark.django_db


def closed(bot, pnl, *, hours=2, **details):
    return make_closed_position(
        bot, realized_pnl=Decimal(pnl), closed_at=NOON + timedelta(hours=hours), **details
    )  # fmt: skip


def test_closed_positions_are_the_trades_with_what_was_advised():
    bot = make_bot(strategy="ai_futures")
    signal = make_signal(bot, terms={"regime": "ranging", "thesis": "a bounce", "features": {"rsi": 0.5}})
    closed(bot, "3", signal=signal)
    closed(bot, "-2", hours=3)
    closed(make_bot(), "9")

    trades = closed_trades(bot)

    assert [(trade.pnl, trade.regime, trade.thesis) for trade in trades] == [
        (Decimal("2.9"), "ranging", "a bounce"),
        (Decimal("-2.1"), "", ""),
    ]
    assert trades[0].features == {"rsi": 0.5}
    record = record_of(trades)
    assert (record.wins, record.losses, record.streak) == (1, 1, -1)
    assert (record.average_win, record.average_loss) == (Decimal("2.9"), Decimal("2.1"))


def test_house_is_kept_as_often_as_one_likes(tmp_path):
    desk = RecordedDesk(tmp_path, advisers=())
    for number in range(10):
        closed(desk.bot, "1" if number % 2 else "-1")

    keep_house(desk.bot, desk.desk)
    keep_house(desk.bot, desk.desk)

    assert Memory.objects.filter(kind="trade_result").count() == 10
    assert Review.objects.count() == 1
    assert Review.objects.get().provider == "rules"


def test_what_nobody_will_ask_for_goes_and_what_moved_money_stays(tmp_path, settings):
    settings.AI_KEEP_DAYS = 30
    desk = RecordedDesk(tmp_path, advisers=[Scripted(holding)])
    desk.round()
    kept, *others = Decision.objects.all()
    Decision.objects.filter(pk=kept.pk).update(outcome=Outcome.EXECUTED)
    pending = others[0]
    Decision.objects.filter(pk=pending.pk).update(outcome=Outcome.PENDING)

    assert drop_old(desk.bot, wall=timezone.now() + timedelta(days=29)) == 0
    assert drop_old(desk.bot, wall=timezone.now() + timedelta(days=31)) == len(others) - 1

    assert set(Decision.objects.all()) == {kept, pending}
    assert drop_old(desk.bot, wall=timezone.now() + timedelta(days=401)) == 1


def test_a_bots_own_limits_only_narrow_its_accounts():
    wide, narrow = (
        RiskSettings(),
        RiskSettings(max_leverage=5, max_exposure_pct=Decimal(20), max_position_pct=Decimal(0)),
    )
    advised = AiFuturesConfig()

    assert narrowed(wide, StrategyConfig()) is wide
    found = narrowed(wide, advised)
    assert (found.max_leverage, found.max_exposure_pct, found.max_position_pct) == (10, 30, 10)
    found = narrowed(narrow, advised)
    assert (found.max_leverage, found.max_exposure_pct, found.max_position_pct) == (5, 20, 10)
