"""The filter lab over HTTP: what filters would have refused of recorded signals, and what came of the refused."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.base import Conflict, DeskApi, refused, required_market_time
from dashboard.api.parameters import (
    BOT_PARAMETER,
    DAYS_PARAMETER,
    bot_of,
    days_of,
    limit_of,
    limit_parameter,
)
from dashboard.api.previews import refusal_label
from dashboard.fields import DecimalText
from signals.models import ShadowTrade
from trading.recorded_lab import recorded_lab, shadows_of

DAYS = 30
LARGEST, MOST_LARGEST = 2, 3
LARGEST_PARAMETER = OpenApiParameter(
    "largest", OpenApiTypes.INT, description=f"filters in a combination, 1 to {MOST_LARGEST}", default=LARGEST
)


class LabRowOut(serializers.Serializer[Any]):
    """A combination of filters. Results are sums of ratios of the notional, before fees."""

    filters = serializers.ListField(child=serializers.CharField())
    refused = serializers.IntegerField()
    passed = serializers.IntegerField()
    unavailable = serializers.IntegerField(help_text="signals of which one of them had no data")
    refused_wins = serializers.IntegerField()
    refused_result = DecimalText()
    passed_result = DecimalText()


class LabOut(serializers.Serializer[Any]):
    """``judged`` are the signals whose hours were kept, ``known`` those of them with a result."""

    signals = serializers.IntegerField()
    judged = serializers.IntegerField()
    known = serializers.IntegerField()
    still_open = serializers.IntegerField(help_text="shadows that are still followed")
    names = serializers.ListField(child=serializers.CharField(), help_text="every filter, in the order they run")
    unfiltered = LabRowOut()
    current = LabRowOut(help_text="the filters in force")
    rows = LabRowOut(many=True, help_text="the best for what passes first")


class ShadowOut(serializers.Serializer[Any]):
    """The trade that a refused signal would have become. USDT, times market time."""

    id = serializers.IntegerField()
    case = serializers.UUIDField(source="signal.case")
    symbol = serializers.CharField(source="signal.symbol")
    refused_by = serializers.CharField()
    refused_by_label = serializers.SerializerMethodField()
    status = serializers.CharField()
    side = serializers.CharField(source="direction")
    leverage = serializers.IntegerField()
    margin = DecimalText()
    quantity = DecimalText()
    entry_price = DecimalText(allow_null=True)
    stop_price = DecimalText()
    take_profit_price = DecimalText()
    planned_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField(allow_null=True)
    followed_until = serializers.DateTimeField()
    exit_price = DecimalText(allow_null=True)
    exit_reason = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    fees = DecimalText()
    result = DecimalText(allow_null=True, help_text="after fees, before funding; null where nothing filled")

    def get_refused_by_label(self, shadow: ShadowTrade) -> str:
        return refusal_label(shadow.refused_by)


class FilterLabApi(DeskApi):
    """What each filter, and each combination, would have refused of the signals of some days."""

    @extend_schema(responses=LabOut, parameters=[BOT_PARAMETER, DAYS_PARAMETER, LARGEST_PARAMETER])
    def get(self, request: Request) -> Response:
        end = required_market_time().at
        start = end - timedelta(days=days_of(request, default=DAYS))
        found = recorded_lab(bot_of(request), start=start, end=end, largest=_largest(request))
        if found is None:
            raise Conflict(_("the bot's strategy has no filters"))
        return Response(LabOut(found).data)


class ShadowsApi(DeskApi):
    """Shadows of the signals that filters and limits refused, newest first."""

    @extend_schema(responses=ShadowOut(many=True), parameters=[BOT_PARAMETER, DAYS_PARAMETER, limit_parameter()])
    def get(self, request: Request) -> Response:
        end = required_market_time().at
        start = end - timedelta(days=days_of(request, default=DAYS))
        rows = shadows_of(bot_of(request), start=start, end=end)[: limit_of(request)]
        return Response(ShadowOut(rows, many=True).data)


def _largest(request: Request) -> int:
    text = request.query_params.get("largest", str(LARGEST))
    if text in {str(number) for number in range(1, MOST_LARGEST + 1)}:
        return int(text)
    message = _("{name} must be a whole number from 1 to {highest}").format(name="largest", highest=MOST_LARGEST)
    raise refused({"largest": message})
