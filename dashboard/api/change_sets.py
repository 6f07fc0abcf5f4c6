"""Change sets over HTTP: what a version changed, and bringing an earlier one back into force."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from pydantic import ValidationError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.answers import ConfigOut
from dashboard.api.base import Conflict, DeskApi, missing, required_market_time
from dashboard.api.configuration import config_answer, refused_settings, require_step_up
from dashboard.api.inputs import PasswordIn
from dashboard.api.parameters import BOT_PARAMETER, bot_of
from dashboard.api.password import HEADER_PARAMETER
from desk.models import ConfigVersion
from desk.roles import Role
from risk.models import RiskVersion
from signals.bot_settings import SettingsRefused
from trading.change_sets import Diff, UnknownVersion, diff_of, roll_back, values_of


class ChangeOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class ChangeSetOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    author = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    changes = ChangeOut(many=True)


class RollbackIn(PasswordIn):
    number = serializers.IntegerField(min_value=1, help_text="version to bring back")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ChangeSetApi(DeskApi):
    """What one version of a bot's settings changed of the version before it."""

    @extend_schema(responses=ChangeSetOut, parameters=[BOT_PARAMETER])
    def get(self, request: Request, number: int) -> Response:
        version = bot_of(request).config_versions.filter(number=number).first()
        if version is None:
            raise missing(_("such version"))
        try:
            return Response(change_set_answer(version, diff_of(version)))
        except ValidationError as error:
            raise Conflict(_("version {number} is no longer valid").format(number=number)) from error


def change_set_answer(version: ConfigVersion | RiskVersion, diff: Diff) -> Any:
    """A version with what it changed."""
    changes = [{"name": name, "before": old, "after": new} for name, (old, new) in diff.items()]
    answer = {
        "number": version.number,
        "author": version.author,
        "reason": version.reason,
        "created_at": version.created_at,
        "changes": changes,
    }
    return ChangeSetOut(answer).data


class RollbackApi(DeskApi):
    """Bring an earlier version into force again, as a new one. What raises risk needs the password."""

    writes = Role.OWNER

    @extend_schema(request=RollbackIn, responses=ConfigOut, parameters=[BOT_PARAMETER, HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        bot = bot_of(request)
        given = RollbackIn(data=request.data)
        given.is_valid(raise_exception=True)
        number, reason = given.validated_data["number"], given.validated_data.get("reason", "")
        try:
            require_step_up(bot, values_of(bot, number), request)
            now = required_market_time().at
            roll_back(bot, number, author=request.user.get_username()[:60], now=now, reason=reason)
        except UnknownVersion as error:
            raise missing(_("such version")) from error
        except ValidationError as error:
            raise Conflict(_("version {number} is no longer valid").format(number=number)) from error
        except SettingsRefused as error:
            raise refused_settings(error) from error
        return Response(config_answer(bot))
