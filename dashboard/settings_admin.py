"""Changing settings from the admin: the same versions, ranges and password as everywhere else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser
from rest_framework.request import Request

from dashboard.api.base import required_market_time
from dashboard.api.password import is_password_needed, require_trading_password
from dashboard.api.phrases import in_reader_language
from dashboard.setting_fields import fields_of
from desk.models import Account, Bot, accounts_of_this_environment
from desk.roles import Role, has_role
from risk.change_sets import risk_raised_by
from risk.settings_store import RiskSettingsRefused, change_risk_settings, risk_settings_of, risk_version_of
from signals.bot_settings import SettingsRefused, change_settings, settings_of
from trading.change_preview import Preview, preview_risk, preview_settings
from trading.change_sets import raised_by

TEMPLATE = "admin/change_settings.html"
Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose settings they are, and what may be done with them. Each raises SettingsRefused or RiskSettingsRefused."""

    name: str
    version: int
    rows: list[Any]
    raised: Callable[[Changes], tuple[str, ...]]
    preview: Callable[[Changes], Preview]
    change: Callable[[Changes, str, str], object]  # changes, author, reason


def bot_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of one bot."""
    bot = get_object_or_404(Bot, pk=pk, account__in=accounts_of_this_environment())
    owner = Owner(
        name=bot.name,
        version=bot.config_version.number,
        rows=fields_of(settings_of(bot)),
        raised=lambda changes: raised_by(bot, changes),
        preview=lambda changes: preview_settings(bot, changes),
        change=lambda changes, author, reason: change_settings(
            bot, changes, author=author, now=required_market_time().at, reason=reason
        ),
    )
    return _answer(request, owner)


def account_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """The risk settings of one account."""
    account = get_object_or_404(Account, pk=pk, pk__in=accounts_of_this_environment())
    owner = Owner(
        name=account.name,
        version=risk_version_of(account),
        rows=fields_of(risk_settings_of(account)),
        raised=lambda changes: risk_raised_by(account, changes),
        preview=lambda changes: preview_risk(account, changes),
        change=lambda changes, author, reason: change_risk_settings(
            account, changes, author=author, now=required_market_time().at, reason=reason
        ),
    )
    return _answer(request, owner)


def _answer(request: HttpRequest, owner: Owner) -> HttpResponse:
    if not has_role(request.user, Role.OWNER):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Settings of {name}").format(name=owner.name),
        "owner": owner,
        "needs_password": is_password_needed(),
        "given": request.POST,
    }
    if request.method != "POST":
        return render(request, TEMPLATE, context)
    try:
        changes = _changes(request.POST.get("changes", ""))
        if "preview" in request.POST:
            return render(request, TEMPLATE, context | {"preview": owner.preview(changes)})
        _save(request, owner, changes)
    except (SettingsRefused, RiskSettingsRefused) as error:
        told = {name: in_reader_language(message) for name, message in error.errors.items()}
        return render(request, TEMPLATE, context | {"refused": told}, status=400)
    except APIException as error:
        return render(request, TEMPLATE, context | {"problem": str(error.detail)}, status=error.status_code)
    return redirect(request.path)


def _save(request: HttpRequest, owner: Owner, changes: Changes) -> None:
    """Raising risk needs the trading password. Raises APIException."""
    if owner.raised(changes):
        # The one check of the password reads what the API's requests have.
        require_trading_password(Request(request, parsers=[FormParser()], authenticators=[SessionAuthentication()]))
    owner.change(changes, request.user.get_username()[:60], request.POST.get("reason", "")[:200])


def _changes(text: str) -> dict[str, Any]:
    """NAME=VALUE, one a line. Raises SettingsRefused for a line that is neither empty nor that."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    unreadable = {line: _("not NAME=VALUE") for line in lines if "=" not in line}
    if unreadable:
        raise SettingsRefused(unreadable)
    pairs = (line.split("=", 1) for line in lines)
    return {name.strip(): _value(value.strip()) for name, value in pairs}


def _value(text: str) -> Any:
    """Lists are written as JSON; everything else stays text, so that decimals stay exact."""
    if text[:1] != "[":
        return text
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        return text
