"""What was traded, fill by fill. USDT and base asset, market time."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from dashboard.fields import Word
from dashboard.serializers import FillOut
from trading.core.states import Purpose
from trading.models import Fill


class ExecutionOut(FillOut):
    """One fill with the order, position and bot it belongs to."""

    id = serializers.IntegerField()
    symbol = serializers.CharField()
    bot = serializers.CharField(source="position.bot.name", allow_null=True, default=None)
    position_id = serializers.IntegerField(allow_null=True)
    case = serializers.UUIDField(source="position.case", allow_null=True, default=None)
    purpose = Word(Purpose, source="order.purpose", allow_null=True, default=None)


def newest_executions(count: int) -> list[dict[str, Any]]:
    """Newest first."""
    fills = Fill.objects.filter(account__environment=settings.DUOLIVE_ENV).select_related("order", "position__bot")
    return list(ExecutionOut(fills.order_by("-pk")[:count], many=True).data)
