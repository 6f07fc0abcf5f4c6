"""Settings of the bots and their switches."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.answers import ConfigOut, ConfigVersionOut
from dashboard.api.base import Conflict, DeskApi, missing, refused, required_market_time
from dashboard.api.inputs import AutoTradeIn, ConfigIn
from dashboard.api.parameters import BOT_PARAMETER, bot_of, limit_of, limit_parameter
from dashboard.api.password import HEADER_PARAMETER, require_trading_password
from dashboard.api.permissions import require_role
from dashboard.api.phrases import in_reader_language
from dashboard.serializers import AutoTradeOut
from dashboard.setting_fields import fields_of
from desk.models import Bot, accounts_of_this_environment
from desk.roles import Role
from signals.bot_settings import SettingsRefused, change_settings, set_auto_trade, settings_of
from trading.change_sets import raised_by

NOT_SETTINGS = frozenset(ConfigIn().fields)


class ConfigApi(DeskApi):
    """The settings of a bot, and changing any of them. A change is a new version, in force at the next decision."""

    writes = Role.OWNER

    @extend_schema(responses=ConfigOut, parameters=[BOT_PARAMETER])
    def get(self, request: Request) -> Response:
        return Response(config_answer(bot_of(request)))

    @extend_schema(request=ConfigIn, responses=ConfigOut, parameters=[BOT_PARAMETER, HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        bot = bot_of(request)
        given = ConfigIn(data=request.data)
        given.is_valid(raise_exception=True)
        known = bot.config_version.number
        if given.validated_data.get("version", known) != known:
            raise Conflict(_("the settings were changed meanwhile: version {number} is in force").format(number=known))
        _change(bot, request, reason=given.validated_data.get("reason", ""))
        return Response(config_answer(bot))


def _change(bot: Bot, request: Request, *, reason: str) -> None:
    given: Any = request.data
    changes = {name: value for name, value in given.items() if name not in NOT_SETTINGS}
    try:
        require_step_up(bot, changes, request)
        change_settings(
            bot,
            changes,
            author=request.user.get_username()[:60],
            now=required_market_time().at,
            reason=reason,
        )
    except SettingsRefused as error:
        raise refused_settings(error) from error


def require_step_up(bot: Bot, changes: Mapping[str, Any], request: Request) -> None:
    """Raising risk needs the trading password, lowering never waits. Raises SettingsRefused, PermissionDenied."""
    if raised_by(bot, changes):
        require_trading_password(request)


def refused_settings(error: SettingsRefused) -> ValidationError:
    """The refusal of a set of changes, with a message at each field."""
    return refused(_by_field(error.errors))


def _by_field(errors: Mapping[str, str]) -> dict[str, str]:
    """Messages under the settings' own names; a part of a list counts for the whole."""
    found: dict[str, str] = {}
    for place, message in errors.items():
        name = place.partition(".")[0]
        message = in_reader_language(message)
        found[name] = f"{found[name]}; {message}" if name in found else message
    return found


def config_answer(bot: Bot) -> Any:
    config = settings_of(bot)
    answer = {
        "bot": bot,
        "version": bot.config_version.number,
        "values": config.model_dump(mode="json"),
        "settings": fields_of(config),
    }
    return ConfigOut(answer).data


class ConfigVersionsApi(DeskApi):
    """Every version of a bot's settings, newest first."""

    @extend_schema(responses=ConfigVersionOut(many=True), parameters=[BOT_PARAMETER, limit_parameter()])
    def get(self, request: Request) -> Response:
        versions = bot_of(request).config_versions.order_by("-number")[: limit_of(request)]
        return Response(ConfigVersionOut(versions, many=True).data)


class AutoTradeApi(DeskApi):
    """Which bots may enter by themselves. A trader switches them off, without the password; only an owner on."""

    writes = Role.TRADER

    @extend_schema(responses=AutoTradeOut)
    def get(self, request: Request) -> Response:
        return Response(_switches())

    @extend_schema(request=AutoTradeIn, responses=AutoTradeOut, parameters=[HEADER_PARAMETER])
    def post(self, request: Request) -> Response:
        given = AutoTradeIn(data=request.data)
        given.is_valid(raise_exception=True)
        is_on = given.validated_data["enabled"]
        if is_on:
            require_role(request, Role.OWNER)
            require_trading_password(request)
        bot = _switched_bot(request, given.validated_data.get("bot"))
        set_auto_trade(bot, is_on=is_on, author=request.user.get_username(), now=required_market_time().at)
        return Response(_switches())


def _switched_bot(request: Request, pk: int | None) -> Bot:
    if pk is None:
        return bot_of(request)
    bot = Bot.objects.filter(account__in=accounts_of_this_environment(), pk=pk).first()
    if bot is None:
        raise missing(_("such bot"))
    return bot


def _switches() -> Any:
    bots = list(Bot.objects.filter(account__in=accounts_of_this_environment()).order_by("pk"))
    return AutoTradeOut({"enabled": any(bot.auto_trade for bot in bots), "bots": bots}).data
