"""What people send: checked before anything is asked of the desk. Decimals come as strings or numbers."""

from typing import Any

from rest_framework import serializers

from exchange.types import OrderType, PositionSide, Side
from signals.strategies.execution import ExecutionStyle

SIDES = (Side.BUY.value, Side.SELL.value)
DIRECTIONS = (PositionSide.LONG.value, PositionSide.SHORT.value)
ORDER_TYPES = (OrderType.MARKET.value, OrderType.LIMIT.value)
STYLES = [style.value for style in ExecutionStyle]
STOP_LOSS_PCT, TAKE_PROFIT_PCT, LEVERAGE = "18", "33", 3


class Amount(serializers.DecimalField):
    """At most 15 significant digits, so that both databases keep it exactly."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=15, decimal_places=None, **kwargs)


class PasswordIn(serializers.Serializer[Any]):
    trading_password = serializers.CharField(required=False, allow_blank=True, write_only=True, trim_whitespace=False)


class OrderIn(PasswordIn):
    """An entry by hand. A stop belongs to every order; percentages are of the entry price."""

    symbol = serializers.CharField(max_length=40)
    side = serializers.ChoiceField(SIDES, required=False)
    position_side = serializers.ChoiceField(DIRECTIONS, required=False, help_text="or side: BUY is LONG, SELL is SHORT")
    order_type = serializers.ChoiceField(ORDER_TYPES, default=OrderType.MARKET.value)
    style = serializers.ChoiceField(  # type: ignore[assignment]  # also an attribute of serializers
        STYLES, required=False, allow_null=True, help_text="how it is sent; null: one order, as its type says"
    )
    price = Amount(required=False, allow_null=True, min_value=0, help_text="of a LIMIT order")
    margin_usdt = Amount(required=False, allow_null=True, min_value=0, help_text="or quantity")
    quantity = Amount(required=False, allow_null=True, min_value=0, help_text="base asset")
    leverage = serializers.IntegerField(default=LEVERAGE, min_value=1, max_value=125)
    tp_pct = Amount(default=TAKE_PROFIT_PCT, min_value=0, max_value=90)
    sl_pct = Amount(default=STOP_LOSS_PCT, min_value=0, max_value=90)
    account = serializers.IntegerField(required=False, help_text="id; without it the first")
    dry_run = serializers.BooleanField(default=False, help_text="answer the numbers, change nothing")

    def validate_symbol(self, symbol: str) -> str:
        return symbol.upper()

    def validate(self, order: dict[str, Any]) -> dict[str, Any]:
        faults = {**_side_faults(order), **_size_faults(order), **_price_faults(order), **_exit_faults(order)}
        if faults:
            raise serializers.ValidationError(faults)
        return order | {"position_side": _direction(order)}


def _direction(order: dict[str, Any]) -> PositionSide:
    if "position_side" in order:
        return PositionSide(order["position_side"])
    return PositionSide.LONG if order["side"] == Side.BUY else PositionSide.SHORT


def _side_faults(order: dict[str, Any]) -> dict[str, str]:
    if "side" not in order and "position_side" not in order:
        return {"side": "give side or position_side"}
    if "side" in order and "position_side" in order:
        opens = PositionSide(order["position_side"]).entry_side
        if opens != order["side"]:
            return {"side": f"{order['position_side']} is opened by {opens}"}
    return {}


def _size_faults(order: dict[str, Any]) -> dict[str, str]:
    given = [name for name in ("margin_usdt", "quantity") if order.get(name) is not None]
    if len(given) != 1:
        return {"margin_usdt": "give either margin_usdt or quantity"}
    return {} if order[given[0]] > 0 else {given[0]: "must be more than 0"}


def _price_faults(order: dict[str, Any]) -> dict[str, str]:
    is_limit, price = order["order_type"] == OrderType.LIMIT, order.get("price")
    if is_limit and not price:
        return {"price": "a LIMIT order needs a price"}
    if not is_limit and price is not None:
        return {"price": "a MARKET order has no price"}
    return {}


def _exit_faults(order: dict[str, Any]) -> dict[str, str]:
    return {name: "must be more than 0" for name in ("tp_pct", "sl_pct") if not order[name]}


class PriceIn(PasswordIn):
    price = Amount(min_value=0)


class AutoTradeIn(PasswordIn):
    enabled = serializers.BooleanField()
    bot = serializers.IntegerField(required=False, help_text="id; without it the surge bot")


class ConfigIn(PasswordIn):
    """Any of the bot's settings by name, beside these."""

    version = serializers.IntegerField(required=False, help_text="refuse when another version is in force by now")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)
