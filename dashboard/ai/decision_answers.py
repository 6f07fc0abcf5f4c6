"""A decision as the API, the socket and the pages tell it. USD for costs, market time unless said otherwise."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from advisor.answer import Action
from advisor.models import Decision, Outcome
from dashboard.ai import code_words
from dashboard.ai.market_reading import MarketReadingOut, reading_of
from dashboard.ai.told import failure_told, own_words_told, reason_told
from dashboard.fields import DecimalText, Word

SHOWN_REASONING = 280  # characters in a list


class DecisionRowOut(serializers.Serializer[Any]):
    """One line of the timeline. ``reason`` is said in the reader's language by ``in_reader_language``."""

    id = serializers.IntegerField()
    bot = serializers.CharField(source="bot.name")
    bot_id = serializers.IntegerField()
    variant = serializers.CharField(source="variant.name", allow_null=True, default=None)
    case = serializers.UUIDField()
    symbol = serializers.CharField()
    at = serializers.DateTimeField(help_text="market time")
    action = Word(Action)
    asked_action = serializers.CharField(help_text="what the answer asked for, before bounds and refusals")
    confidence = DecimalText(help_text="share of 1")
    regime = serializers.SerializerMethodField(help_text="as the adviser sees the market; empty: not said")
    reasoning = serializers.SerializerMethodField(help_text="the adviser's own words, cut")
    outcome = Word(Outcome)
    reason_code = serializers.SerializerMethodField(help_text="why it is a hold that was not asked for")
    reason = serializers.CharField(help_text="the same as a sentence")
    provider = serializers.CharField(help_text="rules: no model was asked; none: skipped")
    model = serializers.CharField()
    rung = serializers.CharField(help_text=f"one of {', '.join(code_words.RUNGS)}")
    latency_ms = serializers.IntegerField(help_text="wall time")
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost = DecimalText(help_text="USD")
    clamped = serializers.SerializerMethodField(help_text="rules that changed a number of the answer")
    failed_attempts = serializers.SerializerMethodField(help_text="providers that were asked in vain before")

    def get_regime(self, decision: Decision) -> str:
        return str(decision.parsed.get("marketRegime") or "")

    def get_reasoning(self, decision: Decision) -> str:
        text = str(decision.parsed.get("reasoning") or "")
        return text if len(text) <= SHOWN_REASONING else f"{text[: SHOWN_REASONING - 1]}…"

    def get_reason_code(self, decision: Decision) -> str:
        return str(decision.reason.partition(": ")[0])

    def get_clamped(self, decision: Decision) -> list[str]:
        return [str(clamp["rule"]) for clamp in decision.clamps]

    def get_failed_attempts(self, decision: Decision) -> int:
        return len(decision.attempts)


class DecisionsOut(serializers.Serializer[Any]):
    """Part of the timeline, newest first."""

    count = serializers.IntegerField(allow_null=True, help_text="all that the filters leave; only without a cursor")
    next = serializers.IntegerField(allow_null=True, help_text="cursor of what follows; null at the end")
    rows = DecisionRowOut(many=True)


class ClampOut(serializers.Serializer[Any]):
    rule = serializers.CharField(help_text=f"one of {', '.join(code_words.CLAMPS)}")
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    asked = serializers.CharField(allow_null=True, help_text="null: the answer named no number")
    given = serializers.CharField(allow_null=True)

    def get_label(self, clamp: dict[str, Any]) -> str:
        return str(code_words.CLAMPS.get(clamp["rule"], clamp["rule"]))


class AttemptOut(serializers.Serializer[Any]):
    """A provider that was asked in vain. ``cost`` in USD, null: it did not say."""

    provider = serializers.CharField()
    error = serializers.CharField()
    told = serializers.SerializerMethodField(help_text="the error in the reader's language")
    cost = serializers.CharField(allow_null=True)
    said = serializers.CharField(help_text="what it answered, where that was of no use")

    def get_told(self, attempt: dict[str, Any]) -> str:
        return failure_told(str(attempt.get("error", "")))


class NamedOut(serializers.Serializer[Any]):
    """A name with its word and value."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField()


class DecisionOut(DecisionRowOut):
    """One decision whole: what was known, asked, answered, changed, judged, sent, and what came of it."""

    reason = serializers.SerializerMethodField("get_told")  # type: ignore[assignment]
    reasoning = serializers.SerializerMethodField("get_whole_reasoning")
    asked_at = serializers.DateTimeField(help_text="wall time")
    inputs_hash = serializers.CharField()
    inputs = serializers.JSONField(help_text="what the adviser was shown, by block")
    market = serializers.SerializerMethodField(help_text="what the price was doing, and its key levels")
    facts = serializers.JSONField(help_text="what risk and execution looked at")
    plan_id = serializers.IntegerField(allow_null=True, help_text="strategic view that it was made within")
    terms = serializers.JSONField(help_text="actions and bounds that the answer was held to")
    prompt_version = serializers.CharField(help_text="empty: nobody was asked in words")
    prompt = serializers.CharField(help_text="as it was sent")
    raw_answer = serializers.CharField()
    parsed = serializers.JSONField(help_text="the decision after bounds, in the protocol's names")
    params = serializers.SerializerMethodField(help_text="its numbers with their names")
    repairs = serializers.SerializerMethodField(help_text="what had to be mended to read the answer")
    clamps = ClampOut(many=True)
    attempts = AttemptOut(many=True)
    verdicts = serializers.JSONField(help_text="limits and filters that judged it")
    intents = serializers.JSONField(help_text="what was sent for it")
    result = serializers.JSONField(help_text="what came of it")

    @extend_schema_field(MarketReadingOut())
    def get_market(self, decision: Decision) -> dict[str, Any]:
        return dict(MarketReadingOut(reading_of(decision)).data)

    def get_told(self, decision: Decision) -> str:
        return reason_told(decision.reason)

    def get_whole_reasoning(self, decision: Decision) -> str:
        return own_words_told(str(decision.parsed.get("reasoning") or ""))

    @extend_schema_field(NamedOut(many=True))
    def get_params(self, decision: Decision) -> list[dict[str, str]]:
        params: dict[str, Any] = decision.parsed.get("params") or {}
        return [_named(name, value, code_words.PARAMS) for name, value in params.items()]

    @extend_schema_field(NamedOut(many=True))
    def get_repairs(self, decision: Decision) -> list[dict[str, str]]:
        return [_named(str(code), "", code_words.REPAIRS) for code in decision.repairs]


def _named(name: str, value: Any, words: Any) -> dict[str, str]:
    told = code_words.ORDER_TYPES.get(str(value), value) if name == "orderType" else value
    return {"name": name, "label": str(words.get(name, name)), "value": str(told)}


def in_reader_language(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the timeline with its reason told. Changes nothing in place: readers share rows."""
    return {**row, "reason": reason_told(row["reason"]), "reasoning": own_words_told(row["reasoning"])}
