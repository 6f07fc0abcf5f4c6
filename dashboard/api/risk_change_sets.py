"""Change sets of an account's risk settings over HTTP: versions, what each changed, and the way back."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from pydantic import ValidationError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.answers import ConfigVersionOut
from dashboard.api.base import Conflict, DeskApi, missing, required_market_time
from dashboard.api.change_sets import ChangeSetOut, change_set_answer
from dashboard.api.inputs import PasswordIn
from dashboard.api.parameters import ACCOUNT_PARAMETER, asked_account, limit_of, limit_parameter
from dashboard.api.password import HEADER_PARAMETER
from dashboard.api.risk import refused_risk_settings, require_risk_step_up
from dashboard.api.risk_answers import RiskOut
from desk.roles import Role
from risk.change_sets import UnknownVersion, risk_diff_of, risk_values_of, roll_back_risk
from risk.models import RiskVersion
from risk.settings_store import RiskSettingsRefused
from trading.risk_report import risk_report


class RiskRollbackIn(PasswordIn):
    number = serializers.IntegerField(min_value=0, help_text="version to bring back; 0 are the defaults")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class RiskVersionsApi(DeskApi):
    """Every version of an account's risk settings, newest first."""

    @extend_schema(responses=ConfigVersionOut(many=True), parameters=[ACCOUNT_PARAMETER, limit_parameter()])
    def get(self, request: Request) -> Response:
        versions = RiskVersion.objects.filter(account=asked_account(request)).order_by("-number")
        return Response(ConfigVersionOut(versions[: limit_of(request)], many=True).data)


class RiskChangeSetApi(DeskApi):
    """What one version of the risk settings changed of the version before it."""

    @extend_schema(responses=ChangeSetOut, parameters=[ACCOUNT_PARAMETER])
    def get(self, request: Request, number: int) -> Response:
        version = RiskVersion.objects.filter(account=asked_account(request), number=number).first()
        if version is None:
            raise missing(_("such version"))
        try:
            return Response(change_set_answer(version, risk_diff_of(version)))
        except ValidationError as error:
            raise Conflict(_("version {number} is no longer valid").format(number=number)) from error


class RiskRollbackApi(DeskApi):
    """Bring earlier risk settings into force again, as a new version. What raises risk needs the password."""

    writes = Role.OWNER

    @extend_schema(request=RiskRollbackIn, responses=RiskOut, parameters=[ACCOUNT_PARAMETER, HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        account = asked_account(request)
        given = RiskRollbackIn(data=request.data)
        given.is_valid(raise_exception=True)
        wish: dict[str, Any] = given.validated_data
        number, author = wish["number"], request.user.get_username()[:60]
        try:
            require_risk_step_up(account, risk_values_of(account, number), request)
            now = required_market_time().at
            roll_back_risk(account, number, author=author, now=now, reason=wish.get("reason", ""))
        except UnknownVersion as error:
            raise missing(_("such version")) from error
        except ValidationError as error:
            raise Conflict(_("version {number} is no longer valid").format(number=number)) from error
        except RiskSettingsRefused as error:
            raise refused_risk_settings(error) from error
        return Response(RiskOut(risk_report(account, now=now)).data)
