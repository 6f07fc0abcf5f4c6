"""The user stream over a real WebSocket."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from exchange.paper.server.listen_keys import ListenKeys
from tests.exchange.paper.scripted import KEY
from tests.exchange.paper.server.running import DEADLINE_S, running


def listen_key(exchange):
    return exchange.keyed("POST", "/fapi/v1/listenKey").json()["listenKey"]


def ask(socket, **message):
    socket.send(json.dumps(message))
    return json.loads(socket.recv(DEADLINE_S))


def settled(socket):
    """Wait until the connection is served: the exchange has answered a command on it."""
    assert ask(socket, method="LIST_SUBSCRIPTIONS", id="ready")["id"] == "ready"
    return socket


def frames(socket, count):
    return [json.loads(socket.recv(DEADLINE_S)) for _ in range(count)]


@pytest.mark.parametrize("form", ["/private/ws?listenKey={}", "/private/ws/{}", "/ws/{}", "/ws?listenKey={}"])
def test_user_data_arrives_as_raw_frames(exchange, form):
    with connect(exchange.ws + form.format(listen_key(exchange))) as socket:
        settled(socket)

        exchange.buy()

        assert [f["e"] for f in frames(socket, 4)] == [
            "ORDER_TRADE_UPDATE",
            "TRADE_LITE",
            "ACCOUNT_UPDATE",
            "ORDER_TRADE_UPDATE",
        ]


def test_fill_event_says_everything_about_the_fill(exchange):
    with connect(f"{exchange.ws}/private/ws?listenKey={listen_key(exchange)}&events=ORDER_TRADE_UPDATE") as socket:
        settled(socket)

        exchange.buy("2", newClientOrderId="mine")
        new, trade = frames(socket, 2)

    assert (new["o"]["x"], new["o"]["X"]) == ("NEW", "NEW")
    row = trade["o"]
    assert (row["x"], row["X"], row["c"], row["L"], row["l"], row["z"]) == (
        "TRADE",
        "FILLED",
        "mine",
        "100.1",
        "2",
        "2",
    )
    assert (row["n"], row["N"], row["rp"], row["m"], row["ap"]) == ("0.1001", "USDT", "0", False, "100.1")
    assert trade["E"] == row["T"] == exchange.now_ms()


def test_events_parameter_chooses(exchange):
    key = listen_key(exchange)
    with connect(f"{exchange.ws}/private/ws?listenKey={key}&events=ALGO_UPDATE/ACCOUNT_UPDATE") as socket:
        settled(socket)

        exchange.buy()
        exchange.stop()

        assert [f["e"] for f in frames(socket, 2)] == ["ACCOUNT_UPDATE", "ALGO_UPDATE"]


def test_stream_form_wraps_its_frames(exchange):
    key = listen_key(exchange)
    with connect(f"{exchange.ws}/private/stream") as socket:
        assert ask(socket, method="SUBSCRIBE", params=[key], id="u-u-i-d") == {"result": None, "id": "u-u-i-d"}

        exchange.stop(closePosition="", quantity="1")

        frame = frames(socket, 1)[0]
        assert (frame["stream"], frame["data"]["e"], frame["data"]["o"]["X"]) == (key, "ALGO_UPDATE", "NEW")


def test_commands_echo_any_id_and_errors_have_codes(exchange):
    with connect(f"{exchange.ws}/market/ws/1") as socket:
        assert ask(socket, method="SUBSCRIBE", params=["btcusdt@kline_1m"], id=7) == {"result": None, "id": 7}
        assert ask(socket, method="UNSUBSCRIBE", params=["1"], id=None) == {"result": None, "id": None}
        assert ask(socket, method="LIST_SUBSCRIPTIONS", id=3) == {"result": ["btcusdt@kline_1m"], "id": 3}
        assert ask(socket, method="DANCE", id=4)["code"] == 2
        socket.send("{nonsense")
        assert json.loads(socket.recv(DEADLINE_S))["code"] == 3


def test_wrong_key_opens_and_stays_silent(exchange):
    with connect(f"{exchange.ws}/private/ws?listenKey=wrong") as socket:
        settled(socket)

        exchange.buy()

        with pytest.raises(TimeoutError):
            socket.recv(0.2)


def test_user_data_is_not_served_on_the_market_route(exchange):
    with connect(f"{exchange.ws}/market/ws/{listen_key(exchange)}") as socket:
        settled(socket)

        exchange.buy()

        with pytest.raises(TimeoutError):
            socket.recv(0.2)


def test_accounts_do_not_hear_each_other(exchange):
    exchange.http.post("/control/accounts", json={"api_key": "k2", "api_secret": "s2", "deposit": "50"})
    other = exchange.http.post("/fapi/v1/listenKey", headers={"X-MBX-APIKEY": "k2"}).json()["listenKey"]
    with connect(f"{exchange.ws}/private/ws?listenKey={other}") as socket:
        settled(socket)

        exchange.buy()

        with pytest.raises(TimeoutError):
            socket.recv(0.2)


def test_fills_of_the_market_arrive_while_time_runs(tmp_path):
    with running(tmp_path, speed="10000") as exchange:
        order = {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "7",
            "price": "99",
        }
        exchange.done("POST", "/fapi/v1/order", **order)
        key = listen_key(exchange)
        with connect(f"{exchange.ws}/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE") as socket:
            settled(socket)

            exchange.clock(held=False)

            assert [f["o"]["X"] for f in frames(socket, 2)] == ["PARTIALLY_FILLED", "FILLED"]


class TestListenKey:
    def test_same_key_comes_back_until_it_is_deleted(self, exchange):
        first = listen_key(exchange)
        extended = exchange.keyed("PUT", "/fapi/v1/listenKey").json()["listenKey"]

        assert listen_key(exchange) == extended == first
        assert exchange.keyed("DELETE", "/fapi/v1/listenKey").json() == {}
        assert exchange.keyed("PUT", "/fapi/v1/listenKey").json()["code"] == -1125
        assert listen_key(exchange) != first

    def test_expired_key_is_told_once_and_then_silent(self, tmp_path):
        with running(tmp_path, listen_keys=ListenKeys(validity_s=0.3)) as exchange:
            key = listen_key(exchange)
            with connect(f"{exchange.ws}/private/ws?listenKey={key}") as socket:
                frame = frames(socket, 1)[0]
                exchange.buy()

                assert (frame["e"], frame["listenKey"]) == ("listenKeyExpired", key)
                with pytest.raises(TimeoutError):
                    socket.recv(0.2)
            assert exchange.keyed("PUT", "/fapi/v1/listenKey").json()["code"] == -1125

    def test_key_survives_a_restart(self, tmp_path):
        with running(tmp_path) as exchange:
            key = listen_key(exchange)
        with running(tmp_path) as exchange, connect(f"{exchange.ws}/ws/{key}") as socket:
            settled(socket)

            exchange.stop(closePosition="", quantity="1")

            assert frames(socket, 1)[0]["e"] == "ALGO_UPDATE"


def test_connection_ends_after_its_lifetime(tmp_path):
    with running(tmp_path, stream_lifetime_s=0.1) as exchange, connect(f"{exchange.ws}/private/ws") as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(DEADLINE_S)
        assert KEY in exchange.state()["accounts"]
