"""Case files as the API and the pages tell them: every fact with its label and unit in the reader's language."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboard import case_words
from dashboard.blocks import BlockOut
from dashboard.fields import DecimalText, Word
from dashboard.retelling import signal_in_reader_language
from dashboard.serializers import FillOut, OrderOut, PositionOut, SignalOut
from dashboard.what_if_answer import WhatIfOut
from desk.narration import refusal
from desk.phrases import retold
from signals.models import Signal, SignalStatus
from trading.case_file import CaseFile, CaseState
from trading.case_story import Fact, Step, StepKind
from trading.core.states import ExitReason


class FactOut(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="code of the fact")
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    value = serializers.SerializerMethodField("get_words")
    unit = serializers.SerializerMethodField()

    def get_label(self, fact: Fact) -> str:
        return case_words.label(fact)

    def get_words(self, fact: Fact) -> str:
        return case_words.value(fact)

    def get_unit(self, fact: Fact) -> str:
        return case_words.unit(fact)


class StepOut(serializers.Serializer[Any]):
    """One moment: what was known, decided, sent and answered."""

    kind = Word(StepKind)
    title = serializers.SerializerMethodField()
    at = serializers.DateTimeField(help_text="market time")
    recorded_at = serializers.DateTimeField(allow_null=True, help_text="wall time")
    sentence = serializers.SerializerMethodField()
    outcome = serializers.CharField(help_text="verdict of a filter, state of an order, purpose of a fill")
    known = FactOut(many=True)
    decided = FactOut(many=True)
    sent = FactOut(many=True)
    answered = FactOut(many=True)

    def get_title(self, step: Step) -> str:
        if step.kind is StepKind.FILTER:
            return case_words.value(step.decided[0])
        return str(case_words.STEPS[step.kind])

    def get_sentence(self, step: Step) -> str:
        return retold(step.sentence) or step.sentence


class ResultOut(serializers.Serializer[Any]):
    """USDT after commission; ``return_ratio`` of the initial margin."""

    result = DecimalText()
    realized_pnl = DecimalText()
    commission = DecimalText()
    return_ratio = DecimalText(allow_null=True)
    exit_reason = Word(ExitReason)
    held_seconds = serializers.FloatField()


class CaseOut(serializers.Serializer[Any]):
    case = serializers.UUIDField()
    symbol = serializers.CharField()
    bot = serializers.CharField(source="bot.name")
    state = Word(CaseState)
    began_at = serializers.DateTimeField(help_text="market time")
    reason = serializers.SerializerMethodField(help_text="why it was refused")
    signal = serializers.SerializerMethodField()
    position = PositionOut(allow_null=True)
    orders = OrderOut(many=True)
    fills = FillOut(many=True)
    steps = StepOut(many=True)
    result = ResultOut(allow_null=True)
    what_if = WhatIfOut(allow_null=True, help_text="what the entry was reckoned to do when it was decided or refused")

    def get_reason(self, case: CaseFile) -> str:
        signal = case.signal
        if signal is None or signal.status != SignalStatus.REFUSED:
            return ""
        return refusal(code=signal.reason_code, reason=signal.reason)

    @extend_schema_field(SignalOut(allow_null=True))
    def get_signal(self, case: CaseFile) -> dict[str, Any] | None:
        signal: Signal | None = case.signal
        return signal_in_reader_language(SignalOut(signal).data) if signal else None


class WhyOut(serializers.Serializer[Any]):
    """What the desk did with a symbol, and what it saw of it last."""

    symbol = serializers.CharField()
    last_scan_hour = serializers.DateTimeField(allow_null=True, help_text="open time of the hour scanned last")
    last_ratio = DecimalText(allow_null=True, help_text="surge ratio in that hour")
    threshold = DecimalText(allow_null=True, help_text="ratio from which an hour is a surge")
    cases = CaseOut(many=True)
    blocked = BlockOut(many=True, help_text="why nothing new is entered on it now")
