import os
import socket
import threading
import time
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest

from exchange.binance.client import BinanceClient
from exchange.binance.signing import sign
from exchange.clock import TimeReading, VenueClock, wall_now
from exchange.errors import (
    BadCredentials,
    ExchangeError,
    ExchangeUnavailable,
    NotSent,
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
)
from exchange.types import from_ms, to_ms

PATH = "/fapi/v1/order"
IMPATIENT = httpx2.Timeout(connect=1.0, read=0.15, write=1.0, pool=1.0)


@pytest.fixture
def stuck():
    """An event that a scripted answer waits for; set when the test ends."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def nobody():
    """URL of a port that nobody listens on."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


@pytest.fixture
def impatient(venue, pauses):
    client = BinanceClient(venue.url, api_key="key", api_secret="s", timeout=IMPATIENT, sleep=pauses.append)
    yield client
    client.close()


def test_signed_request_carries_key_time_and_signature(venue, client):
    venue.script("POST", PATH, {"orderId": 1})

    answer = client.send("POST", PATH, {"symbol": "牛来USDT", "quantity": "0.5"})

    (seen,) = venue.seen("POST", PATH)
    assert answer == {"orderId": 1}
    assert seen.api_key == "key"
    assert seen.params["symbol"] == "牛来USDT"
    assert seen.params["recvWindow"] == "5000"
    assert abs(from_ms(int(seen.params["timestamp"])) - wall_now()) < timedelta(seconds=2)
    text, _, signature = seen.query.rpartition("&signature=")
    assert signature == sign(text, secret="secret")


def test_public_request_is_not_signed(venue):
    client = BinanceClient(venue.url)
    venue.script("GET", "/fapi/v1/klines", [])

    client.get("/fapi/v1/klines", {"symbol": "牛来USDT"})
    client.close()

    (seen,) = venue.seen("GET", "/fapi/v1/klines")
    assert seen.params == {"symbol": "牛来USDT"}
    assert seen.api_key is None


def test_timestamps_are_the_venues_not_the_walls(venue, answer):
    replay_ms = 1732381200000
    venue.script("GET", "/fapi/v1/time", answer({"serverTime": replay_ms}, headers={"X-Market-Speed": "60"}))
    venue.script("POST", PATH, {})
    client = BinanceClient(venue.url, api_secret="s")

    client.send("POST", PATH)

    (seen,) = venue.seen("POST", PATH)
    assert 0 <= int(seen.params["timestamp"]) - replay_ms < 60_000
    assert client.clock.speed == 60


@pytest.mark.parametrize("header", [None, "1", "60", "0", "0.5"])
def test_speed_of_the_market_comes_from_the_answers_header(venue, client, answer, header):
    headers = {} if header is None else {"x-market-speed": header}
    venue.script("GET", "/fapi/v1/time", answer({"serverTime": 1700000000000}, headers=headers))

    assert client.time_reading() == TimeReading(from_ms(1700000000000), Decimal(header or 1))


@pytest.mark.parametrize("body", [{}, {"serverTime": None}, [], "soon"])
def test_unreadable_server_time_is_unavailable(venue, client, body):
    venue.script("GET", "/fapi/v1/time", body)

    with pytest.raises(ExchangeUnavailable):
        client.time_reading()


def test_weight_is_kept_from_the_answers_header(venue, client, answer):
    venue.script("GET", PATH, answer({}, headers={"X-MBX-USED-WEIGHT-1M": "37"}))
    venue.script("POST", PATH, answer({}, headers={"X-MBX-USED-WEIGHT-1M": "-1"}))

    client.get(PATH)
    client.send("POST", PATH)

    assert client.used_weight_1m == 37


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_dropped_connection_leaves_the_outcome_unknown_and_sends_nothing_twice(venue, client, answer, method):
    venue.script(method, PATH, answer(drops=True), {"orderId": 1})

    with pytest.raises(OutcomeUnknown):
        client.send(method, PATH)

    assert len(venue.seen(method, PATH)) == 1


