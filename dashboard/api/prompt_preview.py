"""What would be asked about a symbol now, without asking."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import ValidationError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from advisor.prompts.render import Size
from advisor.selectors import ai_bots
from advisor.session import panel_of_settings
from dashboard.ai import code_words
from dashboard.api.advice import number_of
from dashboard.api.base import Conflict, DeskApi, missing, refused, required_market_time
from dashboard.api.market import contract_of
from dashboard.fields import DecimalText, Word
from desk import venue
from desk.models import Bot
from trading.advised.preview import PromptPreview, preview_prompt

PARAMETERS = [
    OpenApiParameter("symbol", OpenApiTypes.STR, required=True),
    OpenApiParameter("bot", OpenApiTypes.INT, description="id of an AI bot; without it the first"),
]


class PromptPreviewOut(serializers.Serializer[Any]):
    """The prompt that the bot would send now."""

    symbol = serializers.CharField()
    at = serializers.DateTimeField(help_text="market time")
    system = serializers.CharField(source="rendered.prompt.system")
    user = serializers.CharField(source="rendered.prompt.user")
    version = serializers.CharField(source="rendered.prompt.version")
    language = serializers.CharField(source="rendered.prompt.language")
    tokens = serializers.IntegerField(source="rendered.tokens", help_text="estimated")
    size = Word(Size)
    rung = serializers.SerializerMethodField(help_text=f"one of {', '.join(code_words.RUNGS)}")
    variant = serializers.CharField(allow_null=True, help_text="the champion; null: asked by the settings")
    provider = serializers.CharField(allow_null=True, help_text="asked first; null: no model is asked")
    model = serializers.CharField(allow_null=True)
    most_it_costs = DecimalText(allow_null=True, help_text="USD that the call cannot exceed")
    allowed = serializers.ListField(child=serializers.CharField(), help_text="actions open now")
    missing = serializers.ListField(child=serializers.CharField(), help_text="what keeps new risk away")
    would_be_asked = serializers.BooleanField(help_text="false: switch off, breaker tripped, or another bot holds it")

    def get_rung(self, found: PromptPreview) -> str:
        return found.rung.name.lower()


class PromptPreviewApi(DeskApi):
    """The prompt that would be sent about a symbol now, with its length; no model is asked, nothing is written."""

    @extend_schema(responses=PromptPreviewOut, parameters=PARAMETERS)
    def get(self, request: Request) -> Response:
        symbol = request.query_params.get("symbol", "").upper()
        if not symbol:
            raise refused({"symbol": _("name a contract")})
        bot, listed = _bot(request), contract_of(symbol)
        market = required_market_time()
        try:
            found = preview_prompt(
                bot,
                listed.symbol,
                panel=panel_of_settings(),
                detail=venue.market_data(),
                now=market.at,
                speed=market.speed,
            )
        except ValidationError as error:
            raise Conflict(_("the settings of {bot} are no longer valid").format(bot=bot.name)) from error
        return Response(PromptPreviewOut(found).data)


def _bot(request: Request) -> Bot:
    wanted = number_of(request, "bot")
    bots = ai_bots() if wanted is None else ai_bots().filter(pk=wanted)
    found = bots.select_related("account").first()
    if found is None:
        raise missing(_("such bot"))
    return found
