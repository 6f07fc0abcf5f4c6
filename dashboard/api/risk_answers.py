"""Answers about risk: the breaker, the limits, the emergency stop."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboard.api.answers import SettingOut
from dashboard.fields import DecimalText, Word
from dashboard.setting_fields import fields_of
from desk import vocabulary
from risk.breaker import Trip
from risk.breaker_causes import Cause, Ends
from risk.limits import LimitCode
from risk.states import Tier
from trading.risk_report import LimitUse, RiskReport


class TripOut(serializers.Serializer[Any]):
    """One cause that restricts risk. Times are market time."""

    cause = Word(Cause)
    cause_label = serializers.SerializerMethodField()
    tier = Word(Tier)
    ends = Word(Ends)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="null where no time ends it")
    value = serializers.CharField()
    limit = serializers.CharField()

    def get_cause_label(self, trip: Trip) -> str:
        return str(vocabulary.BREAKER_CAUSES[trip.cause.value])


class StopResultOut(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    symbol = serializers.CharField()
    is_closed = serializers.BooleanField()
    is_protected = serializers.BooleanField(help_text="a stop stands, or nothing is open")
    left = DecimalText(help_text="base asset")
    result = DecimalText(help_text="USDT after commission")
    refusal = serializers.CharField(help_text="the exchange's last word on its close, empty where it said no")


class StopReportOut(serializers.Serializer[Any]):
    """The last emergency stop with what has become of each position by now."""

    at = serializers.DateTimeField(help_text="market time")
    author = serializers.CharField()
    reason = serializers.CharField()
    is_done = serializers.BooleanField()
    results = StopResultOut(many=True)


class CircuitOut(serializers.Serializer[Any]):
    """The breaker of an account. ``version`` is what a reset has to name."""

    account = serializers.IntegerField(source="account.pk")
    tier = Word(Tier)
    tier_label = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    trips = TripOut(many=True, source="breaker.trips")
    losses_in_a_row = serializers.IntegerField()
    api_failures = serializers.IntegerField(source="breaker.counters.api_failures")
    ai_failures = serializers.IntegerField(source="breaker.counters.ai_failures")
    evaluated_at = serializers.DateTimeField(source="breaker.seen_at", allow_null=True, help_text="market time")
    equity = DecimalText(allow_null=True)
    day_loss_pct = DecimalText(allow_null=True, help_text="of the capital at work, negative for a gain")
    week_loss_pct = DecimalText(allow_null=True)
    drawdown_pct = DecimalText(allow_null=True)
    last_stop = StopReportOut(allow_null=True)

    def get_tier_label(self, report: Any) -> str:
        return str(vocabulary.TIERS[report.tier.value])


class LimitUseOut(serializers.Serializer[Any]):
    code = Word(LimitCode)
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    bot = serializers.CharField(help_text="empty where all of the account counts")
    value = DecimalText()
    limit = DecimalText()
    unit = serializers.CharField()
    used_pct = DecimalText()

    def get_label(self, use: LimitUse) -> str:
        return str(vocabulary.REFUSALS[use.code.value])


class RiskOut(CircuitOut):
    """Breaker, use of every limit, and the settings behind them."""

    limits = LimitUseOut(many=True)
    settings_version = serializers.IntegerField(help_text="0 while the defaults are in force")
    settings = serializers.SerializerMethodField()

    @extend_schema_field(SettingOut(many=True))
    def get_settings(self, report: RiskReport) -> Any:
        return SettingOut(fields_of(report.settings), many=True).data
