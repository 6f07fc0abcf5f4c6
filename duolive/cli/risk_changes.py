"""Changing an account's risk settings at the command line: the password where risk rises, and the way back."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from desk.models import Account
from desk.venue import clock
from duolive.cli.change_sets import (
    no_longer_valid,
    nothing_changed,
    readable_diff,
    show_preview,
    show_versions,
    version_row,
)
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output
from duolive.cli.password import require_password
from risk.change_sets import UnknownVersion, risk_diff_of, risk_raised_by, risk_values_of, roll_back_risk
from risk.models import RiskVersion
from risk.settings_store import RiskSettingsRefused, change_risk_settings
from trading.change_preview import preview_risk

AUTHOR = "cli"


def change(account: Account, values: Mapping[str, Any], *, reason: str) -> None:
    """All of ``values`` or nothing. Raises CommandError."""
    try:
        if risk_raised_by(account, values):
            require_password()
        change_risk_settings(account, values, author=AUTHOR, now=clock().now(), reason=reason[:200])
    except RiskSettingsRefused as refused:
        raise nothing_changed(refused.errors) from refused


def roll_back(account: Account, number: int, *, reason: str) -> None:
    """Raises CommandError."""
    try:
        if risk_raised_by(account, risk_values_of(account, number)):
            require_password()
        roll_back_risk(account, number, author=AUTHOR, now=clock().now(), reason=reason[:200])
    except UnknownVersion as error:
        raise CommandError(f"{error}.") from error
    except ValidationError as error:
        raise no_longer_valid(number, account.name) from error
    except RiskSettingsRefused as refused:
        raise nothing_changed(refused.errors) from refused


def preview(account: Account, values: Mapping[str, Any], *, rollback: int | None, output: Output) -> None:
    """What the changes, or an earlier version, would have made of the last signals. Raises CommandError."""
    try:
        changes = values if rollback is None else risk_values_of(account, rollback)
        show_preview(preview_risk(account, changes), output)
    except UnknownVersion as error:
        raise CommandError(f"{error}.") from error
    except ValidationError as error:
        raise no_longer_valid(rollback or 0, account.name) from error
    except RiskSettingsRefused as refused:
        raise nothing_changed(refused.errors) from refused


def show_history(account: Account, output: Output) -> None:
    """Every version, newest first."""
    rows = [
        version_row(
            number=version.number,
            author=version.author,
            reason=version.reason,
            created_at=version.created_at,
            diff=readable_diff(risk_diff_of, version),
        )
        for version in RiskVersion.objects.filter(account=account).order_by("-number")
    ]
    show_versions(rows, output)
