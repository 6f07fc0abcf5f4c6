"""What-if over the API: the whole answer, nothing written, faults at their field."""

from decimal import Decimal

import pytest

from tests import factories
from tests.factories import NOON
from trading.models import Position

ORDER = {"symbol": "DOTUSDT", "side": "SELL", "margin_usdt": "34", "leverage": 3, "sl_pct": "18", "tp_pct": "33"}


@pytest.fixture(autouse=True)
def account(public_market, db):
    found = factories.make_account()
    found.wallet_balance, found.available_balance, found.balances_at = Decimal(1000), Decimal(900), NOON
    found.save()
    return found


def test_every_number_is_answered_and_nothing_written(post):
    answer = post("what-if", {**ORDER, "gap_pct": "10"})

    told = answer.json()
    assert answer.status_code == 200, answer.content
    assert {
        name: Decimal(told[name]) for name in ("quantity", "margin", "fee", "loss_at_stop", "loss_at_stop_pct")
    } == {
        "quantity": Decimal(12),
        "margin": Decimal(34),
        "fee": Decimal("0.051"),
        "loss_at_stop": Decimal("18.36"),
        "loss_at_stop_pct": Decimal("1.836"),
    }
    assert Decimal(told["loss_at_gap"]) == Decimal("30.396")
    assert (told["bound_by"], told["bound_by_label"]) == ("position_share", "share of equity in one position")
    assert told["refusal"] == ""
    assert not Position.objects.exists()


def test_an_account_that_was_never_read_has_no_percentages(post, account):
    account.wallet_balance = None
    account.save()

    told = post("what-if", ORDER).json()

    assert (told["loss_at_stop_pct"], told["room"], told["bound_by"]) == (None, None, "")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"gap_pct": "91"}, "gap_pct"), ({"margin_usdt": "0.1"}, "margin_usdt"), ({"sl_pct": "0"}, "sl_pct")],
)
def test_what_is_wrong_is_told_at_its_field(post, change, field):
    answer = post("what-if", {**ORDER, **change})

    assert answer.status_code == 400
    assert field in answer.content.decode()


@pytest.fixture
def signal(account):
    bot = factories.make_bot(account, config={"live_fixed_margin_usdt": "34"})
    return factories.make_signal(bot, symbol="DOTUSDT", status="refused", reason_code="max_positions")


def test_a_signal_is_reckoned_whatever_has_become_of_it(visitor, signal):
    answer = visitor.get(f"/api/v1/cases/{signal.case}/what-if", {"gap_pct": "5"})

    told = answer.json()
    assert answer.status_code == 200, answer.content
    assert (Decimal(told["quantity"]), Decimal(told["margin"]), told["leverage"]) == (12, 34, 3)
    assert (Decimal(told["gap_pct"]), told["bound_by"]) == (5, "position_share")
    assert not Position.objects.exists()


def test_a_case_tells_the_numbers_it_was_refused_with(visitor, signal, public_market):
    numbers = visitor.get(f"/api/v1/cases/{signal.case}/what-if").json()
    kept = {name: value for name, value in numbers.items() if name != "bound_by_label"}
    factories.make_event("signal_refused", case=signal.case, bot=signal.bot, symbol="DOTUSDT", what_if=kept)

    assert visitor.get(f"/api/v1/cases/{signal.case}").json()["what_if"] == numbers


def test_a_case_without_a_signal_has_no_numbers_to_ask_for(visitor, account):
    position = factories.make_position(factories.make_bot(account))

    assert visitor.get(f"/api/v1/cases/{position.case}/what-if").status_code == 404


@pytest.mark.parametrize("gap", ["91", "-1", "much"])
def test_a_gap_out_of_range_is_refused(visitor, signal, gap):
    assert visitor.get(f"/api/v1/cases/{signal.case}/what-if", {"gap_pct": gap}).status_code == 400


def test_a_size_that_cannot_be_derived_is_a_conflict(visitor, signal, public_market):
    version = signal.bot.config_version
    version.values = {"live_fixed_margin_usdt": "1"}
    version.save()

    answer = visitor.get(f"/api/v1/cases/{signal.case}/what-if")

    assert answer.status_code == 409
    assert "minimum" in answer.json()["detail"]
