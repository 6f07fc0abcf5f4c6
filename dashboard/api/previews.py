"""Before a change of settings: what it would have done to the last signals. Nothing is changed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from pydantic import ValidationError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.base import Conflict, DeskApi, missing
from dashboard.api.configuration import refused_settings
from dashboard.api.parameters import ACCOUNT_PARAMETER, BOT_PARAMETER, asked_account, bot_of
from dashboard.api.risk import refused_risk_settings
from dashboard.fields import DecimalText
from desk import vocabulary
from desk.roles import Role
from risk.change_sets import UnknownVersion, risk_values_of
from risk.settings_store import RiskSettingsRefused
from signals.bot_settings import SettingsRefused
from trading.change_preview import LAST, Judged, preview_risk, preview_settings
from trading.change_sets import values_of

MOST = 100


class PreviewIn(serializers.Serializer[Any]):
    """Any of the settings by name, beside these."""

    last = serializers.IntegerField(default=LAST, min_value=1, max_value=MOST, help_text="signals to look at")
    number = serializers.IntegerField(required=False, min_value=0, help_text="a version instead of changes")


NOT_SETTINGS = frozenset(PreviewIn().fields)


class JudgedOut(serializers.Serializer[Any]):
    refused_by = serializers.CharField(help_text="empty where it passes")
    refused_by_label = serializers.SerializerMethodField()
    loss = DecimalText(allow_null=True, help_text="USDT at the stop, before fees")

    def get_refused_by_label(self, judged: Judged) -> str:
        return refusal_label(judged.refused_by)


class EffectOut(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    found_at = serializers.DateTimeField(help_text="market time")
    before = JudgedOut()
    after = JudgedOut()
    result_ratio = DecimalText(allow_null=True, help_text="of the notional, before fees; null while not known")


class PreviewOut(serializers.Serializer[Any]):
    """Effects newest first. Losses are those of a trade at its stop, USDT, on average."""

    raised = serializers.ListField(child=serializers.CharField(), help_text="settings that raise risk")
    signals = serializers.SerializerMethodField()
    refused_before = serializers.IntegerField()
    refused_after = serializers.IntegerField()
    newly_refused = serializers.IntegerField()
    newly_passed = serializers.IntegerField()
    loss_before = DecimalText(allow_null=True)
    loss_after = DecimalText(allow_null=True)
    effects = EffectOut(many=True)

    def get_signals(self, preview: Any) -> int:
        return len(preview.effects)


def refusal_label(code: str) -> str:
    """The code of a refusal in the reader's language."""
    return str(vocabulary.word("refusal", code)) if code else ""


class ConfigPreviewApi(DeskApi):
    """What a change of a bot's settings, or an earlier version, would have made of its last signals."""

    writes = Role.VIEWER

    @extend_schema(request=PreviewIn, responses=PreviewOut, parameters=[BOT_PARAMETER])
    def post(self, request: Request) -> Response:
        bot, given = bot_of(request), _given(request)
        try:
            number = given.get("number")
            changes = _changes(request) if number is None else values_of(bot, number)
            return Response(PreviewOut(preview_settings(bot, changes, last=given["last"])).data)
        except UnknownVersion as error:
            raise missing(_("such version")) from error
        except ValidationError as error:
            raise Conflict(_("the version is no longer valid")) from error
        except SettingsRefused as error:
            raise refused_settings(error) from error


class RiskPreviewApi(DeskApi):
    """What a change of an account's risk settings, or an earlier version, would have made of its last signals.

    Each signal meets the account as it was read last, with nothing open.
    """

    writes = Role.VIEWER

    @extend_schema(request=PreviewIn, responses=PreviewOut, parameters=[ACCOUNT_PARAMETER])
    def post(self, request: Request) -> Response:
        account, given = asked_account(request), _given(request)
        try:
            number = given.get("number")
            changes = _changes(request) if number is None else risk_values_of(account, number)
            return Response(PreviewOut(preview_risk(account, changes, last=given["last"])).data)
        except UnknownVersion as error:
            raise missing(_("such version")) from error
        except ValidationError as error:
            raise Conflict(_("the version is no longer valid")) from error
        except RiskSettingsRefused as error:
            raise refused_risk_settings(error) from error


def _given(request: Request) -> dict[str, Any]:
    form = PreviewIn(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _changes(request: Request) -> Mapping[str, Any]:
    data: Any = request.data
    return {name: value for name, value in data.items() if name not in NOT_SETTINGS}
