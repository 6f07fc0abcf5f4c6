"""Market streams over a real WebSocket: routes, forms, commands and limits."""

import json
from contextlib import contextmanager
from itertools import pairwise

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from exchange.paper.core.terms import REALISTIC
from tests.exchange.paper.server.market_ear import recorded_market
from tests.exchange.paper.server.running import DEADLINE_S, running

PUBLIC, MARKET = "btcusdt@depth5@100ms", "btcusdt@markPrice@1s"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    """A held exchange on the recorded market, shared by tests that only read and step on."""
    with running(tmp_path_factory.mktemp("home"), market=recorded_market(), terms=REALISTIC) as client:
        yield client


def ask(socket, **message):
    socket.send(json.dumps(message))
    return answer(socket, message.get("id"))


def answer(socket, identity):
    """The next answer to a command; frames of streams before it are skipped."""
    while True:
        frame = json.loads(socket.recv(DEADLINE_S))
        if "result" in frame or "code" in frame:
            assert frame.get("id", identity) == identity
            return frame


@contextmanager
def connected(exchange, path):
    with connect(exchange.ws + path) as socket:
        assert ask(socket, method="LIST_SUBSCRIPTIONS", id="ready")["id"] == "ready"
        yield socket


def heard(exchange, socket, ms=5000):
    """The next frame while time passes."""
    exchange.clock(step_ms=ms)
    return json.loads(socket.recv(DEADLINE_S))


def is_silent(exchange, socket):
    exchange.clock(step_ms=5000)
    with pytest.raises(TimeoutError):
        socket.recv(0.3)
    return True


@pytest.mark.parametrize(
    ("path", "event"),
    [
        (f"/public/ws/{PUBLIC}", "depthUpdate"),
        (f"/ws/{PUBLIC}", "depthUpdate"),
        (f"/market/ws/{MARKET}", "markPriceUpdate"),
        (f"/market/ws/7/{MARKET}", "markPriceUpdate"),
    ],
)
def test_names_in_the_path_give_raw_frames(exchange, path, event):
    with connected(exchange, path) as socket:
        assert heard(exchange, socket)["e"] == event


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/public/stream?streams={PUBLIC}", PUBLIC),
        (f"/stream?streams={PUBLIC}", PUBLIC),
        (f"/market/stream?streams={MARKET}/1", MARKET),
    ],
)
def test_names_in_the_query_give_wrapped_frames(exchange, path, name):
    with connected(exchange, path) as socket:
        frame = heard(exchange, socket)

        assert frame["stream"] == name
        assert frame["data"]["s"] == "BTCUSDT"


def test_several_names_share_a_connection(exchange):
    with connected(exchange, f"/public/stream?streams=ethusdt@depth5/{PUBLIC}") as socket:
        frames = [heard(exchange, socket), json.loads(socket.recv(DEADLINE_S))]

    assert {frame["stream"]: frame["data"]["s"] for frame in frames} == {"ethusdt@depth5": "ETHUSDT", PUBLIC: "BTCUSDT"}


@pytest.mark.parametrize(
    "path",
    [
        f"/market/ws/{PUBLIC}",
        f"/public/ws/{MARKET}",
        f"/private/ws/{MARKET}/{PUBLIC}",
        f"/ws/{MARKET}",
        f"/stream?streams={MARKET}",
        f"/public/ws/{PUBLIC.upper()}",
    ],
)
def test_name_on_the_wrong_route_is_acknowledged_and_silent(exchange, path):
    with connected(exchange, path) as socket:
        assert ask(socket, method="SUBSCRIBE", params=["bogus@name"], id=1) == {"result": None, "id": 1}
        assert is_silent(exchange, socket)


def test_subscribe_list_and_unsubscribe(exchange):
    with connected(exchange, "/market/ws/1") as socket:
        assert ask(socket, method="SUBSCRIBE", params=[MARKET, "!ticker@arr"], id=1) == {"result": None, "id": 1}
        assert ask(socket, method="LIST_SUBSCRIPTIONS", id="l")["result"] == ["1", MARKET, "!ticker@arr"]
        first = heard(exchange, socket, 1000)
        assert ask(socket, method="UNSUBSCRIBE", params=[MARKET, "!ticker@arr"], id=None) == {
            "result": None,
            "id": None,
        }
        assert ask(socket, method="LIST_SUBSCRIPTIONS", id=3)["result"] == ["1"]

        assert first["e"] == "markPriceUpdate"
        assert is_silent(exchange, socket)


