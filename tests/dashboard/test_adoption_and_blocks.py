"""Adoption over the API, and where it is told that a contract takes no new entries."""

import json
from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.roles import Role, give_role
from tests import factories
from tests.factories import NOON
from trading.core.blocks import BlockReason
from trading.models import Adoption, SymbolBlock

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot():
    return factories.make_bot(name="mine")


@pytest.fixture
def blocked(bot):
    return SymbolBlock.objects.create(
        account=bot.account, symbol="DOTUSDT", reason=BlockReason.FOREIGN_POSITION, detail="30", since=NOON
    )


def adopt(visitor, symbol="dotusdt", **body):
    return visitor.post(f"/api/v1/adopt/{symbol}", json.dumps(body), content_type="application/json")


def test_the_wish_is_taken_and_listed(visitor, bot):
    answer = adopt(visitor, bot=bot.pk, sl_pct="5")

    wish = Adoption.objects.get()
    assert (answer.status_code, answer.json()["status"]) == (202, "asked")
    assert (wish.symbol, wish.bot, wish.author, wish.stop_loss_ratio) == ("DOTUSDT", bot, "demo", Decimal("0.05"))
    assert [row["id"] for row in visitor.get("/api/v1/adoptions").json()] == [wish.pk]


def test_adopting_needs_the_trading_password(visitor, bot, settings):
    settings.TRADING_PASSWORD = "open sesame"

    refused, taken = adopt(visitor), adopt(visitor, trading_password="open sesame")

    assert (refused.status_code, taken.status_code) == (403, 202)
    assert Adoption.objects.count() == 1


def test_who_may_only_look_may_not_adopt(visitor, user, bot):
    give_role(user, Role.VIEWER)

    assert adopt(visitor).status_code == 403
    assert not Adoption.objects.exists()


def test_a_position_of_the_desk_is_a_conflict(visitor, bot):
    factories.make_position(bot, symbol="DOTUSDT")

    assert adopt(visitor).status_code == 409


@pytest.mark.parametrize("wrong", [{"sl_pct": "0"}, {"tp_pct": "100"}, {"bot": "x"}])
def test_what_makes_no_sense_is_named(visitor, bot, wrong):
    answer = adopt(visitor, **wrong)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, list(wrong))


def test_a_bot_of_another_account_is_not_found(visitor, bot):
    other = factories.make_bot(factories.make_account(environment="live"))

    assert adopt(visitor, bot=other.pk).status_code == 404


@pytest.mark.parametrize("address", ["health", "status", "why/DOTUSDT"])
def test_a_blocked_contract_is_told_with_its_reason(visitor, blocked, address):
    [told] = visitor.get(f"/api/v1/{address}").json()["blocked"]

    assert (told["symbol"], told["reason"]) == ("DOTUSDT", "foreign_position")
    assert told["sentence"] == "a position that is not ours (30)"


def test_another_contract_is_not_blocked_by_it(visitor, blocked):
    assert visitor.get("/api/v1/why/XRPUSDT").json()["blocked"] == []


def test_a_position_tells_what_blocks_its_contract(visitor, blocked):
    factories.make_protected_position(blocked.account.bots.get(), symbol="DOTUSDT")

    [position] = visitor.get("/api/v1/positions").json()

    assert [block["reason"] for block in position["blocks"]] == ["foreign_position"]


def test_a_position_tells_the_rungs_it_took(visitor, bot):
    position = factories.make_protected_position(bot)
    factories.make_event(
        EventKind.LADDER_CLIMBED, case=position.case, bot=bot, symbol=position.symbol, rung="retry",
        reason="Reach max stop order limit.", price="10.03",
    )  # fmt: skip

    [rung] = visitor.get(f"/api/v1/positions/{position.pk}").json()["rungs"]

    assert (rung["rung"], rung["explanation"]) == ("retry", "the same stop again under a new id")
    assert (rung["reason"], rung["trigger_price"]) == ("Reach max stop order limit.", "10.03")
