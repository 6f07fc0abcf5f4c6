"""A trade keeps the versions of the settings it was entered under, the bot's and the account's."""

import pytest
from django.db.models import ProtectedError

from risk.models import RiskVersion
from risk.settings_store import change_risk_settings
from tests.lockstep import Lockstep


def change(lockstep: Lockstep, **changes: object) -> None:
    change_risk_settings(lockstep.account, changes, author="anna", now=lockstep.now())


def test_an_entry_keeps_the_risk_version_in_force(lockstep: Lockstep) -> None:
    change(lockstep, max_leverage=10)
    change(lockstep, max_leverage=9)

    position = lockstep.enter()
    change(lockstep, max_leverage=8)

    position.refresh_from_db()
    assert position.risk_version == RiskVersion.objects.get(number=2)
    assert position.config_version == lockstep.bot.config_version


def test_under_the_defaults_there_is_none_to_keep(lockstep: Lockstep) -> None:
    assert lockstep.enter().risk_version is None


def test_a_risk_version_that_a_trade_was_entered_under_cannot_be_deleted(lockstep: Lockstep) -> None:
    change(lockstep, max_leverage=10)
    lockstep.enter()

    with pytest.raises(ProtectedError):
        RiskVersion.objects.get().delete()
