"""Risk over HTTP: the breaker and its reset, the limits and their settings, the emergency stop, start and stop."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.base import Conflict, DeskApi, refused, required_market_time
from dashboard.api.inputs import PasswordIn
from dashboard.api.parameters import ACCOUNT_PARAMETER, asked_account
from dashboard.api.password import HEADER_PARAMETER, require_trading_password
from dashboard.api.phrases import in_reader_language
from dashboard.api.risk_answers import CircuitOut, RiskOut
from dashboard.market_time import market_time
from dashboard.serializers import AutoTradeOut
from desk.models import Account, Bot, accounts_of_this_environment, newest_event_at
from desk.roles import Role
from risk.breaker_store import tier_of
from risk.change_sets import risk_raised_by
from risk.settings_store import RiskSettingsRefused, change_risk_settings, risk_version_of
from risk.states import Tier
from signals.bot_settings import set_auto_trade
from trading.risk_report import risk_report
from trading.services.breaker import ResetRefused, reset_breaker
from trading.services.emergency_stop import emergency_stop


class ReasonIn(PasswordIn):
    reason = serializers.CharField(min_length=3, max_length=200)


class ResetIn(ReasonIn):
    version = serializers.IntegerField(min_value=0, help_text="of the breaker as it was seen")
    confirm = serializers.BooleanField(help_text="must be true: the second confirmation")


class StopIn(ReasonIn):
    confirm = serializers.BooleanField(help_text="must be true: the second confirmation")


class RiskChangeIn(PasswordIn):
    """Any of the risk settings by name, beside these."""

    version = serializers.IntegerField(required=False, help_text="refuse when another version is in force by now")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


NOT_SETTINGS = frozenset(RiskChangeIn().fields)


class RiskApi(DeskApi):
    """How much of each limit is used, and changing the limits. A change is a new version, in force at once.

    What raises risk needs the password.
    """

    writes = Role.OWNER

    @extend_schema(responses=RiskOut, parameters=[ACCOUNT_PARAMETER])
    def get(self, request: Request) -> Response:
        return Response(RiskOut(risk_report(asked_account(request), now=required_market_time().at)).data)

    @extend_schema(request=RiskChangeIn, responses=RiskOut, parameters=[ACCOUNT_PARAMETER, HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        account, given = asked_account(request), _valid(RiskChangeIn, request)
        known = risk_version_of(account)
        if given.get("version", known) != known:
            raise Conflict(_("the settings were changed meanwhile: version {number} is in force").format(number=known))
        now = required_market_time().at
        _change(account, request, now=now, reason=given.get("reason", ""))
        return Response(RiskOut(risk_report(account, now=now)).data)


def _change(account: Account, request: Request, *, now: Any, reason: str) -> None:
    data: Any = request.data
    changes = {name: value for name, value in data.items() if name not in NOT_SETTINGS}
    try:
        require_risk_step_up(account, changes, request)
        change_risk_settings(account, changes, author=_author(request), now=now, reason=reason)
    except RiskSettingsRefused as error:
        raise refused_risk_settings(error) from error


def require_risk_step_up(account: Account, changes: Mapping[str, Any], request: Request) -> None:
    """Raising risk needs the trading password, lowering never waits. Raises RiskSettingsRefused, PermissionDenied."""
    if risk_raised_by(account, changes):
        require_trading_password(request)


def refused_risk_settings(error: RiskSettingsRefused) -> ValidationError:
    """The refusal of a set of changes, with a message at each field."""
    return refused({name.partition(".")[0]: in_reader_language(message) for name, message in error.errors.items()})


class CircuitApi(DeskApi):
    """The breaker: its tier, what tripped it, and for how long."""

    @extend_schema(responses=CircuitOut, parameters=[ACCOUNT_PARAMETER])
    def get(self, request: Request) -> Response:
        return Response(CircuitOut(risk_report(asked_account(request), now=required_market_time().at)).data)


class CircuitResetApi(DeskApi):
    """Make the breaker active again, with a reason, for what was seen and nothing that has tripped since."""

    writes = Role.OWNER

    @extend_schema(request=ResetIn, responses=CircuitOut, parameters=[ACCOUNT_PARAMETER, HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        require_trading_password(request)
        account, given = asked_account(request), _valid(ResetIn, request)
        _require_confirmation(given)
        now = required_market_time().at
        try:
            reset_breaker(
                account, seen_version=given["version"], author=_author(request), reason=given["reason"], now=now
            )
        except ResetRefused as error:
            raise Conflict(in_reader_language(str(error))) from error
        return Response(CircuitOut(risk_report(account, now=now)).data)


class EmergencyStopApi(DeskApi):
    """Halt until a reset, close everything of ours at market, cancel every entry; what came of it is in the answer
    and in ``last_stop`` of the breaker."""

    writes = Role.TRADER

    @extend_schema(request=StopIn, responses={202: CircuitOut}, parameters=[ACCOUNT_PARAMETER, HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        require_trading_password(request)
        account, given = asked_account(request), _valid(StopIn, request)
        _require_confirmation(given)
        now = _time_for_stopping()
        emergency_stop(account, author=_author(request), reason=given["reason"], now=now)
        return Response(CircuitOut(risk_report(account, now=now)).data, status=202)


def _time_for_stopping() -> Any:
    """Market time, or the newest on record: a stop does not wait for an exchange that is silent."""
    reading = market_time()
    return reading.at if reading else newest_event_at() or required_market_time().at


class StopApi(DeskApi):
    """Switch every bot's new entries off, at once and without the password. Positions are managed all the same."""

    writes = Role.TRADER

    @extend_schema(request=None, responses=AutoTradeOut)
    def post(self, request: Request) -> Response:
        return Response(_switch_all(request, is_on=False))


class StartApi(DeskApi):
    """Switch every bot's new entries on; refused while a breaker is halted."""

    writes = Role.OWNER

    @extend_schema(request=PasswordIn, responses=AutoTradeOut, parameters=[HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        require_trading_password(request)
        if any(tier_of(account) is Tier.HALTED for account in accounts_of_this_environment()):
            raise Conflict(_("the breaker is halted: reset it first"))
        return Response(_switch_all(request, is_on=True))


def _switch_all(request: Request, *, is_on: bool) -> Any:
    ours = Bot.objects.filter(account__in=accounts_of_this_environment()).exclude(strategy="manual")
    now = required_market_time().at if is_on else _time_for_stopping()
    for bot in ours.select_related("account").order_by("pk"):
        set_auto_trade(bot, is_on=is_on, author=_author(request), now=now)
    bots = list(ours.order_by("pk"))
    return AutoTradeOut({"enabled": any(bot.auto_trade for bot in bots), "bots": bots}).data


def _require_confirmation(given: dict[str, Any]) -> None:
    if not given["confirm"]:
        raise refused({"confirm": _("confirm must be true")})


def _valid(form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = form(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _author(request: Request) -> str:
    return str(request.user.get_username())[:60]
