"""Changes of open positions and the plans by which orders are sent, as the API, the socket and the pages tell them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboard.fields import DecimalText, Word
from desk.narration import refusal
from signals.strategies.execution import ExecutionStyle
from trading.core.change_effect import Holding
from trading.core.execution_style import Ending
from trading.core.states import ChangeKind, ChangeStatus, OrderStatus, Purpose
from trading.models import Execution, Order, PositionChange
from trading.services.change_what_if import ChangeWhatIf


class PieceOut(serializers.Serializer[Any]):
    """One order of a plan."""

    number = serializers.IntegerField(source="attempt")
    status = Word(OrderStatus)
    quantity = DecimalText(allow_null=True)
    executed_quantity = DecimalText()
    average_price = DecimalText(allow_null=True)
    created_at = serializers.DateTimeField(help_text="market time")


class SendingOut(serializers.Serializer[Any]):
    """A quantity on its way in one order or more, base asset and USDT; times in market time."""

    purpose = Word(Purpose)
    style = Word(ExecutionStyle)  # type: ignore[assignment]  # also an attribute of serializers
    quantity = DecimalText()
    executed = serializers.SerializerMethodField()
    slices = serializers.IntegerField(help_text="orders of a plan in slices; 1 for the other styles")
    seconds = serializers.IntegerField(help_text="of all slices, or until the limit gives way to the market")
    limit = DecimalText()
    bound = DecimalText(help_text="worst price of what is sent at market")
    started_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField()
    called_off_at = serializers.DateTimeField(allow_null=True, help_text="when its owner wanted no more of it")
    ended_at = serializers.DateTimeField(allow_null=True)
    ending = Word(Ending)
    pieces = serializers.SerializerMethodField(help_text="its orders so far, oldest first")

    @extend_schema_field(DecimalText())
    def get_executed(self, execution: Execution) -> str:
        return f"{sum((order.executed_quantity for order in _orders(execution)), Decimal(0)):f}"

    @extend_schema_field(PieceOut(many=True))
    def get_pieces(self, execution: Execution) -> list[dict[str, Any]]:
        return list(PieceOut(_orders(execution), many=True).data)


def sending_answer(execution: Execution | None) -> dict[str, Any] | None:
    return None if execution is None else dict(SendingOut(execution).data)


def _orders(execution: Execution) -> list[Order]:
    return sorted(execution.orders.all(), key=lambda order: order.attempt)


class PositionChangeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    position_id = serializers.IntegerField()
    kind = Word(ChangeKind)
    status = Word(ChangeStatus)
    share_pct = DecimalText(allow_null=True)
    stop_price = DecimalText(allow_null=True)
    take_profit_price = DecimalText(allow_null=True)
    style = serializers.CharField(  # type: ignore[assignment]
        help_text="empty: as the bot is set"
    )
    author = serializers.CharField()
    reason = serializers.CharField()
    decision_id = serializers.IntegerField(allow_null=True)
    refusal_code = serializers.CharField()
    refusal = serializers.SerializerMethodField(help_text="why it was refused or failed, in your language")
    quantity = DecimalText(allow_null=True, help_text="what it came to, base asset")
    created_at = serializers.DateTimeField(help_text="market time")
    finished_at = serializers.DateTimeField(allow_null=True, help_text="market time")
    sending = serializers.SerializerMethodField(help_text="how its orders go out; null before, and for moved exits")

    def get_refusal(self, change: PositionChange) -> str:
        return refusal(code=change.refusal_code, reason=change.refusal) if change.refusal_code else ""

    @extend_schema_field(SendingOut(allow_null=True))
    def get_sending(self, change: PositionChange) -> dict[str, Any] | None:
        return sending_answer(getattr(change, "execution", None))


class HoldingOut(serializers.Serializer[Any]):
    """A position before or after a change. Results in USDT before fees, at the triggers."""

    quantity = DecimalText()
    entry_price = DecimalText()
    margin = DecimalText()
    stop_price = DecimalText()
    take_profit_price = DecimalText(allow_null=True)
    liquidation_price = DecimalText(
        allow_null=True, default=None, help_text="by the recorded brackets; null where there are none"
    )
    result_at_stop = DecimalText()
    result_at_target = DecimalText(allow_null=True)


class ChangeWhatIfOut(serializers.Serializer[Any]):
    """What a change would do at the present price; numbers are null where no size can be told."""

    price = DecimalText(source="effect.price", allow_null=True, default=None)
    quantity = DecimalText(source="effect.quantity", allow_null=True, default=None, help_text="added or closed")
    notional = DecimalText(source="effect.notional", allow_null=True, default=None)
    fee = DecimalText(source="effect.fee", allow_null=True, default=None, help_text="of a taker")
    realized = DecimalText(source="effect.realized", allow_null=True, default=None, help_text="before fees")
    is_whole = serializers.BooleanField(source="effect.is_whole", default=False, help_text="nothing would stay open")
    style = Word(ExecutionStyle, allow_null=True)  # type: ignore[assignment]
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()
    result_at_stop_pct = serializers.SerializerMethodField(help_text="after the change, of equity as read last")
    refusal_code = serializers.SerializerMethodField(help_text="the first thing in its way, empty for nothing")
    refusal = serializers.SerializerMethodField(help_text="the same in your language")

    @extend_schema_field(HoldingOut(allow_null=True))
    def get_before(self, found: ChangeWhatIf) -> dict[str, Any] | None:
        return _told(found.effect.before if found.effect else None, found.liquidation_before)

    @extend_schema_field(HoldingOut(allow_null=True))
    def get_after(self, found: ChangeWhatIf) -> dict[str, Any] | None:
        return _told(found.effect.after if found.effect else None, found.liquidation_after)

    @extend_schema_field(DecimalText(allow_null=True))
    def get_result_at_stop_pct(self, found: ChangeWhatIf) -> str | None:
        if found.effect is None or not found.equity or found.equity <= 0:
            return None
        return f"{found.effect.after.result_at_stop / found.equity * 100:.4f}"

    def get_refusal_code(self, found: ChangeWhatIf) -> str:
        return found.refused.code if found.refused else ""

    def get_refusal(self, found: ChangeWhatIf) -> str:
        return refusal(code=found.refused.code, reason=found.refused.reason) if found.refused else ""


def _told(holding: Holding | None, liquidation: Decimal | None) -> dict[str, Any] | None:
    if holding is None:
        return None
    return dict(HoldingOut(holding).data) | {"liquidation_price": None if liquidation is None else f"{liquidation:f}"}
