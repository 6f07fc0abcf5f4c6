"""``adopt``: the wish is committed, the outcome told; nothing happens without a yes, or with a wrong password."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from duolive.cli import adopting
from duolive.cli.password import GIVEN
from tests.factories import NOON, make_account, make_bot, make_position
from trading.models import Adoption

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market_clock(monkeypatch):
    monkeypatch.setattr(adopting, "clock", lambda: SimpleNamespace(now=lambda: NOON))


def decide(**changes) -> None:
    Adoption.objects.update(decided_at=NOON, **changes)


def test_adopt_commits_the_wish_and_tells_what_came_of_it(cli, meanwhile):
    bot = make_bot(make_account(), name="mine")
    position = make_position(bot, symbol="DOTUSDT")
    position.delete()

    def take_over() -> None:
        decide(status=Adoption.Status.DONE, position=make_position(bot, symbol="DOTUSDT"))

    meanwhile(take_over)

    answer = cli("adopt", "dotusdt", "--bot", "mine", "--sl", "5", "--yes")

    wish = Adoption.objects.get()
    assert answer.code == 0
    assert answer.out.strip() == "DOTUSDT: 12 at 8.5 is managed by mine, stop at 10.03."
    assert (wish.author, wish.stop_loss_ratio, wish.take_profit_ratio) == ("cli", Decimal("0.05"), Decimal("0.33"))


def test_without_a_name_the_bot_for_positions_by_hand_takes_it(cli):
    make_bot(make_account())

    answer = cli("adopt", "DOTUSDT", "--yes", "--no-wait", "--json")

    assert answer.json["status"] == "asked"
    assert Adoption.objects.get().bot.strategy == "manual"


def test_a_refusal_is_told_with_its_reason(cli, meanwhile):
    make_bot(make_account())
    meanwhile(lambda: decide(status=Adoption.Status.REFUSED, reason="nothing is open there"))

    answer = cli("adopt", "DOTUSDT", "--yes")

    assert (answer.code, answer.err.strip()) == (1, "DOTUSDT: not taken over: nothing is open there")


def test_nobody_to_ask_means_that_nothing_is_done(cli):
    make_bot(make_account())

    assert cli("adopt", "DOTUSDT").code == 2
    assert not Adoption.objects.exists()


@pytest.mark.parametrize(("given", "code"), [("wrong", 1), ("right", 0)])
def test_the_trading_password_is_wanted_where_there_is_one(cli, monkeypatch, settings: Settings, given, code):
    make_bot(make_account())
    settings.TRADING_PASSWORD = "right"
    monkeypatch.setenv(GIVEN, given)

    assert cli("adopt", "DOTUSDT", "--yes", "--no-wait").code == code
    assert Adoption.objects.exists() is (code == 0)


def test_a_bot_that_is_not_there_is_named_with_those_that_are(cli):
    make_bot(make_account(), name="mine")

    answer = cli("adopt", "DOTUSDT", "--bot", "yours", "--yes")

    assert answer.err.strip() == "there is no bot 'yours'. There are: mine"


def test_a_position_of_the_desk_is_not_adopted(cli):
    bot = make_bot(make_account())
    make_position(bot, symbol="DOTUSDT")

    answer = cli("adopt", "DOTUSDT", "--yes")

    assert "is one of the desk's already" in answer.err
