"""What the API, the socket and the page say of the desk. Decimals are strings, times UTC; money in USDT."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboard import figures
from dashboard.blocks import BlockOut
from dashboard.change_answers import PositionChangeOut, SendingOut, sending_answer
from dashboard.fields import DecimalText, Word
from dashboard.pulse import Pulse
from desk.models import Event
from desk.narration import sentence
from desk.vocabulary import word
from signals.models import Signal, SignalStatus
from trading import selectors
from trading.core.ladder import Rung
from trading.core.states import Book, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Direction, Fill, Position
from trading.selectors import ProtectionState
from trading.services.climbing import RungTaken, rungs_taken
from trading.services.slippage_alarm import slippage_of


class LegOut(serializers.Serializer[Any]):
    """One protective order, as our row tells it."""

    client_order_id = serializers.CharField()
    trigger_price = DecimalText(allow_null=True)
    status = Word(OrderStatus)


class ProtectionOut(serializers.Serializer[Any]):
    state = Word(ProtectionState)
    stop = LegOut(allow_null=True)
    take_profit = LegOut(allow_null=True)
    naked_seconds = serializers.FloatField(help_text="wall seconds without a stop until now")


class PositionOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    case = serializers.UUIDField()
    bot = serializers.CharField(source="bot.name")
    symbol = serializers.CharField()
    side = Word(Direction, source="direction")
    status = Word(PositionStatus)
    leverage = serializers.IntegerField()
    margin = DecimalText()
    quantity = DecimalText()
    entered_quantity = DecimalText()
    notional = serializers.SerializerMethodField()
    entry_price = DecimalText(allow_null=True)
    worst_entry_price = DecimalText()
    stop_price = DecimalText()
    take_profit_price = DecimalText(allow_null=True)
    mark_price = DecimalText(allow_null=True)
    liquidation_price = DecimalText(allow_null=True)
    marked_at = serializers.DateTimeField(allow_null=True)
    unrealized_pnl = serializers.SerializerMethodField()
    realized_pnl = DecimalText(help_text="before commission")
    commission = DecimalText()
    entry_time = serializers.DateTimeField(source="filled_at", allow_null=True, help_text="first fill, market time")
    created_at = serializers.DateTimeField(help_text="market time of the entry intent")
    entry_deadline = serializers.DateTimeField()
    closing_at = serializers.DateTimeField(allow_null=True)
    naked_since = serializers.DateTimeField(allow_null=True, help_text="wall time")
    worst_naked_seconds = serializers.FloatField()
    protection = serializers.SerializerMethodField()
    blocks = serializers.SerializerMethodField(help_text="why nothing new is entered on the contract")

    sending = serializers.SerializerMethodField(help_text="its entry while it is sent by a plan")
    change = serializers.SerializerMethodField(help_text="the newest change that was asked for, however it ended")

    @extend_schema_field(SendingOut(allow_null=True))
    def get_sending(self, position: Position) -> dict[str, Any] | None:
        return sending_answer(selectors.running_entry(position))

    @extend_schema_field(PositionChangeOut(allow_null=True))
    def get_change(self, position: Position) -> dict[str, Any] | None:
        change = selectors.newest_change(position)
        return None if change is None else dict(PositionChangeOut(change).data)

    @extend_schema_field(BlockOut(many=True))
    def get_blocks(self, position: Position) -> list[dict[str, Any]]:
        return list(BlockOut(selectors.blocks(position.symbol).filter(account=position.account), many=True).data)

    @extend_schema_field(DecimalText())
    def get_notional(self, position: Position) -> str:
        return f"{figures.notional(position):f}"

    @extend_schema_field(DecimalText(allow_null=True))
    def get_unrealized_pnl(self, position: Position) -> str | None:
        pnl = selectors.unrealized_pnl(position)
        return None if pnl is None else f"{pnl:f}"

    @extend_schema_field(ProtectionOut())
    def get_protection(self, position: Position) -> dict[str, Any]:
        return dict(ProtectionOut(selectors.protection_of(position)).data)


class OrderOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    position_id = serializers.IntegerField()
    purpose = Word(Purpose)
    attempt = serializers.IntegerField()
    book = Word(Book)
    client_order_id = serializers.CharField()
    venue_order_id = serializers.IntegerField(allow_null=True)
    status = Word(OrderStatus)
    reason_code = serializers.IntegerField(allow_null=True, help_text="error code of the venue")
    reason = serializers.CharField()
    symbol = serializers.CharField()
    side = serializers.CharField()
    order_type = serializers.CharField()
    quantity = DecimalText(allow_null=True, help_text="null: whatever is open")
    executed_quantity = DecimalText()
    price = DecimalText(allow_null=True)
    trigger_price = DecimalText(allow_null=True)
    average_price = DecimalText(allow_null=True)
    close_position = serializers.BooleanField()
    reduce_only = serializers.BooleanField()
    created_at = serializers.DateTimeField(help_text="market time")
    sent_at = serializers.DateTimeField(allow_null=True, help_text="wall time")
    answered_at = serializers.DateTimeField(allow_null=True, help_text="wall time")


class FillOut(serializers.Serializer[Any]):
    trade_id = serializers.IntegerField()
    side = serializers.CharField()
    price = DecimalText()
    quantity = DecimalText()
    realized_pnl = DecimalText()
    commission = DecimalText()
    commission_asset = serializers.CharField()
    is_maker = serializers.BooleanField()
    slippage_bps = serializers.SerializerMethodField(
        help_text="against the middle of the book at the decision, positive when it cost; null where unknown"
    )
    at = serializers.DateTimeField(help_text="market time")

    def get_slippage_bps(self, fill: Fill) -> str | None:
        slippage = slippage_of(fill)
        return None if slippage is None else f"{slippage:f}"


class RungOut(serializers.Serializer[Any]):
    """One step up the protection ladder: after which refusal, and what was tried next."""

    rung = Word(Rung)
    explanation = serializers.SerializerMethodField()
    at = serializers.DateTimeField(help_text="market time")
    reason = serializers.CharField(help_text="what the exchange said")
    trigger_price = serializers.CharField(help_text="of the stop wanted then")

    def get_explanation(self, step: RungTaken) -> str:
        return word("rung", step.rung.value)


class PositionDetailOut(PositionOut):
    """A position with its orders and fills, oldest first."""

    exit_reason = Word(ExitReason)
    exit_price = DecimalText(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    orders = serializers.SerializerMethodField()
    fills = serializers.SerializerMethodField()
    rungs = serializers.SerializerMethodField(help_text="steps up the protection ladder, oldest first")

    @extend_schema_field(RungOut(many=True))
    def get_rungs(self, position: Position) -> list[dict[str, Any]]:
        return list(RungOut(rungs_taken(position), many=True).data)

    @extend_schema_field(OrderOut(many=True))
    def get_orders(self, position: Position) -> list[dict[str, Any]]:
        return list(OrderOut(position.orders.all(), many=True).data)

    @extend_schema_field(FillOut(many=True))
    def get_fills(self, position: Position) -> list[dict[str, Any]]:
        return list(FillOut(selectors.fills_of(position), many=True).data)


class TradeOut(serializers.Serializer[Any]):
    """A finished round trip."""

    id = serializers.IntegerField()
    case = serializers.UUIDField()
    bot = serializers.CharField(source="bot.name")
    symbol = serializers.CharField()
    side = Word(Direction, source="direction")
    leverage = serializers.IntegerField()
    quantity = DecimalText(source="entered_quantity")
    entry_price = DecimalText(allow_null=True)
    exit_price = DecimalText(allow_null=True)
    entry_time = serializers.DateTimeField(source="filled_at")
    exit_time = serializers.DateTimeField(source="closed_at")
    realized_pnl = DecimalText(help_text="before commission")
    commission = DecimalText(help_text="positive when paid")
    result = serializers.SerializerMethodField(help_text="after commission")
    return_pct = serializers.SerializerMethodField(help_text="result in per cent of the initial margin")
    exit_reason = Word(ExitReason)
    worst_naked_seconds = serializers.FloatField()

    @extend_schema_field(DecimalText())
    def get_result(self, position: Position) -> str:
        return f"{figures.result(position):f}"

    @extend_schema_field(DecimalText(allow_null=True))
    def get_return_pct(self, position: Position) -> str | None:
        ratio = figures.return_ratio(position)
        return None if ratio is None else f"{ratio * 100:.2f}"


class VerdictOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    outcome = serializers.CharField(help_text="pass, reject or unavailable")
    reason = serializers.CharField()
    metrics = serializers.DictField(child=serializers.CharField())


class SignalOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    case = serializers.UUIDField()
    bot = serializers.CharField(source="bot.name")
    symbol = serializers.CharField()
    surge_ratio = DecimalText()
    price = DecimalText(help_text="close of the candle")
    candle_open = serializers.DateTimeField()
    found_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    status = Word(SignalStatus)
    accepted = serializers.SerializerMethodField(help_text="null until it was decided")
    reason_code = serializers.CharField()
    reason = serializers.CharField()
    verdicts = VerdictOut(many=True, source="verdicts.all")

    def get_accepted(self, signal: Signal) -> bool | None:
        return None if signal.status == SignalStatus.PENDING else signal.status == SignalStatus.ENTERED


class EventOut(serializers.Serializer[Any]):
    """One event, told in the reader's language."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    case = serializers.UUIDField(allow_null=True)
    symbol = serializers.CharField()
    at = serializers.DateTimeField(help_text="market time")
    recorded_at = serializers.DateTimeField(help_text="wall time")
    sentence = serializers.SerializerMethodField()
    facts = serializers.JSONField()

    def get_sentence(self, event: Event) -> str:
        return sentence(event)


class BotOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    strategy = serializers.CharField()
    auto_trade = serializers.BooleanField()


class AutoTradeOut(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(help_text="true when any bot may enter")
    bots = BotOut(many=True)


class LightOut(serializers.Serializer[Any]):
    state = Word(ProtectionState)
    naked_since = serializers.DateTimeField(allow_null=True, help_text="wall time")
    naked_seconds = serializers.FloatField()


class TodayOut(serializers.Serializer[Any]):
    result = DecimalText(help_text="after commission")
    trades = serializers.IntegerField()
    worst_naked_seconds = serializers.FloatField()


class ReadingOut(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    ratio = DecimalText()


class LastScanOut(serializers.Serializer[Any]):
    hour = serializers.DateTimeField(help_text="open time of the scanned hour")
    finished_at = serializers.DateTimeField()
    symbols = serializers.IntegerField()
    failed = serializers.IntegerField()
    signals = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="wall time")
    highest = ReadingOut(many=True)


class StatusOut(serializers.Serializer[Any]):
    environment = serializers.CharField(source="desk.environment")
    market_time = serializers.DateTimeField(source="desk.market_time", allow_null=True)
    speed = DecimalText(source="desk.speed", allow_null=True)
    equity = DecimalText(allow_null=True)
    wallet_balance = DecimalText(source="desk.wallet_balance", allow_null=True)
    available_balance = DecimalText(source="desk.available_balance", allow_null=True)
    unrealized_pnl = DecimalText(source="desk.unrealized_pnl", allow_null=True)
    balances_at = serializers.DateTimeField(source="desk.balances_at", allow_null=True)
    today = TodayOut(allow_null=True)
    exposure = DecimalText()
    open_risk = DecimalText(source="open_risk.loss", help_text="loss if every stop fires at its trigger")
    open_risk_is_bounded = serializers.BooleanField(source="open_risk.is_bounded")
    open_positions = serializers.IntegerField(source="desk.open_positions")
    protection = LightOut(source="light")
    p99_naked_seconds = serializers.FloatField(
        allow_null=True, help_text="wall time without a stop, over the last thousand trades"
    )
    auto_trade = serializers.BooleanField(source="desk.auto_trade")
    bots = BotOut(many=True)
    next_scan_at = serializers.DateTimeField(allow_null=True)
    last_scan = LastScanOut(allow_null=True)
    loops = serializers.DictField(child=Word(Pulse))
    blocked = BlockOut(many=True, help_text="what takes no new entries, and why")


class HealthOut(serializers.Serializer[Any]):
    loops = serializers.DictField(child=Word(Pulse))
    protection = Word(ProtectionState)
    blocked = BlockOut(many=True, help_text="what takes no new entries, and why")
