"""Taking over positions that are not the desk's: the wish is committed here and carried out by who holds the keys."""

from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.base import Conflict, DeskApi, required_market_time
from dashboard.api.inputs import STOP_LOSS_PCT, TAKE_PROFIT_PCT, Amount, PasswordIn
from dashboard.api.parameters import account_of
from dashboard.api.password import HEADER_PARAMETER, require_trading_password
from dashboard.fields import DecimalText, Word
from desk.models import Bot, accounts_of_this_environment
from desk.roles import Role
from trading.models import Adoption
from trading.services.manual_entry import manual_bot
from trading.services.takeover import AdoptionRefused, request_adoption

SHOWN = 50


class AdoptionIn(PasswordIn):
    """Percentages are of the position's average price."""

    bot = serializers.IntegerField(required=False, help_text="id; without it the bot for positions by hand")
    sl_pct = Amount(default=STOP_LOSS_PCT, min_value=Decimal("0.01"), max_value=90)
    tp_pct = Amount(default=TAKE_PROFIT_PCT, min_value=Decimal("0.01"), max_value=90)
    account = serializers.IntegerField(required=False, help_text="id; without it the first")


class AdoptionOut(serializers.Serializer[Any]):
    """A wish to take over a position, and what came of it."""

    id = serializers.IntegerField()
    symbol = serializers.CharField()
    bot = serializers.CharField(source="bot.name")
    author = serializers.CharField()
    status = Word(Adoption.Status)
    reason = serializers.CharField(help_text="why it was refused")
    stop_loss_ratio = DecimalText()
    take_profit_ratio = DecimalText()
    position_id = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField(help_text="market time")
    decided_at = serializers.DateTimeField(allow_null=True, help_text="market time")


class AdoptApi(DeskApi):
    """Have a bot take over the position that is open on a symbol and is not the desk's."""

    writes = Role.TRADER

    @extend_schema(request=AdoptionIn, responses={202: AdoptionOut}, parameters=[HEADER_PARAMETER])
    def post(self, request: Request, symbol: str) -> Response:
        require_trading_password(request)
        given = AdoptionIn(data=request.data)
        given.is_valid(raise_exception=True)
        wish = given.validated_data
        try:
            adoption = request_adoption(
                symbol.upper(),
                bot=_bot(wish),
                stop_loss_pct=Decimal(wish["sl_pct"]),
                take_profit_pct=Decimal(wish["tp_pct"]),
                author=request.user.get_username(),
                now=required_market_time().at,
            )
        except AdoptionRefused as error:
            raise Conflict(_(str(error))) from error
        return Response(AdoptionOut(adoption).data, status=202)


def _bot(wish: dict[str, Any]) -> Bot:
    account = account_of(wish.get("account"))
    if wish.get("bot") is None:
        return manual_bot(account)
    return get_object_or_404(Bot.objects.filter(account=account), pk=wish["bot"])


class AdoptionsApi(DeskApi):
    """Wishes to take over positions, newest first."""

    @extend_schema(responses=AdoptionOut(many=True))
    def get(self, request: Request) -> Response:
        wishes = Adoption.objects.filter(account__in=accounts_of_this_environment()).select_related("bot")
        return Response(AdoptionOut(wishes[:SHOWN], many=True).data)
