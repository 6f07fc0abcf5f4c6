"""Strategic views: the API's answer, and the table of the page."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework import serializers

from advisor.models import Plan, PlanStatus
from advisor.selectors import plans
from dashboard.ai.decision_list import by_symbol
from dashboard.ai.told import own_words_told
from dashboard.fields import DecimalText, Word
from dashboard.tables import Filter, Table, by_bot
from signals.outlook.price_action import PriceAction

BIASES = ("bullish", "bearish", "neutral")


class TargetOut(serializers.Serializer[Any]):
    price = serializers.CharField(help_text="USDT")
    percent = serializers.CharField(help_text="of the position")


class StrategicPlanOut(serializers.Serializer[Any]):
    """The strategic view of one symbol, and the trade that it has in mind. Prices in USDT, market time."""

    id = serializers.IntegerField()
    bot = serializers.CharField(source="bot.name")
    symbol = serializers.CharField()
    status = Word(PlanStatus)
    bias = serializers.CharField(help_text=f"one of {', '.join(BIASES)}")
    regime = serializers.CharField()
    narrative = Word(PriceAction)
    direction = serializers.CharField(help_text="LONG, SHORT, or empty without a trade")
    zone_low = DecimalText(allow_null=True)
    zone_high = DecimalText(allow_null=True)
    stop_loss = DecimalText(allow_null=True)
    targets = TargetOut(many=True)
    invalidation_price = DecimalText(allow_null=True)
    entry_condition = serializers.CharField()
    thesis = serializers.SerializerMethodField()
    reasoning = serializers.SerializerMethodField()
    confidence = DecimalText(help_text="share of 1")
    ended_because = serializers.SerializerMethodField()
    provider = serializers.CharField()
    model = serializers.CharField()
    latency_ms = serializers.IntegerField(help_text="wall time")
    cost = DecimalText(help_text="USD")
    created_at = serializers.DateTimeField(help_text="market time")
    looked_at = serializers.DateTimeField(help_text="when it was confirmed last")
    expires_at = serializers.DateTimeField(help_text="market time")
    activated_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_thesis(self, plan: Plan) -> str:
        return own_words_told(plan.thesis)

    def get_reasoning(self, plan: Plan) -> str:
        return own_words_told(plan.reasoning)

    def get_ended_because(self, plan: Plan) -> str:
        return own_words_told(plan.ended_because)


TABLE: Table[Plan] = Table(
    filters=(
        Filter(name="symbol", narrow=by_symbol),
        Filter(name="status", choices=PlanStatus.values, narrow=lambda rows, text: rows.filter(status=text)),
        Filter(name="bot", narrow=by_bot),
    ),
    orders={"created": ("created_at",), "symbol": ("symbol", "created_at"), "confidence": ("confidence",)},
)


def page_of_plans(query: QueryDict) -> dict[str, Any]:
    page = TABLE.page(TABLE.rows(_listed(), query), query)
    return page | {"rows": list(StrategicPlanOut(page["rows"], many=True).data)}


def _listed() -> QuerySet[Plan]:
    return plans().defer("prompt", "raw_answer")
