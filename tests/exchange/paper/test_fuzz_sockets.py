"""Sockets that send too much, too little or nothing: they are ended or refused, and others are served meanwhile."""

import random
import socket
from contextlib import ExitStack, contextmanager

import pytest

from exchange.paper.server import requests
from exchange.paper.server.intake import BoundedProtocol
from exchange.paper.server.requests import MAX_BODY_BYTES
from tests.exchange.paper.server.running import running

WAIT_S = 5
IDLE_SOCKETS = 1000
HEAD = b"POST /fapi/v1/order HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    with running(tmp_path_factory.mktemp("sockets")) as client:
        yield client


@contextmanager
def connected(client):
    host, port = client.ws.removeprefix("ws://").split(":")
    with socket.create_connection((host, int(port)), timeout=WAIT_S) as plain:
        yield plain


def answer_of(plain):
    """Everything until the server closes or the whole answer has come."""
    received = b""
    while b"\r\n\r\n" not in received and (data := plain.recv(65_536)):
        received += data
    return received


def is_ended(plain):
    """Whether the server closes the connection within the time."""
    try:
        while plain.recv(65_536):
            continue
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def send_all(plain, data):
    """Send as much as the server takes."""
    try:
        plain.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def serves(client):
    return client.get("/fapi/v1/ping").json() == {}


def test_idle_sockets_keep_nobody_from_being_served(exchange):
    with ExitStack() as sockets:
        for _ in range(IDLE_SOCKETS):
            sockets.enter_context(connected(exchange))

        assert serves(exchange)
        assert exchange.buy()["status"] == "NEW"


def test_half_a_head_is_ended_in_time_and_others_are_served(exchange, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "head_within_s", 0.2)
    with connected(exchange) as slow:
        slow.sendall(b"GET /fapi/v1/time HTTP/1.1\r\nHost: ")

        assert serves(exchange)
        assert is_ended(slow)


def test_half_a_second_head_on_a_used_connection_is_ended_too(exchange, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "head_within_s", 0.2)
    with connected(exchange) as slow:
        slow.sendall(b"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer_of(slow).startswith(b"HTTP/1.1 200")
        slow.sendall(b"GET /fapi/v1/")

        assert is_ended(slow)


def test_a_connection_that_never_asks_is_ended(exchange, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "first_within_s", 0.1)
    with connected(exchange) as silent:
        assert is_ended(silent)


def test_half_a_body_is_refused_in_time_and_nothing_is_done(exchange, monkeypatch):
    monkeypatch.setattr(requests, "BODY_WITHIN_S", 0.2)
    before = exchange.state()
    with connected(exchange) as slow:
        slow.sendall(HEAD + b"Content-Length: 500\r\n\r\nsymbol=BTCUSDT&")

        assert serves(exchange)
        assert answer_of(slow).startswith(b"HTTP/1.1 408")
    assert exchange.state()["accounts"] == before["accounts"]


def test_a_client_that_leaves_before_its_body_is_whole_has_ordered_nothing(exchange):
    before = exchange.state()
    values = f"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&timestamp={exchange.now_ms()}"
    target = f"/fapi/v1/order?{values}&signature={exchange.sign(values)}"
    with connected(exchange) as leaving:
        text = f"POST {target} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {exchange.key}\r\nContent-Length: 9\r\n\r\n"
        leaving.sendall(text.encode())

    assert serves(exchange)
    assert exchange.state()["accounts"] == before["accounts"]


def test_ten_megabytes_of_body_are_refused(exchange):
    answer = exchange.http.post("/fapi/v1/order", content=b"x" * 10_000_000)

    assert (answer.status_code, answer.json()["code"]) == (413, -1010)
    assert serves(exchange)


def test_ten_megabytes_in_chunks_are_refused(exchange):
    chunks = (b"x" * 65_536 for _ in range(160))

    answer = exchange.http.post("/fapi/v1/order", content=chunks)

    assert answer.status_code == 413
    assert serves(exchange)


def test_the_largest_body_allowed_is_read(exchange):
    answer = exchange.http.post("/fapi/v1/order", content=b"x" * MAX_BODY_BYTES)

    assert (answer.status_code, answer.json()["code"]) == (401, -2014)


@pytest.mark.parametrize("part", [b"X-Filler: " + b"x" * 50 + b"\r\n", b"x" * 60], ids=["headers", "one header"])
def test_a_head_without_end_is_refused(exchange, part):
    with connected(exchange) as endless:
        send_all(endless, HEAD + b"X: ")
        for _ in range(100):
            send_all(endless, part * 100)

        assert endless.recv(100)[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400")
    assert serves(exchange)


@pytest.mark.parametrize(
    "text",
    [
        b"\x00\xff\xfe\x01" * 50,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /fapi/v1/time HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET /fapi/v1/time HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /fapi/v1/order HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"GET \xff\xff HTTP/1.1\r\n\r\n",
        b"BREW /fapi/v1/time HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_ended(exchange, text):
    with connected(exchange) as wild:
        wild.sendall(text)

        received = answer_of(wild)
    assert received.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert b"Traceback" not in received
    assert serves(exchange)


def test_random_bytes_never_stop_the_server(exchange):
    chance = random.Random(20_241_123)
    for _ in range(60):
        with connected(exchange) as wild:
            send_all(wild, HEAD[: chance.randrange(len(HEAD))] + chance.randbytes(chance.randrange(400)))

    assert serves(exchange)
    assert exchange.buy()["status"] == "NEW"
