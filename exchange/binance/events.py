"""From frames of the user stream to our events. Strict for what concerns orders, fills and positions."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from exchange.binance.parsing import (
    MalformedPayload,
    Row,
    child_order_id,
    decimal,
    flag,
    moment,
    positive_or_none,
    strict,
)
from exchange.types import (
    AccountUpdate,
    AlgoOrderState,
    AlgoUpdate,
    OrderState,
    OrderUpdate,
    PositionSide,
    PositionUpdate,
    Side,
    UserEvent,
    VenueStatus,
    VenueTrade,
)

FILLING = frozenset({"TRADE", "CALCULATED"})  # CALCULATED: liquidation and ADL
TAKEN_OVER = frozenset({"NEW_INSURANCE", "NEW_ADL"})  # older spellings for orders of the liquidation engine


def frame_payload(frame: str | bytes) -> Row:
    """The event in a frame, out of its ``{"stream", "data"}`` wrapping if it has one. Raises MalformedPayload."""
    try:
        payload = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise MalformedPayload(f"frame: {error}") from error
    if not isinstance(payload, Mapping):
        raise MalformedPayload(f"frame: {str(payload)[:300]}")
    wrapped = payload.get("data")
    return wrapped if "stream" in payload and isinstance(wrapped, Mapping) else payload


def user_event(payload: Row) -> UserEvent | None:
    """The event, or None for a type the desk does not use. Raises MalformedPayload."""
    parse = PARSERS.get(str(payload.get("e")))
    return parse(payload) if parse else None


@strict
def order_update(payload: Row) -> OrderUpdate:
    """ORDER_TRADE_UPDATE."""
    row = payload["o"]
    state = OrderState(
        symbol=row["s"],
        client_order_id=row["c"],
        order_id=int(row["i"]),
        side=Side(row["S"]),
        position_side=PositionSide(row["ps"]),
        order_type=row["o"],
        status=_status(row),
        price=decimal(row, "p"),
        quantity=decimal(row, "q"),
        executed_quantity=decimal(row, "z"),
        average_price=positive_or_none(row, "ap"),
        reduce_only=flag(row, "R"),
        updated_at=moment(payload, "T"),
    )
    return OrderUpdate(order=state, execution_type=row["x"], trade=_fill(row), at=moment(payload, "E"))


def _status(row: Row) -> VenueStatus:
    if row["X"] not in TAKEN_OVER:
        return VenueStatus(row["X"])
    filled = decimal(row, "z")
    if not filled:
        return VenueStatus.NEW
    return VenueStatus.FILLED if filled >= decimal(row, "q") else VenueStatus.PARTIALLY_FILLED


def _fill(row: Row) -> VenueTrade | None:
    """The fill an order event carries. Liquidations also send CALCULATED without a quantity: no fill."""
    if row["x"] not in FILLING or not int(row["t"]) or not decimal(row, "l"):
        return None
    return VenueTrade(
        symbol=row["s"],
        trade_id=int(row["t"]),
        order_id=int(row["i"]),
        side=Side(row["S"]),
        position_side=PositionSide(row["ps"]),
        price=decimal(row, "L"),
        quantity=decimal(row, "l"),
        realized_pnl=decimal(row, "rp"),
        commission=decimal(row, "n") if row.get("n") else Decimal(0),
        commission_asset=row.get("N") or "",
        is_maker=flag(row, "m"),
        at=moment(row, "T"),
    )


@strict
def algo_update(payload: Row) -> AlgoUpdate:
    """ALGO_UPDATE."""
    row = payload["o"]
    state = AlgoOrderState(
        symbol=row["s"],
        client_order_id=row["caid"],
        algo_id=int(row["aid"]),
        side=Side(row["S"]),
        position_side=PositionSide(row["ps"]),
        order_type=row["o"],
        status=VenueStatus(row["X"]),
        trigger_price=decimal(row, "tp"),
        quantity=decimal(row, "q"),
        close_position=flag(row, "cp"),
        reduce_only=flag(row, "R"),
        child_order_id=child_order_id(row.get("ai")),
        updated_at=moment(payload, "T"),
    )
    return AlgoUpdate(order=state, reject_reason=row.get("rm") or "", at=moment(payload, "E"))


@strict
def account_update(payload: Row) -> AccountUpdate:
    """ACCOUNT_UPDATE; ``B`` and ``P`` hold only what changed."""
    row = payload["a"]
    return AccountUpdate(
        reason=row["m"],
        wallet_balances={balance["a"]: decimal(balance, "wb") for balance in row.get("B") or ()},
        positions=tuple(_position(entry) for entry in row.get("P") or ()),
        at=moment(payload, "E"),
    )


def _position(row: Row) -> PositionUpdate:
    return PositionUpdate(
        symbol=row["s"],
        position_side=PositionSide(row["ps"]),
        quantity=decimal(row, "pa"),
        entry_price=decimal(row, "ep"),
    )


PARSERS: Mapping[str, Callable[[Any], UserEvent]] = {
    "ORDER_TRADE_UPDATE": order_update,
    "ALGO_UPDATE": algo_update,
    "ACCOUNT_UPDATE": account_update,
}
