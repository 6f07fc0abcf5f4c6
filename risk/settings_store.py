"""Risk settings of an account: read, and changed as a whole or not at all, each change a version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account
from risk.limit_settings import RiskSettings
from risk.models import RiskVersion


class RiskSettingsRefused(ValueError):
    """Nothing was changed; ``errors`` says per field what is wrong and what is allowed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = dict(errors)


def risk_settings_of(account: Account) -> RiskSettings:
    """The settings in force; an account without a version has the defaults. Raises ValidationError for a row that
    another version of the code wrote and this one does not understand."""
    values = RiskVersion.objects.filter(account=account).values_list("values", flat=True).first()
    return RiskSettings.model_validate(values or {})


def risk_version_of(account: Account) -> int:
    """Number of the version in force, 0 while the defaults are."""
    return RiskVersion.objects.filter(account=account).values_list("number", flat=True).first() or 0


def change_risk_settings(
    account: Account, changes: Mapping[str, Any], *, author: str, now: datetime, reason: str = ""
) -> int:
    """Put ``changes`` into a new version and return its number, or raise RiskSettingsRefused and change nothing."""
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        before = risk_settings_of(account)
        after = validated({**before.model_dump(mode="json"), **changes})
        number = risk_version_of(account)
        if after == before:
            return number
        version = RiskVersion.objects.create(
            account=account, number=number + 1, values=after.model_dump(mode="json"), author=author, reason=reason
        )
        _tell(version, before, after, now=now)
    return version.number


def validated(values: Mapping[str, Any]) -> RiskSettings:
    """Raises RiskSettingsRefused with one message for each field that is out of its range or unknown."""
    try:
        return RiskSettings.model_validate(values)
    except ValidationError as error:
        raise RiskSettingsRefused({_field(each["loc"]): each["msg"] for each in error.errors()}) from error


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "settings"


def _tell(version: RiskVersion, before: RiskSettings, after: RiskSettings, *, now: datetime) -> None:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    changed = [f"{name} {old[name]} → {value}" for name, value in new.items() if old[name] != value]
    events.record(
        EventKind.RISK_SETTINGS_CHANGED,
        at=now,
        account=version.account,
        number=version.number,
        author=version.author,
        changes=", ".join(changed),
    )
