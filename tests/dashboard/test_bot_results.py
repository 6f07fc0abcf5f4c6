"""Each bot's results beside its quota."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.bot_results import bot_results
from desk.models import ConfigVersion
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def test_today_is_what_closed_since_midnight_of_the_market(reading):
    bot = factories.make_bot()
    factories.make_closed_position(bot, closed_at=NOON)
    factories.make_closed_position(bot, closed_at=NOON - timedelta(days=1), realized_pnl=Decimal("-5"))

    (told,) = bot_results(reading)

    assert (told.today, told.total, told.trades, told.wins) == (Decimal("2.9"), Decimal("-2.2"), 2, 1)


def test_results_of_another_bot_are_not_ours(reading):
    account = factories.make_account()
    first, second = factories.make_bot(account), factories.make_bot(account)
    factories.make_closed_position(first)
    factories.make_position(second)

    told = {row.bot.pk: row for row in bot_results(reading)}

    assert (told[first.pk].trades, told[first.pk].open_positions) == (1, 0)
    assert (told[second.pk].trades, told[second.pk].open_positions) == (0, 1)
    assert (told[second.pk].margin, told[second.pk].unrealized) == (Decimal("34"), Decimal("3"))


def test_a_corrected_result_is_read_again(reading):
    position = factories.make_closed_position(factories.make_bot())
    before = bot_results(reading)[0].total

    position.realized_pnl = Decimal("1")
    position.save()

    assert (before, bot_results(reading)[0].total) == (Decimal("2.9"), Decimal("0.9"))


def test_the_quota_is_what_the_settings_allow(reading):
    bot = factories.make_bot(config={"max_positions": 4, "daily_loss_limit_usdt": "25"})

    (told,) = bot_results(reading)

    assert (told.max_positions, told.max_daily_loss, told.max_margin) == (4, Decimal("25"), None)
    assert bot.pk == told.bot.pk


def test_settings_that_are_no_longer_valid_leave_the_results(reading):
    bot = factories.make_bot()
    ConfigVersion.objects.create(bot=bot, number=2, values={"max_positions": -1}, author="tests")

    (told,) = bot_results(reading)

    assert (told.max_positions, told.total) == (None, Decimal(0))


def test_without_the_clock_today_is_not_known():
    factories.make_closed_position(factories.make_bot())

    (told,) = bot_results(None)

    assert (told.today, told.total) == (None, Decimal("2.9"))


def test_the_bot_for_positions_by_hand_shows_once_it_has_traded(reading):
    bot = factories.make_bot(strategy="manual")
    before = bot_results(reading)

    factories.make_closed_position(bot)

    assert (list(before), len(bot_results(reading))) == ([], 1)
