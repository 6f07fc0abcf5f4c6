import json
from decimal import Decimal

import pytest

from exchange.binance.events import frame_payload, user_event
from exchange.binance.parsing import MalformedPayload
from exchange.types import (
    AccountUpdate,
    AlgoUpdate,
    OrderUpdate,
    PositionSide,
    Side,
    VenueStatus,
    from_ms,
)


@pytest.fixture
def event(payload):
    """The event in a captured payload, with members of its inner object replaced."""

    def read(name, **changes):
        captured = frame_payload(json.dumps(payload(name)))
        captured[("a" if "a" in captured else "o")].update(changes)
        return user_event(captured)

    return read


def test_new_order_carries_no_fill(event):
    update = event("order_update_new")

    assert isinstance(update, OrderUpdate)
    assert update.execution_type == "NEW"
    assert update.order.order_type == "TRAILING_STOP_MARKET"
    assert update.order.average_price is None
    assert update.trade is None


def test_partial_fill(event):
    update = event("order_update_trade_partial")

    assert update.order.status is VenueStatus.PARTIALLY_FILLED
    assert (update.order.quantity, update.order.executed_quantity) == (Decimal("0.002"), Decimal("0.001"))
    assert update.order.average_price == Decimal("7100.50")
    assert (update.trade.trade_id, update.trade.order_id) == (12345678, 8886774)
    assert (update.trade.price, update.trade.quantity) == (Decimal("7100.50"), Decimal("0.001"))
    assert (update.trade.commission, update.trade.commission_asset) == (Decimal("0.01"), "USDT")
    assert update.trade.realized_pnl == Decimal("12.34")
    assert update.trade.is_maker
    assert update.at == from_ms(1568879465651)


def test_last_fill_out_of_a_wrapped_frame(event):
    update = event("order_update_trade_filled")

    assert update.order.status is VenueStatus.FILLED
    assert update.order.reduce_only
    assert update.trade.position_side is PositionSide.BOTH
    assert update.trade.quantity == update.order.executed_quantity == Decimal("1.000")


@pytest.mark.parametrize("name", ["order_update_liquidation", "order_update_adl", "order_update_settlement"])
def test_forced_closings_are_fills_of_the_position(event, name):
    update = event(name)

    assert update.execution_type == "CALCULATED"
    assert update.order.status is VenueStatus.FILLED
    assert update.trade.quantity == update.order.quantity


@pytest.mark.parametrize("name", ["order_update_liquidation_zero_quantity", "order_update_calculated_pending"])
def test_liquidation_notice_without_quantity_is_no_fill(event, name):
    assert event(name).trade is None


def test_fill_without_a_fee_costs_nothing(event):
    trade = event("order_update_delivery").trade

    assert (trade.commission, trade.commission_asset) == (0, "")


@pytest.mark.parametrize(
    ("executed", "status"),
    [("0", VenueStatus.NEW), ("0.010", VenueStatus.PARTIALLY_FILLED), ("0.020", VenueStatus.FILLED)],
)
def test_older_liquidation_status_follows_the_executed_quantity(event, executed, status):
    assert event("order_update_insurance", z=executed).order.status is status


def test_older_adl_status_is_understood(event):
    assert event("order_update_adl_old").order.status is VenueStatus.FILLED


def test_life_of_a_stop(event):
    names = ["new", "triggering", "triggered", "finished", "finished_canceled", "canceled"]
    updates = [event(f"algo_update_{name}") for name in names]

    assert all(isinstance(update, AlgoUpdate) for update in updates)
    assert [update.order.status.value for update in updates] == [
        "NEW",
        "TRIGGERING",
        "TRIGGERED",
        "FINISHED",
        "FINISHED",
        "CANCELED",
    ]
    assert [update.order.child_order_id for update in updates] == [
        None,
        None,
        88937381063,
        88937381063,
        88937381064,
        None,
    ]


def test_members_of_an_algo_update(event):
    update = event("algo_update_triggered")

    assert update.order.client_order_id == "O-20251211-053131-TEST-000-1"
    assert update.order.algo_id == 1000000033225453
    assert (update.order.side, update.order.position_side) == (Side.BUY, PositionSide.BOTH)
    assert (update.order.trigger_price, update.order.quantity) == (Decimal("0.13855"), Decimal(38))
    assert update.reject_reason == ""
    assert (update.order.updated_at, update.at) == (from_ms(1765431097030), from_ms(1765431097037))


def test_reject_reason_of_an_algo_order(event):
    update = event("algo_update_triggered", X="REJECTED", rm="Reduce Only reject")

    assert (update.order.status, update.reject_reason) == (VenueStatus.REJECTED, "Reduce Only reject")


def test_account_update(event):
    update = event("account_update")

    assert isinstance(update, AccountUpdate)
    assert update.reason == "ORDER"
    assert update.wallet_balances == {"USDT": Decimal("122624.12345678")}
    assert [(p.position_side, p.quantity) for p in update.positions] == [
        (PositionSide.BOTH, 0),
        (PositionSide.LONG, 20),
        (PositionSide.SHORT, -10),
    ]


def test_account_update_of_another_asset_without_positions(event):
    update = event("account_update_other_asset")

    assert update.wallet_balances == {"BNFCR": Decimal("5001.28983031")}
    assert update.positions == ()


def test_types_the_desk_does_not_use_are_nothing(payload):
    assert user_event(payload("trade_lite")) is None
    assert user_event({"result": None, "id": 1}) is None


@pytest.mark.parametrize("changes", [{"X": "ODD"}, {"z": None}, {"i": ""}, {"S": None}, {"l": "x"}], ids=str)
def test_surprise_in_an_order_event_is_an_error(event, changes):
    with pytest.raises(MalformedPayload, match="order_update"):
        event("order_update_trade_partial", **changes)


@pytest.mark.parametrize("frame", ["", "no json", "[1]", "7"])
def test_frame_that_is_no_object_is_an_error(frame):
    with pytest.raises(MalformedPayload, match="frame"):
        frame_payload(frame)
