"""When pairs are chosen: each market hour, and never again at once, however fast the market or whatever fails."""

from datetime import datetime, timedelta

import pytest

from advisor.models import Watch
from exchange.errors import ExchangeUnavailable
from signals.bot_settings import set_auto_trade
from tests.factories import NOON, make_bot
from tests.trading.advised.advisers import Scripted, holding
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.advised import rounds
from trading.advised.rounds import CHOICE_WALL_SECONDS, Choice

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Wall:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def due(choice: Choice, bot, now: datetime, *, has_none: bool = False) -> bool:
    return choice.is_due(bot, now, has_none=has_none)


def test_each_market_hour_chooses_once():
    bot, wall = make_bot(), Wall()
    choice = Choice(monotonic=wall)
    assert due(choice, bot, NOON)
    choice.note_attempt(bot)
    choice.note(bot, NOON)
    wall.seconds += 3600

    assert not due(choice, bot, NOON + HOUR / 2)
    assert due(choice, bot, NOON + HOUR)


def test_a_fast_market_waits_for_wall_time():
    bot, wall = make_bot(), Wall()
    choice = Choice(monotonic=wall)
    choice.note_attempt(bot)
    choice.note(bot, NOON)

    wall.seconds += CHOICE_WALL_SECONDS - 0.1
    assert not due(choice, bot, NOON + HOUR)
    wall.seconds += 0.1
    assert due(choice, bot, NOON + HOUR)


def test_a_bot_without_pairs_chooses_at_once_but_not_again_at_once():
    bot, wall = make_bot(), Wall()
    choice = Choice(monotonic=wall)
    choice.note(bot, NOON)

    assert due(choice, bot, NOON, has_none=True)
    choice.note_attempt(bot)
    assert not due(choice, bot, NOON, has_none=True)


def test_a_market_that_cannot_be_read_is_not_asked_again_at_once(tmp_path, monkeypatch):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(holding)], pair_choice="ranked")
    asked = []

    def unreadable(standing, market):
        asked.append(market)
        raise ExchangeUnavailable("down")

    monkeypatch.setattr(rounds, "chosen_pairs", unreadable)

    for _ in range(5):
        desk.round()

    assert len(asked) == 1


def test_a_bot_that_is_switched_off_ranks_nothing_and_watches_only_what_it_holds(tmp_path, monkeypatch):
    desk = RecordedDesk(tmp_path, advisers=[Scripted(holding)], pair_choice="listed", pairs="BTCUSDT ETHUSDT")
    desk.round()
    assert Watch.objects.count() == 2
    set_auto_trade(desk.bot, is_on=False, author="tests", now=desk.now())
    desk.bot.refresh_from_db()
    monkeypatch.setattr(rounds, "chosen_pairs", lambda standing, market: pytest.fail("asked"))

    desk.step(3600)
    desk.round()

    assert not Watch.objects.exists()