def test_combined_property_changes_the_form(exchange):
    with connected(exchange, f"/market/ws/{MARKET}") as socket:
        assert ask(socket, method="GET_PROPERTY", params=["combined"], id=1)["result"] is False
        assert ask(socket, method="SET_PROPERTY", params=["combined", True], id=2) == {"result": None, "id": 2}
        assert ask(socket, method="GET_PROPERTY", params=["combined"], id=3)["result"] is True

        assert heard(exchange, socket)["stream"] == MARKET


def test_streams_of_all_connections_agree_with_rest(exchange):
    path = "/market/stream?streams=btcusdt@ticker/btcusdt@kline_1h"
    with connected(exchange, path) as one, connected(exchange, path) as other:
        exchange.clock(step_ms=30_000)
        frames = [sorted((json.loads(socket.recv(DEADLINE_S)) for _ in range(2)), key=str) for socket in (one, other)]

        assert frames[0] == frames[1]
        by_name = {frame["stream"]: frame["data"] for frame in frames[0]}
        bar = exchange.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=1).json()[0]
        day = exchange.get("/fapi/v1/ticker/24hr", symbol="BTCUSDT").json()
        assert by_name["btcusdt@kline_1h"]["k"]["c"] == bar[4]
        assert by_name["btcusdt@ticker"]["v"] == day["volume"]
        assert by_name["btcusdt@ticker"]["E"] == exchange.now_ms()


def test_1025th_name_is_refused_and_ends_the_connection(exchange):
    names = [f"n{number}usdt@kline_1m" for number in range(1025)]
    with connect(exchange.ws + "/market/ws") as socket:
        assert ask(socket, method="SUBSCRIBE", params=names[:1024], id=1) == {"result": None, "id": 1}
        assert ask(socket, method="SUBSCRIBE", params=names[:1024], id=2) == {"result": None, "id": 2}

        assert ask(socket, method="SUBSCRIBE", params=names[1024:], id=3)["code"] == 4
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(DEADLINE_S)
        assert closed.value.rcvd.code == 1008


def test_too_many_names_in_the_address_are_refused(exchange):
    names = "/".join(f"n{number}" for number in range(1025))
    with connect(f"{exchange.ws}/market/stream?streams={names}") as socket:
        assert json.loads(socket.recv(DEADLINE_S))["code"] == 4
        with pytest.raises(ConnectionClosed):
            socket.recv(DEADLINE_S)


def test_eleventh_message_within_a_second_ends_the_connection(exchange):
    with connect(exchange.ws + "/market/ws") as socket:
        for number in range(11):
            socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))

        answers = [json.loads(socket.recv(DEADLINE_S))["id"] for _ in range(10)]
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(DEADLINE_S)

    assert answers == list(range(10))
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Too many requests")


def test_streams_come_by_themselves_while_time_runs(tmp_path):
    with (
        running(tmp_path, market=recorded_market(), speed="60", is_held=False, terms=REALISTIC) as exchange,
        connected(exchange, "/market/ws/btcusdt@kline_1m") as socket,
    ):
        closed = []
        while len(closed) < 3:
            frame = json.loads(socket.recv(DEADLINE_S))
            closed += [frame["k"]["t"]] if frame["k"]["x"] else []

    assert [later - earlier for earlier, later in pairwise(closed)] == [60_000, 60_000]


def test_leap_of_a_month_reaches_a_client_that_reads(tmp_path):
    month_ms = 30 * 86_400_000
    with (
        running(tmp_path, market=recorded_market(), terms=REALISTIC) as exchange,
        connected(exchange, "/market/ws/btcusdt@kline_15m") as socket,
    ):
        exchange.clock(step_ms=month_ms)
        opens = [json.loads(socket.recv(DEADLINE_S))["k"]["t"] for _ in range(2880)]

    assert {later - earlier for earlier, later in pairwise(opens)} == {900_000}


def test_connection_that_ends_leaves_the_others_their_streams(tmp_path):
    with (
        running(tmp_path, market=recorded_market(), terms=REALISTIC) as exchange,
        connected(exchange, f"/market/ws/{MARKET}") as socket,
    ):
        with connected(exchange, f"/market/ws/{MARKET}"):
            pass

        assert heard(exchange, socket)["e"] == "markPriceUpdate"
