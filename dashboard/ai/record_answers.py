"""Memories, reviews, costs, providers and variants as the API and the pages tell them. USD for costs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from advisor.models import MemoryKind, Period, VariantRole
from advisor.providers.rules import RULES
from advisor.review import Trigger
from dashboard.ai import code_words
from dashboard.ai.providers import ProviderHealth, Standing
from dashboard.ai.told import failure_told, group_told, own_words_told, symbol_told
from dashboard.fields import DecimalText, Word

GROUP_FIELDS = ("trades", "wins", "win_ratio", "total", "profit_factor")


class MemoryOut(serializers.Serializer[Any]):
    """Something remembered; the weight fades from the third day on."""

    id = serializers.IntegerField()
    bot = serializers.CharField(source="bot.name")
    symbol = serializers.CharField(help_text='"*": every contract')
    symbol_label = serializers.SerializerMethodField()
    kind = Word(MemoryKind)
    regime = serializers.CharField(help_text="empty: whatever the regime")
    content = serializers.SerializerMethodField()
    is_win = serializers.BooleanField(allow_null=True)
    pnl = DecimalText(allow_null=True, help_text="USDT")
    pnl_percent = DecimalText(allow_null=True, help_text="of the margin")
    relevance = serializers.FloatField()
    at = serializers.DateTimeField(help_text="market time")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="market time; null: never")
    learnt_from = serializers.CharField(source="source", help_text="trade or review that it was learnt from")

    def get_content(self, memory: Any) -> str:
        return own_words_told(memory.content)

    def get_symbol_label(self, memory: Any) -> str:
        return symbol_told(memory.symbol)


class MemoriesOut(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.IntegerField(allow_null=True, help_text="offset of what follows; null at the end")
    rows = MemoryOut(many=True)


class GroupOut(serializers.Serializer[Any]):
    """Trades of one group. ``total`` in USDT; ``win_ratio`` a share of 1."""

    grouping = serializers.CharField(help_text=f"one of {', '.join(code_words.GROUPINGS)}")
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    win_ratio = serializers.CharField()
    total = serializers.CharField()
    profit_factor = serializers.CharField()


class ReviewOut(serializers.Serializer[Any]):
    """A look back over closed trades."""

    id = serializers.IntegerField()
    bot = serializers.CharField(source="bot.name")
    at = serializers.DateTimeField(help_text="market time")
    trigger = Word(Trigger)
    trigger_label = serializers.SerializerMethodField()
    closes = serializers.IntegerField(help_text="trades looked at")
    win_ratio = DecimalText()
    insights = serializers.SerializerMethodField()
    recommendations = serializers.SerializerMethodField()
    groups = serializers.SerializerMethodField()
    provider = serializers.CharField()
    error = serializers.CharField(help_text="why no model looked")
    error_label = serializers.SerializerMethodField()

    def get_insights(self, review: Any) -> list[str]:
        return [own_words_told(line) for line in review.insights]

    def get_recommendations(self, review: Any) -> list[str]:
        return [own_words_told(line) for line in review.recommendations]

    def get_trigger_label(self, review: Any) -> str:
        return str(code_words.TRIGGERS.get(review.trigger, review.trigger))

    def get_error_label(self, review: Any) -> str:
        return ", ".join(_attempt_told(part) for part in review.error.split(", ")) if review.error else ""

    @extend_schema_field(GroupOut(many=True))
    def get_groups(self, review: Any) -> list[dict[str, Any]]:
        return [
            {"grouping": grouping, "name": name, "label": group_told(grouping, name)}
            | {field: numbers.get(field) for field in GROUP_FIELDS}
            for grouping, groups in review.groups.items()
            for name, numbers in groups.items()
        ]


def _attempt_told(text: str) -> str:
    """``qwen timeout`` with its error in words."""
    provider, _space, error = text.partition(" ")
    return f"{provider}: {failure_told(error)}" if error else text


class WindowOut(serializers.Serializer[Any]):
    """Money of one running hour, day or month of wall time, UTC."""

    period = Word(Period)
    start = serializers.DateTimeField(help_text="wall time")
    cap = DecimalText()
    committed = DecimalText(help_text="spent or promised")
    used_pct = DecimalText()


class PaidOut(serializers.Serializer[Any]):
    """One model in the running month."""

    provider = serializers.CharField()
    model = serializers.CharField()
    calls = serializers.IntegerField()
    spent = DecimalText()
    promised = DecimalText(help_text="set aside for calls that are not over")


class DaySpentOut(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="UTC, wall time")
    spent = DecimalText()


class CostsOut(serializers.Serializer[Any]):
    """What asking models costs, in USD."""

    windows = WindowOut(many=True)
    rung = serializers.SerializerMethodField(help_text=f"one of {', '.join(code_words.RUNGS)}")
    models = PaidOut(many=True)
    days = DaySpentOut(many=True, help_text="the last thirty, oldest first")

    def get_rung(self, costs: Any) -> str:
        return str(costs.rung.name.lower())


class ProviderOut(serializers.Serializer[Any]):
    """A provider that the settings know. Wall time."""

    name = serializers.CharField()
    model = serializers.CharField()
    standing = Word(Standing)
    turn = serializers.IntegerField(allow_null=True, help_text="place in the order of asking; null: not asked now")
    failures = serializers.IntegerField(source="state.failures", help_text="since the last success")
    cools_until = serializers.DateTimeField(source="state.cools_until", allow_null=True)
    calls = serializers.IntegerField(source="state.calls")
    failed_calls = serializers.IntegerField(source="state.failed_calls")
    last_error = serializers.CharField(source="state.last_error")
    last_error_label = serializers.SerializerMethodField()
    last_success_at = serializers.DateTimeField(source="state.last_success_at", allow_null=True)
    last_failure_at = serializers.DateTimeField(source="state.last_failure_at", allow_null=True)
    mean_latency_ms = serializers.IntegerField(allow_null=True, help_text="of the last day's answers")
    answers = serializers.IntegerField(help_text="in the last day")

    def get_last_error_label(self, provider: ProviderHealth) -> str:
        return failure_told(provider.state.last_error)


class ProvidersOut(serializers.Serializer[Any]):
    preferred = serializers.CharField(help_text=f"{RULES}: no model is asked")
    rules_decided = serializers.IntegerField(help_text="decisions of the last day that no model made")
    providers = ProviderOut(many=True)


class VariantOut(serializers.Serializer[Any]):
    """One way to ask: model and prompt."""

    id = serializers.IntegerField()
    bot = serializers.CharField(source="bot.name")
    name = serializers.CharField()
    role = Word(VariantRole)
    provider = serializers.CharField(help_text="empty: as the settings say")
    prompt_version = serializers.CharField()
    language = serializers.CharField()
    author = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="wall time")


class IntervalOut(serializers.Serializer[Any]):
    low = DecimalText()
    high = DecimalText()


class MeasuredOut(serializers.Serializer[Any]):
    """Imagined trades: ratios of the notional after fees, intervals at 95 % by bootstrap, null below ten trades."""

    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    mean = DecimalText(allow_null=True)
    interval = IntervalOut(allow_null=True)
    over_rules = DecimalText(allow_null=True, help_text="difference of the means from the rules'")
    over_rules_interval = IntervalOut(allow_null=True)
    is_better_than_rules = serializers.BooleanField(help_text="the whole interval lies above the rules'")


class RecordOut(serializers.Serializer[Any]):
    """What a variant answered among the newest decisions. Ratios are shares of 1, null of nothing."""

    variant = VariantOut(allow_null=True, help_text="null: asked by the settings")
    is_champion = serializers.BooleanField(help_text="it trades")
    decisions = serializers.IntegerField()
    actions = serializers.DictField(child=serializers.IntegerField())
    refused_ratio = DecimalText(allow_null=True, help_text="answers that bounds turned into a hold")
    mean_confidence = DecimalText(allow_null=True)
    mean_latency_ms = serializers.IntegerField(allow_null=True)
    cost = DecimalText()
    shared = serializers.IntegerField(help_text="inputs that the champion saw too")
    agreement_ratio = DecimalText(allow_null=True, help_text="answered like the champion")
    measured = MeasuredOut(allow_null=True, help_text="its imagined trades; null for the settings")


class ComparisonOut(serializers.Serializer[Any]):
    bot = serializers.CharField()
    bot_id = serializers.IntegerField()
    records = RecordOut(many=True)
