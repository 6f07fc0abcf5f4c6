"""Faults of the user stream over a real WebSocket, beside what the exchange's own records say."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.exchange.paper.faults.faulty import (
    executions,
    faults,
    frames,
    heard,
    listen_key,
    set_fault,
    settled,
    struck,
)
from tests.exchange.paper.scripted import KEY
from tests.exchange.paper.server.running import DEADLINE_S, running, wait_for

FILL = ["ORDER_TRADE_UPDATE", "TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"]


@pytest.fixture
def stream(exchange):
    """A user stream of the exchange's first account."""
    with connect(f"{exchange.ws}/private/ws?listenKey={listen_key(exchange)}") as socket:
        yield settled(socket)


def recorded(exchange):
    """Kinds of the records since the account was opened."""
    return [event["type"] for event in exchange.events()][1:]


def test_doubled_fill_is_sent_twice_and_recorded_once(exchange, stream):
    set_fault(exchange, "fills_doubled", count=1)

    exchange.buy()

    fill = executions(frames(stream, 5))
    assert fill == ["NEW:NEW", "TRADE_LITE", "ACCOUNT_UPDATE", "TRADE:FILLED", "TRADE:FILLED"]
    assert recorded(exchange) == FILL
    assert struck(exchange) == [1]


def test_reordered_fill_comes_after_the_next_event_of_its_order(exchange, stream):
    set_fault(exchange, "fills_split", pieces=2)
    set_fault(exchange, "fills_reordered", count=1, hold_ms=60_000)

    exchange.buy()

    came = [name for name in executions(frames(stream, 7)) if name.startswith("TRADE:")]
    assert came == ["TRADE:FILLED", "TRADE:PARTIALLY_FILLED"]


def test_reordered_fill_without_a_successor_is_only_late(exchange, stream):
    set_fault(exchange, "fills_reordered", hold_ms=150)

    exchange.buy()

    assert executions(frames(stream, 4))[-1] == "TRADE:FILLED"
    assert recorded(exchange) == FILL


def test_fill_known_to_rest_only_sends_nothing_but_happened(exchange, stream):
    set_fault(exchange, "fills_rest_only", count=1)

    exchange.buy("2", newClientOrderId="silent")

    assert executions(heard(stream)) == ["NEW:NEW"]
    assert exchange.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")[0]["qty"] == "2"
    assert exchange.done("GET", "/fapi/v3/positionRisk")[0]["positionAmt"] == "2"
    assert recorded(exchange) == FILL
    exchange.buy("1")
    assert executions(frames(stream, 4))[-1] == "TRADE:FILLED"


def test_gap_drops_the_events_it_names(exchange, stream):
    set_fault(exchange, "event_gap", events="ACCOUNT_UPDATE")
    set_fault(exchange, "event_gap", events=["ORDER_TRADE_UPDATE"], execution="TRADE", side="SELL")

    exchange.buy()
    exchange.buy(side="SELL")

    assert executions(heard(stream)) == ["NEW:NEW", "TRADE_LITE", "TRADE:FILLED", "NEW:NEW", "TRADE_LITE"]
    assert recorded(exchange) == FILL * 2
    assert struck(exchange) == [2, 1]


def test_gap_may_drop_by_chance_and_the_seed_decides_which(exchange, stream):
    exchange.control("faults", seed=5, faults=[{"fault": "event_gap", "probability": 0.5}])

    for _ in range(8):
        exchange.buy("0.1")

    came, dropped = len(heard(stream)), struck(exchange)[0]
    assert came + dropped == 32
    assert 4 < dropped < 28


def test_silent_stream_stays_open_and_speaks_again_afterwards(exchange, stream):
    number = set_fault(exchange, "stream_silent", account=KEY)

    exchange.buy()
    silent = heard(stream)
    exchange.http.delete("/control/faults", params={"id": number})
    exchange.buy()

    assert silent == []
    assert executions(heard(stream))[-1] == "TRADE:FILLED"


def test_silence_of_another_account_is_not_ours(exchange, stream):
    set_fault(exchange, "stream_silent", account="other")

    exchange.buy()

    assert len(heard(stream)) == 4


def test_listen_key_expires_at_once_and_the_stream_goes_silent(exchange, stream):
    set_fault(exchange, "listen_key_expired")

    expiry = frames(stream, 1)[0]
    exchange.buy()

    assert expiry["e"] == "listenKeyExpired"
    assert heard(stream) == []
    assert exchange.keyed("PUT", "/fapi/v1/listenKey").json()["code"] == -1125
    assert listen_key(exchange) != expiry["listenKey"]


def test_listen_key_expires_right_after_a_fill(exchange, stream):
    set_fault(exchange, "listen_key_expired", events="ORDER_TRADE_UPDATE", execution="TRADE", count=1)

    exchange.buy()

    assert executions(frames(stream, 5))[-2:] == ["TRADE:FILLED", "listenKeyExpired"]


def test_stream_is_closed_as_after_24_hours(exchange, stream):
    set_fault(exchange, "stream_disconnect")

    with pytest.raises(ConnectionClosed):
        stream.recv(DEADLINE_S)
    assert stream.close_code == 1001
    with connect(f"{exchange.ws}/private/ws?listenKey={listen_key(exchange)}") as again:
        settled(again)
        exchange.buy()
        assert len(frames(again, 4)) == 4


def test_stream_is_closed_right_after_an_event_with_any_code(exchange, stream):
    set_fault(exchange, "stream_disconnect", events="TRADE_LITE", code=1008)

    exchange.buy()

    assert executions(frames(stream, 2)) == ["NEW:NEW", "TRADE_LITE"]
    with pytest.raises(ConnectionClosed):
        stream.recv(DEADLINE_S)
    assert stream.close_code == 1008
    assert recorded(exchange) == FILL


def test_market_streams_are_not_closed_with_user_streams(exchange):
    with connect(f"{exchange.ws}/market/ws/btcusdt@markPrice") as socket:
        settled(socket)

        number = set_fault(exchange, "stream_disconnect")
        wait_for(lambda: faults(exchange)[number - 1]["struck"] == 1)

        settled(socket)


def test_events_come_before_the_answer(exchange, stream):
    set_fault(exchange, "events_before_answer", ms=400)

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(exchange.buy)
        came = executions(frames(stream, 4))
        was_answered = answer.done()

    assert came[-1] == "TRADE:FILLED"
    assert not was_answered
    assert answer.result()["symbol"] == "BTCUSDT"


def test_stream_stays_silent_for_its_market_time(tmp_path):
    with running(tmp_path) as exchange:
        key = listen_key(exchange)
        with connect(f"{exchange.ws}/private/ws?listenKey={key}") as socket:
            settled(socket)
            set_fault(exchange, "stream_silent", for_market_s=60)

            exchange.buy()
            exchange.clock(step_ms=60_000)
            exchange.buy()

            assert len(heard(socket)) == 4
