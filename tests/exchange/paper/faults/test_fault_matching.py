"""What a fault is about: requests, orders, events."""

import pytest

from exchange.paper.core.state import Record
from exchange.paper.faults.matching import asked, asks_for, is_fill, tells_of
from exchange.paper.faults.reading import read_spec
from exchange.paper.faults.treatment import is_closing
from tests.exchange.paper.faults.faulty import FaultyDesk
from tests.exchange.paper.scripted import KEY

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "newClientOrderId": "dl9-4-e1"}


def on_request(**fields):
    return read_spec({"fault": "request_lost"} | fields)


def on_event(**fields):
    return read_spec({"fault": "event_gap"} | fields)


def told(desk, **fields):
    """Records of the desk that a fault with these fields is about, as EVENT:status."""
    spec = on_event(**fields)
    names = zip(desk.engine.records, desk.kinds(), strict=True)
    return [name for record, name in names if tells_of(spec, record)]


@pytest.fixture
def traded():
    """A desk that bought, placed a stop, and was stopped out."""
    desk = FaultyDesk([(1000, "94", "1000")])
    desk.market_order("BUY", "1", newClientOrderId="dl1-e1")
    desk.algo(clientAlgoId="dl1-s1")
    desk.after(1000)
    return desk


@pytest.mark.parametrize(
    ("fields", "is_meant"),
    [
        ({}, True),
        ({"request": "POST /fapi/v1/order"}, True),
        ({"request": ["order.place", "POST /fapi/v1/order"]}, True),
        ({"request": "DELETE /fapi/v1/order"}, False),
        ({"client_id": "dl*"}, True),
        ({"client_id": "dl9-4-e?"}, True),
        ({"client_id": "DL*"}, False),
        ({"client_id": "e1"}, False),
        ({"symbol": "BTCUSDT", "side": "BUY", "order_type": "MARKET", "account": "key"}, True),
        ({"symbol": "BTCUSDT", "side": "SELL"}, False),
    ],
)
def test_request_fits_when_every_field_does(fields, is_meant):
    request = asked(name="POST /fapi/v1/order", account="key", values=ORDER)

    assert asks_for(on_request(**fields), request) is is_meant


@pytest.mark.parametrize("name", ["clientAlgoId", "origClientOrderId", "newClientOrderId"])
def test_client_id_is_found_under_any_of_its_names(name):
    request = asked(name="DELETE /fapi/v1/order", account="key", values={name: "dl1-s1"})

    assert asks_for(on_request(client_id="dl1-s1"), request)


@pytest.mark.parametrize("batch", ["{nonsense", "[1, 2]", '{"symbol": "X"}', "null", ""])
def test_batch_that_cannot_be_read_counts_as_one_request(batch):
    request = asked(name="POST /fapi/v1/batchOrders", account="key", values={"batchOrders": batch, "symbol": "OWN"})

    assert asks_for(on_request(symbol="OWN"), request)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"side": "BUY"}, False),
        ({"side": "SELL", "reduceOnly": "true"}, True),
        ({"side": "SELL", "reduceOnly": "TRUE"}, True),
        ({"side": "SELL", "closePosition": "true"}, True),
        ({"side": "SELL", "positionSide": "BOTH"}, False),
        ({"side": "SELL", "positionSide": "LONG"}, True),
        ({"side": "BUY", "positionSide": "LONG"}, False),
        ({"side": "BUY", "positionSide": "SHORT"}, True),
        ({"side": "SIDEWAYS", "positionSide": "NOWHERE"}, False),
        ({}, False),
    ],
)
def test_what_can_only_close(values, expected):
    assert is_closing(values) is expected


def test_events_are_told_apart_by_kind_and_state(traded):
    assert told(traded, events="TRADE_LITE") == ["TRADE_LITE"] * 2
    assert told(traded, events="ORDER_TRADE_UPDATE", execution="TRADE") == ["ORDER_TRADE_UPDATE:FILLED"] * 2
    assert told(traded, status="FINISHED") == ["ALGO_UPDATE:FINISHED"]


def test_stop_and_the_order_it_fires_are_known_by_the_stop_s_type_and_id(traded):
    child = ["ORDER_TRADE_UPDATE:NEW", "ORDER_TRADE_UPDATE:FILLED"]

    assert told(traded, events="ORDER_TRADE_UPDATE", order_type="STOP_MARKET") == child
    assert told(traded, events="ORDER_TRADE_UPDATE", client_id="*-s1") == child
    assert len(told(traded, events="ALGO_UPDATE", client_id="*-s1")) == 4


def test_account_events_are_known_by_their_positions(traded):
    changes = ["ACCOUNT_UPDATE"] * 2

    assert told(traded, events="ACCOUNT_UPDATE", symbol="BTCUSDT") == changes
    assert told(traded, events="ACCOUNT_UPDATE", symbol="ETHUSDT") == []
    assert told(traded, events="ACCOUNT_UPDATE", account=KEY) == ["ACCOUNT_UPDATE", *changes]


def test_leverage_events_are_known_by_their_symbol(traded):
    traded.do("set_leverage", symbol="ETHUSDT", leverage="3")

    assert told(traded, symbol="ETHUSDT") == ["ACCOUNT_CONFIG_UPDATE"]


def test_fills_are_trades_and_the_exchange_s_own_closings():
    def record(execution):
        return Record(1, 0, KEY, "ORDER_TRADE_UPDATE", {"o": {"x": execution}})

    found = {x: is_fill(record(x)) for x in ("NEW", "TRADE", "CALCULATED", "CANCELED")}
    assert found == {"NEW": False, "TRADE": True, "CALCULATED": True, "CANCELED": False}
