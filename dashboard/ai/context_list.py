"""Sources of context as the API and the page tell them."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from advisor.context.report import ContextReport, KnownReading, SourceReport, context_report
from advisor.context.telling import Freshness
from dashboard.ai.context_words import KINDS, LABELS, UNITS, failure_told
from dashboard.fields import DecimalText, Word
from dashboard.market_time import market_time
from exchange.clock import wall_now


class ContextReadingOut(serializers.Serializer[Any]):
    """The newest value or text of a source under one name."""

    symbol = serializers.CharField(source="reading.symbol", help_text="empty: of no single contract")
    name = serializers.CharField(source="reading.name")
    value = DecimalText(source="reading.value", allow_null=True)
    unit = serializers.CharField(source="reading.unit")
    unit_label = serializers.SerializerMethodField(help_text="the same in your language")
    text = serializers.CharField(source="reading.text", help_text="written by strangers")
    as_of = serializers.DateTimeField(source="reading.as_of", help_text="when it was so, by the source")
    freshness = Word(Freshness)

    def get_unit_label(self, row: KnownReading) -> str:
        return str(UNITS.get(row.reading.unit, row.reading.unit))


class ContextSourceOut(serializers.Serializer[Any]):
    """A source of readings. Wall time; ``standing`` is the freshness of its best reading."""

    name = serializers.CharField(source="source.name")
    about = serializers.SerializerMethodField(help_text="a preset's in your language, else as its owner wrote it")
    kind = serializers.CharField(source="source.kind", help_text=f"one of {', '.join(KINDS)}")
    host = serializers.CharField(source="source.host", help_text="empty: not asked over HTTP")
    interval_seconds = serializers.SerializerMethodField()
    max_age_seconds = serializers.SerializerMethodField(help_text="an older reading is not told")
    standing = Word(Freshness)
    told = serializers.IntegerField(help_text="readings that are fresh")
    failures = serializers.IntegerField(source="state.failures", help_text="since the last success")
    reads = serializers.IntegerField(source="state.reads")
    failed_reads = serializers.IntegerField(source="state.failed_reads")
    due_at = serializers.DateTimeField(source="state.due_at", allow_null=True, help_text="when it is asked next")
    last_error = serializers.CharField(source="state.last_error")
    last_error_label = serializers.SerializerMethodField()
    last_success_at = serializers.DateTimeField(source="state.last_success_at", allow_null=True)
    last_failure_at = serializers.DateTimeField(source="state.last_failure_at", allow_null=True)
    readings = ContextReadingOut(many=True)

    def get_about(self, report: SourceReport) -> str:
        return str(LABELS.get(report.source.label, report.source.label))

    def get_interval_seconds(self, report: SourceReport) -> int:
        return int(report.source.interval.total_seconds())

    def get_max_age_seconds(self, report: SourceReport) -> int:
        return int(report.source.max_age.total_seconds())

    def get_last_error_label(self, report: SourceReport) -> str:
        return failure_told(report.state.last_error)


class ContextOut(serializers.Serializer[Any]):
    """What the adviser is told besides the market."""

    file = serializers.CharField(help_text="name of the file of sources")
    error = serializers.CharField(help_text="why the file names none; empty where all is well")
    sources = ContextSourceOut(many=True)


def context_now() -> ContextReport:
    """Every source at market time, or at wall time while the venue's clock cannot be read."""
    market = market_time()
    if market is None:
        return context_report(now=wall_now(), speed=Decimal(1))
    return context_report(now=market.at, speed=market.speed)