def test_slow_answer_leaves_the_outcome_unknown_and_sends_nothing_twice(venue, impatient, answer, stuck):
    venue.script("POST", PATH, answer(until=stuck))

    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        impatient.send("POST", PATH)

    assert len(venue.seen("POST", PATH)) == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, {"code": -1, "msg": "Unknown error, please check your request or try again later."}, OutcomeUnknown),
        (503, "Service Unavailable.", OutcomeUnknown),
        (503, {"code": -1008, "msg": "throttled"}, OutcomeUnknown),
        (408, {"code": -1007, "msg": "Timeout"}, OutcomeUnknown),
        (200, "{not json", OutcomeUnknown),
        (200, "", OutcomeUnknown),
        (429, {"code": -1003, "msg": "Too many requests"}, RateLimited),
        (418, {"code": -1003, "msg": "banned"}, RateLimited),
        (401, {"code": -2015, "msg": "Invalid API-key"}, BadCredentials),
        (400, {"code": -2019, "msg": "Margin is insufficient."}, OrderRefused),
    ],
)
def test_failed_write_is_never_repeated(venue, client, pauses, answer, status, body, error):
    venue.script("POST", PATH, answer(body, status=status), {"orderId": 1})

    with pytest.raises(error):
        client.send("POST", PATH)

    assert len(venue.seen("POST", PATH)) == 1
    assert pauses == []


def test_refused_connection_means_not_sent(nobody):
    clock = VenueClock(lambda: TimeReading(wall_now(), Decimal(1)))
    client = BinanceClient(nobody, api_secret="s", clock=clock)

    with pytest.raises(NotSent):
        client.send("POST", PATH)


def test_write_whose_timestamp_cannot_be_known_is_not_sent(nobody):
    with pytest.raises(NotSent, match="server time unknown"):
        BinanceClient(nobody, api_secret="s").send("POST", PATH)


def test_unreachable_proxy_means_not_sent(venue, nobody):
    clock = VenueClock(lambda: TimeReading(wall_now(), Decimal(1)))
    client = BinanceClient(venue.url, api_secret="s", clock=clock, proxy=nobody)

    with pytest.raises(NotSent):
        client.send("POST", PATH)
    assert venue.requests == []


def test_retry_after_becomes_the_end_of_the_wait(venue, client, answer):
    venue.script("POST", PATH, answer({"code": -1003, "msg": ""}, status=429, headers={"Retry-After": "30"}))
    before = wall_now()

    with pytest.raises(RateLimited) as limited:
        client.send("POST", PATH)

    assert timedelta(seconds=30) <= limited.value.until - before < timedelta(seconds=35)


@pytest.mark.parametrize("code", [-1021, -5028])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_refused_timestamp_resyncs_the_clock_and_repeats_once(venue, client, refuse, method, code):
    venue.script(method, PATH, refuse(code, "Timestamp for this request is outside of the recvWindow."), {"orderId": 7})
    call = client.send if method == "POST" else lambda _, path: client.get(path, signed=True)

    assert call(method, PATH) == {"orderId": 7}

    assert len(venue.seen(method, PATH)) == 2
    assert len(venue.seen("GET", "/fapi/v1/time")) == 2


@pytest.mark.parametrize("code", [-1021, -5028])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_what_was_refused_twice_for_its_timestamp_alone_was_not_sent(venue, client, refuse, method, code):
    venue.script(method, PATH, refuse(code))

    with pytest.raises(NotSent, match=str(code)):
        client.send(method, PATH)

    assert len(venue.seen(method, PATH)) == 2


def test_a_write_was_not_sent_when_neither_it_nor_the_time_is_answered(venue, client, refuse, answer):
    venue.script("GET", "/fapi/v1/time", {"serverTime": to_ms(wall_now())}, answer(status=503))
    venue.script("POST", PATH, refuse(-1021))

    with pytest.raises(NotSent, match="-1021"):
        client.send("POST", PATH)

    assert len(venue.seen("POST", PATH)) == 1


def test_a_write_that_is_wrong_stays_refused_after_a_stale_timestamp(venue, client, refuse):
    venue.script("POST", PATH, refuse(-1021), refuse(-2021))

    with pytest.raises(OrderRefused, match="-2021"):
        client.send("POST", PATH)


