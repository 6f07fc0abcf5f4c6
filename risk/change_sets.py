"""Changes of an account's risk settings as sets: what a version changed, what raises risk, and the way back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desk.models import Account
from risk.change_direction import raising
from risk.limit_settings import RiskSettings
from risk.models import RiskVersion
from risk.settings_store import change_risk_settings, risk_settings_of, validated

Diff = dict[str, tuple[Any, Any]]  # name → value before, value after; as JSON has them


class UnknownVersion(LookupError):
    """There is no version of this number."""


def difference(old: RiskSettings, new: RiskSettings) -> Diff:
    """The settings in which ``new`` is not ``old``."""
    left, right = old.model_dump(mode="json"), new.model_dump(mode="json")
    return {name: (left[name], value) for name, value in right.items() if left[name] != value}


def risk_diff_of(version: RiskVersion) -> Diff:
    """What ``version`` changed of the one before it; of the defaults where it is the first.

    Raises ValidationError for a version whose values are no longer allowed.
    """
    before = RiskVersion.objects.filter(account=version.account, number__lt=version.number).order_by("-number").first()
    old = RiskSettings.model_validate(before.values if before is not None else {})
    return difference(old, RiskSettings.model_validate(version.values))


def risk_raised_by(account: Account, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Names among ``changes`` that raise the risk of ``account``. Raises RiskSettingsRefused."""
    before = risk_settings_of(account)
    after = validated({**before.model_dump(mode="json"), **changes})
    return raising(before.model_dump(), after.model_dump())


def risk_values_of(account: Account, number: int) -> dict[str, Any]:
    """All settings of version ``number``; 0 are the defaults. Raises UnknownVersion, ValidationError."""
    if number == 0:
        return RiskSettings().model_dump(mode="json")
    version = RiskVersion.objects.filter(account=account, number=number).first()
    if version is None:
        raise UnknownVersion(f"{account.name} has no risk settings version {number}")
    return RiskSettings.model_validate(version.values).model_dump(mode="json")


def roll_back_risk(account: Account, number: int, *, author: str, now: datetime, reason: str = "") -> int:
    """Bring version ``number`` into force again, as a new version, and return its number; 0 are the defaults.

    Raises UnknownVersion, and RiskSettingsRefused where its values are no longer allowed.
    """
    told = reason or f"back to version {number}"
    return change_risk_settings(account, risk_values_of(account, number), author=author, now=now, reason=told)


def risk_version_in_force(account: Account) -> RiskVersion | None:
    """The newest version; None while the defaults are in force."""
    return RiskVersion.objects.filter(account=account).order_by("-number").first()
