"""Champion and challengers over HTTP: how they compare, and the promotion, which is a person's act."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from advisor.promotion import PromotionRefused, promote_by_person
from advisor.selectors import ai_bots, variants
from dashboard.ai.comparison import records
from dashboard.ai.record_answers import ComparisonOut, VariantOut
from dashboard.api.advice import number_of
from dashboard.api.base import Conflict, DeskApi, refused, required_market_time
from dashboard.api.inputs import PasswordIn
from dashboard.api.password import HEADER_PARAMETER, require_trading_password
from dashboard.api.phrases import in_reader_language
from desk.models import Bot
from desk.roles import Role

BOT = OpenApiParameter("bot", int, description="id of an AI bot; without it all of them")


class PromotionIn(PasswordIn):
    reason = serializers.CharField(min_length=3, max_length=200)
    confirm = serializers.BooleanField(help_text="must be true: the second confirmation")


class VariantsApi(DeskApi):
    """Each AI bot's ways to ask, with what they answered to the same inputs."""

    @extend_schema(responses=ComparisonOut(many=True), parameters=[BOT])
    def get(self, request: Request) -> Response:
        wanted = number_of(request, "bot")
        bots = ai_bots() if wanted is None else ai_bots().filter(pk=wanted)
        return Response(comparisons(list(bots)))


def comparisons(bots: list[Bot]) -> list[dict[str, Any]]:
    rows = [{"bot": bot.name, "bot_id": bot.pk, "records": records(bot)} for bot in bots]
    return list(ComparisonOut(rows, many=True).data)


class PromotionApi(DeskApi):
    """Let a challenger trade from the next question on; the champion before goes on as a challenger."""

    writes = Role.OWNER

    @extend_schema(request=PromotionIn, responses=VariantOut, parameters=[HEADER_PARAMETER])
    def post(self, request: Request, pk: int) -> Response:
        require_trading_password(request)
        given = PromotionIn(data=request.data)
        given.is_valid(raise_exception=True)
        if not given.validated_data["confirm"]:
            raise refused({"confirm": _("confirm must be true")})
        variant = get_object_or_404(variants(), pk=pk)
        try:
            promote_by_person(
                variant,
                author=request.user.get_username()[:60],
                reason=given.validated_data["reason"],
                now=required_market_time().at,
            )
        except PromotionRefused as error:
            raise Conflict(in_reader_language(str(error))) from error
        return Response(VariantOut(variant).data)
