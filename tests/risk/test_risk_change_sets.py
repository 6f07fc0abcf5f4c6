"""Change sets of an account's risk settings: the diff, what raises risk, and the way back."""

from typing import Any

import pytest

from desk.models import Account
from risk.change_sets import (
    UnknownVersion,
    risk_diff_of,
    risk_raised_by,
    risk_values_of,
    risk_version_in_force,
    roll_back_risk,
)
from risk.models import RiskVersion
from risk.settings_store import RiskSettingsRefused, change_risk_settings, risk_settings_of, risk_version_of
from tests.factories import NOON, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_account()


def change(account: Account, **changes: Any) -> int:
    return change_risk_settings(account, changes, author="anna", now=NOON, reason="tests")


def test_a_version_tells_what_it_changed_of_the_one_before(account: Account) -> None:
    change(account, max_leverage=5)
    change(account, max_leverage=4, crash_symbols=["BTCUSDT", "ETHUSDT"])

    first, second = RiskVersion.objects.order_by("number")

    assert risk_diff_of(first) == {"max_leverage": (20, 5)}
    assert risk_diff_of(second) == {
        "max_leverage": (5, 4),
        "crash_symbols": (["BTCUSDT"], ["BTCUSDT", "ETHUSDT"]),
    }


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"max_leverage": 5, "daily_loss_pct": "3"}, ()),
        ({"max_leverage": 25}, ("max_leverage",)),
        ({"daily_loss_pct": "0"}, ("daily_loss_pct",)),
        ({"max_symbol_entries_per_day": 1}, ()),
        ({"drawdown_pct": "20", "drawdown_tier": "close_only"}, ("drawdown_tier",)),
        ({"daily_loss_tier": "halted"}, ()),
        ({"consecutive_losses_minutes": 120}, ()),
        ({"consecutive_losses_minutes": 30}, ("consecutive_losses_minutes",)),
        ({"crash_flatten": True}, ()),
        ({"symbol_deny": ["DOGEUSDT"]}, ()),
        ({"symbol_allow": ["BTCUSDT"]}, ()),
        ({"exposure_basis": "margin"}, ("exposure_basis",)),
        ({"crash_window_minutes": 10}, ("crash_window_minutes",)),
        ({"max_leverage": 20}, ()),
    ],
)
def test_what_raises_risk_or_might_is_named(account: Account, changes: dict[str, Any], raised: tuple[str, ...]) -> None:
    assert risk_raised_by(account, changes) == raised


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        ({"symbol_deny": ["A1USDT", "B1USDT"]}, {"symbol_deny": ["A1USDT"]}, True),
        ({"symbol_allow": ["A1USDT"]}, {"symbol_allow": ["A1USDT", "B1USDT"]}, True),
        ({"symbol_allow": ["A1USDT", "B1USDT"]}, {"symbol_allow": ["A1USDT"]}, False),
        ({"symbol_allow": ["A1USDT"]}, {"symbol_allow": []}, True),
    ],
)
def test_lists_of_symbols_raise_risk_where_they_let_more_in(
    account: Account, before: dict[str, Any], after: dict[str, Any], raised: bool
) -> None:
    change(account, **before)

    assert bool(risk_raised_by(account, after)) is raised


def test_rolling_back_restores_the_settings_in_a_new_version(account: Account) -> None:
    change(account, max_leverage=5)
    wanted = risk_settings_of(account)
    change(account, max_leverage=3, daily_loss_pct="2")

    number = roll_back_risk(account, 1, author="anna", now=NOON)

    assert (number, risk_settings_of(account)) == (3, wanted)
    assert RiskVersion.objects.get(number=3).reason == "back to version 1"


def test_version_0_are_the_defaults(account: Account) -> None:
    before = risk_settings_of(account)
    change(account, max_leverage=5)

    roll_back_risk(account, 0, author="anna", now=NOON)

    assert risk_settings_of(account) == before
    assert risk_values_of(account, 0) == before.model_dump(mode="json")


def test_a_version_that_never_was_cannot_come_back(account: Account) -> None:
    change(make_account(), max_leverage=5)

    with pytest.raises(UnknownVersion):
        roll_back_risk(account, 1, author="anna", now=NOON)

    assert risk_version_of(account) == 0


def test_what_is_not_allowed_is_refused_field_by_field_and_nothing_is_half_applied(account: Account) -> None:
    with pytest.raises(RiskSettingsRefused) as refused:
        change(account, max_leverage=500, daily_loss_pct="3", luck=1)

    assert set(refused.value.errors) == {"max_leverage", "luck"}
    assert "125" in refused.value.errors["max_leverage"]
    assert risk_version_in_force(account) is None


def test_the_version_in_force_is_the_newest_of_the_account(account: Account) -> None:
    change(account, max_leverage=5)
    change(account, max_leverage=4)
    change(make_account(), max_leverage=2)

    newest = risk_version_in_force(account)

    assert newest is not None
    assert (newest.account_id, newest.number) == (account.pk, 2)
