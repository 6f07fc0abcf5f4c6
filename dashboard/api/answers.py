"""Answers that only the API gives: market data, what-if numbers, settings, days."""

from typing import Any

from django.utils.timezone import now as wall_now
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboard.fields import DecimalText, Word
from dashboard.serializers import BotOut, LightOut, PositionOut, ProtectionOut
from dashboard.setting_fields import FieldType, SettingField
from dashboard.setting_words import CHOICES, GROUPS, Group
from exchange.types import Contract, Kline, Ticker
from trading import selectors
from trading.models import Position


class KlineOut(serializers.Serializer[Any]):
    time = serializers.SerializerMethodField(help_text="open time, Unix seconds")
    open = DecimalText()
    high = DecimalText()
    low = DecimalText()
    close = DecimalText()
    volume = DecimalText(help_text="base asset")

    def get_time(self, bar: Kline) -> int:
        return int(bar.open_time.timestamp())


class TickerOut(serializers.Serializer[Any]):
    """Needs ``changes``, ratios by symbol, in its context."""

    symbol = serializers.CharField()
    price = DecimalText(source="last_price")
    change_pct = serializers.SerializerMethodField(help_text="against 24 h ago, signed; null where unknown")
    at = serializers.DateTimeField(help_text="market time")

    @extend_schema_field(DecimalText(allow_null=True))
    def get_change_pct(self, ticker: Ticker) -> str | None:
        ratio = self.context["changes"].get(ticker.symbol)
        return None if ratio is None else f"{ratio * 100:.2f}"


class RulesOut(serializers.Serializer[Any]):
    """Prices in USDT, quantities in base asset; 0 where the venue sets no bound."""

    tick_size = DecimalText()
    min_price = DecimalText()
    max_price = DecimalText()
    step_size = DecimalText()
    min_quantity = DecimalText()
    max_quantity = DecimalText()
    market_step_size = DecimalText()
    market_max_quantity = DecimalText()
    min_notional = DecimalText()


class ContractOut(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    status = serializers.CharField()
    contract_type = serializers.CharField()
    quote_asset = serializers.CharField()
    price_precision = serializers.SerializerMethodField()
    quantity_precision = serializers.SerializerMethodField()
    rules = RulesOut()

    def get_price_precision(self, contract: Contract) -> int:
        return _decimals(contract.rules.tick_size)

    def get_quantity_precision(self, contract: Contract) -> int:
        return _decimals(contract.rules.step_size)


def _decimals(step: Any) -> int:
    return max(0, -int(step.normalize().as_tuple().exponent))


class PlanOut(serializers.Serializer[Any]):
    """An entry by hand before the yes. USDT and base asset."""

    reference_price = DecimalText(
        help_text="what the stop keeps its distance to: the limit, or the last price for a market order; "
        "in steps the worse of them"
    )
    sizing_price = DecimalText(help_text="the most the orders can pay: quantity and margin are reckoned from it")
    limit = DecimalText(allow_null=True, help_text="null: at market")
    quantity = DecimalText()
    notional = DecimalText()
    leverage = serializers.IntegerField(help_text="lowered where the stop would lie near liquidation")
    margin = DecimalText()
    stop_price = DecimalText()
    take_profit_price = DecimalText()
    loss_at_stop = DecimalText()


class OrderPlacedOut(serializers.Serializer[Any]):
    """``position`` is null after a dry run; ``plan`` is null where the key named an order that exists."""

    dry_run = serializers.BooleanField()
    plan = PlanOut(allow_null=True)
    position = PositionOut(allow_null=True)


class ClosingOut(serializers.Serializer[Any]):
    """Positions marked to be closed at market; the desk carries it out."""

    positions = PositionOut(many=True)


class TriggerOut(serializers.Serializer[Any]):
    """The wish that was taken; the desk replaces the order without a gap."""

    trigger_price = DecimalText(help_text="on the contract's tick")
    position = PositionOut()


class SettingOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    group = Word(Group)
    group_label = serializers.SerializerMethodField()
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    unit = serializers.SerializerMethodField()
    help = serializers.SerializerMethodField()
    type = Word(FieldType)
    value = serializers.JSONField(help_text="decimals as strings, ranges as pairs of strings, symbols as a list")
    default = serializers.JSONField()
    choices = serializers.SerializerMethodField()
    minimum = serializers.CharField(allow_null=True)
    maximum = serializers.CharField(allow_null=True)
    is_minimum_exclusive = serializers.BooleanField()
    is_maximum_exclusive = serializers.BooleanField()

    def get_group_label(self, field: SettingField) -> str:
        return str(GROUPS[field.group])

    def get_label(self, field: SettingField) -> str:
        return str(field.words.label)

    def get_unit(self, field: SettingField) -> str:
        return str(field.words.unit)

    def get_help(self, field: SettingField) -> str:
        return str(field.words.help)

    @extend_schema_field(serializers.DictField(child=serializers.CharField(), help_text="word for each choice"))
    def get_choices(self, field: SettingField) -> dict[str, str]:
        return {choice: str(CHOICES.get(choice, choice)) for choice in field.choices}


class ConfigVersionOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    values = serializers.JSONField()
    author = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="wall time")


class ConfigOut(serializers.Serializer[Any]):
    """The settings in force, and how each may be changed."""

    bot = BotOut()
    version = serializers.IntegerField()
    values = serializers.JSONField()
    settings = SettingOut(many=True)


class AccountOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    environment = serializers.CharField()
    hedge_mode = serializers.BooleanField()
    wallet_balance = DecimalText(allow_null=True)
    available_balance = DecimalText(allow_null=True)
    unrealized_pnl = DecimalText(allow_null=True)
    balances_at = serializers.DateTimeField(allow_null=True, help_text="market time of the reading")


class BotDetailOut(BotOut):
    account_id = serializers.IntegerField()
    version = serializers.IntegerField(source="config_version.number")
    open_positions = serializers.SerializerMethodField()

    def get_open_positions(self, bot: Any) -> int:
        return selectors.open_positions().filter(bot=bot).count()


class DayResultOut(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="UTC")
    result = DecimalText(help_text="after commission, before funding")
    commission = DecimalText()
    funding = DecimalText(help_text="signed")
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()


class DayBalanceOut(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="UTC")
    wallet_balance = DecimalText(help_text="at the end of the day")
    change = DecimalText(help_text="against the day before")


class ProtectedPositionOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    symbol = serializers.CharField()
    protection = serializers.SerializerMethodField()
    protected_at = serializers.DateTimeField(allow_null=True, help_text="market time of the first stop")
    worst_naked_seconds = serializers.FloatField(help_text="wall time")

    @extend_schema_field(ProtectionOut())
    def get_protection(self, position: Position) -> dict[str, Any]:
        return dict(ProtectionOut(selectors.protection_of(position)).data)


class ProtectionReportOut(serializers.Serializer[Any]):
    """Law one in figures. ``p99_naked_seconds`` is over the last thousand trades; null before the first."""

    light = LightOut()
    worst_naked_seconds_today = serializers.FloatField(allow_null=True)
    p99_naked_seconds = serializers.FloatField(allow_null=True)
    positions = ProtectedPositionOut(many=True)
    read_at = serializers.SerializerMethodField(help_text="wall time")

    @extend_schema_field(serializers.DateTimeField())
    def get_read_at(self, report: Any) -> str:
        return wall_now().isoformat()