def test_a_question_whose_timestamp_is_refused_twice_may_be_asked_later(venue, client, refuse):
    venue.script("GET", PATH, refuse(-1021))

    with pytest.raises(ExchangeUnavailable, match="-1021"):
        client.get(PATH, signed=True)

    assert len(venue.seen("GET", PATH)) == 3 * 2  # each of the three tries with the clock read anew


def test_a_question_is_unanswered_when_neither_it_nor_the_time_can_be_read(venue, client, refuse, answer):
    venue.script("GET", "/fapi/v1/time", {"serverTime": to_ms(wall_now())}, answer(status=503))
    venue.script("GET", PATH, refuse(-1021))

    with pytest.raises(ExchangeUnavailable, match="-1021"):
        client.get(PATH, signed=True)


def test_a_question_that_is_wrong_stays_refused_after_a_stale_timestamp(venue, client, refuse):
    venue.script("GET", PATH, refuse(-1021), refuse(-1121))

    with pytest.raises(OrderRefused, match="-1121"):
        client.get(PATH, signed=True)


def test_timestamp_follows_a_server_clock_that_stepped_back(venue, client, refuse):
    venue.script("POST", PATH, refuse(-1021), {})
    venue.script("GET", "/fapi/v1/time", {"serverTime": 1700000100000}, {"serverTime": 1700000000000})

    client.send("POST", PATH)

    first, second = [int(seen.params["timestamp"]) for seen in venue.seen("POST", PATH)]
    assert first >= 1700000100000
    assert second < 1700000100000


@pytest.mark.parametrize("broken", [{"drops": True}, {"status": 503}, {"body": "{"}], ids=str)
def test_read_is_repeated_twice_with_growing_pauses(venue, client, pauses, answer, broken):
    venue.script("GET", PATH, answer(**broken), answer(**broken), {"orderId": 1})

    assert client.get(PATH, signed=True) == {"orderId": 1}

    assert len(venue.seen("GET", PATH)) == 3
    assert 0.1 <= pauses[0] <= 0.2 <= pauses[1] <= 0.4


def test_read_is_given_up_after_the_second_repetition(venue, client, answer):
    venue.script("GET", PATH, answer(status=503))

    with pytest.raises(ExchangeUnavailable):
        client.get(PATH)

    assert len(venue.seen("GET", PATH)) == 3


@pytest.mark.parametrize(
    ("status", "code", "error"), [(429, -1003, RateLimited), (400, -1121, OrderRefused), (401, -2014, BadCredentials)]
)
def test_refused_read_is_not_repeated(venue, client, refuse, status, code, error):
    venue.script("GET", PATH, refuse(code, status=status))

    with pytest.raises(error):
        client.get(PATH, signed=True)

    assert len(venue.seen("GET", PATH)) == 1


def test_connection_is_reused_and_can_be_opened_again_after_close(venue, client):
    venue.script("GET", PATH, {})

    client.get(PATH)
    client.close()
    client.close()

    assert client.get(PATH) == {}


def test_connections_are_not_shared_with_a_forked_process(venue, client, monkeypatch):
    venue.script("GET", PATH, {})
    client.get(PATH)
    of_the_parent = client._connections()

    monkeypatch.setattr(os, "getpid", lambda: -1)
    client.get(PATH)
    of_the_child = client._connections()
    monkeypatch.undo()

    assert of_the_child is not of_the_parent
    assert not of_the_parent.is_closed
    of_the_parent.close()
    of_the_child.close()


def test_many_threads_may_use_one_client(venue, client):
    venue.script("GET", PATH, {})
    failures = []

    def read():
        try:
            client.get(PATH, signed=True)
        except ExchangeError as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert failures == []
    assert len(venue.seen("GET", PATH)) == 16
    assert len(venue.seen("GET", "/fapi/v1/time")) == 1


def test_secret_and_signature_are_in_no_error(venue, client, answer):
    venue.script("POST", PATH, answer(drops=True))
    started = time.monotonic()

    with pytest.raises(OutcomeUnknown) as unknown:
        client.send("POST", PATH, {"symbol": "BTCUSDT"})

    assert "secret" not in str(unknown.value)
    assert "signature" not in str(unknown.value)
    assert time.monotonic() - started < 5
