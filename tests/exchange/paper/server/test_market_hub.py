"""Who is told what, and that nothing is done for names nobody follows."""

import asyncio

import pytest
from structlog.testing import capture_logs

from exchange.paper.server.market_streams.books import DepthChanges
from exchange.paper.server.market_streams.klines import Klines
from exchange.paper.server.market_streams.names import parse
from exchange.paper.server.market_streams.pump import BEAT_S, Pump
from exchange.paper.server.market_streams.reading import Reading
from exchange.paper.server.market_streams.tickers import Tickers
from tests.exchange.paper.scripted import T0, ScriptedMarket
from tests.exchange.paper.server.market_ear import Ear, listening

HOUR_MS = 3_600_000


@pytest.fixture
def ear(tmp_path):
    with listening(tmp_path) as ear:
        yield ear


class Guest:
    def __init__(self):
        self.heard = []

    def hear(self, name, payload):
        self.heard.append((name, payload))


@pytest.fixture
def asked(monkeypatch):
    """What is asked of REST from now on."""
    asked = []
    original = Reading.ask
    monkeypatch.setattr(
        Reading, "ask", lambda self, handler, **v: asked.append(handler.__name__) or original(self, handler, **v)
    )
    return asked


def test_nothing_is_asked_without_followers(ear, asked):
    ear.follow("btcusdt@ticker", "btcusdt@depth")
    ear.streams.leave("btcusdt@ticker", ear)
    ear.streams.leave("btcusdt@depth", ear)
    asked.clear()

    assert ear.after(60_000) == []
    assert asked == []


def test_only_what_is_followed_is_asked_for(ear, asked):
    ear.follow("btcusdt@miniTicker")

    ear.after(2000)

    assert asked == ["ticker_day"]


def test_a_frame_is_made_once_for_all_followers(ear, asked):
    guests = [Guest(), Guest()]
    for guest in guests:
        ear.streams.follow("btcusdt@ticker", parse("btcusdt@ticker"), guest)

    ear.after(2000)

    assert guests[0].heard == guests[1].heard
    assert len(guests[0].heard) == 1
    assert asked == ["ticker_day"]


def test_following_twice_is_following_once(ear):
    ear.follow("btcusdt@ticker", "btcusdt@ticker")

    assert len(ear.after(2000)) == 1


def test_who_left_hears_nothing_and_the_others_still_do(ear):
    guest = Guest()
    ear.follow("btcusdt@ticker").streams.follow("btcusdt@ticker", parse("btcusdt@ticker"), guest)
    ear.streams.leave("btcusdt@ticker", guest)
    ear.streams.leave("btcusdt@ticker", guest)

    assert len(ear.after(2000)) == 1
    assert guest.heard == []


def test_streams_are_silent_while_time_stands(ear):
    ear.follow("btcusdt@ticker", "!markPrice@arr@1s", "btcusdt@bookTicker", "btcusdt@kline_1m").after(5000)

    ear.wall_s += 60

    assert ear.payloads(lambda: None, rounds=50) == []


def test_frames_are_bounded_at_high_speed_but_closed_bars_are_all_told(ear):
    """Ten wall seconds at 3,600 times: ten hours."""
    ear.round_s = 0.02
    ear.follow("btcusdt@markPrice@1s", "btcusdt@kline_1m", "btcusdt@depth5@100ms")

    heard = []
    for _ in range(500):
        ear.after(72_000)
        heard += ear.heard
    ear.payloads(lambda: None, rounds=3)
    heard += ear.heard

    forming = [name for name, payload in heard if not payload.get("k", {}).get("x")]
    closed = [payload["k"]["t"] for _, payload in heard if payload.get("k", {}).get("x")]
    assert all(forming.count(name) <= 10 / 0.045 for name in set(forming))
    assert closed == list(range(T0, T0 + 10 * HOUR_MS, 60_000))


def test_restored_past_is_told_again(ear):
    ear.follow("btcusdt@kline_1m")
    ear.host.keep_snapshot("early")
    first = ear.after(HOUR_MS)

    ear.payloads(lambda: ear.host.restore_snapshot("early"))
    again = ear.after(HOUR_MS)

    assert again == first


def test_symbol_that_is_not_listed_yet_speaks_once_it_is(tmp_path):
    with listening(tmp_path, ScriptedMarket({"BTCUSDT": [(0, "100", "1")], "ETHUSDT": [(60_000, "50", "1")]})) as ear:
        ear.follow("ethusdt@markPrice@1s")
        early = ear.after(2000)

        late = ear.after(60_000)

    assert early == []
    assert [message["s"] for message in late] == ["ETHUSDT"]


def test_failing_producer_is_logged_and_the_others_go_on(ear, monkeypatch):
    def fail(self, reading):
        raise RuntimeError("broken")

    monkeypatch.setattr(Tickers, "messages", fail)
    ear.follow("btcusdt@ticker", "btcusdt@markPrice@1s")

    with capture_logs() as logs:
        messages = ear.after(2000)

    assert [message["e"] for message in messages] == ["markPriceUpdate"]
    assert [(entry["event"], entry["stream"], entry["exc_info"]) for entry in logs] == [
        ("paper_stream_failed", "btcusdt@ticker", True)
    ]


def test_failing_book_does_not_fail_the_request_that_lets_time_pass(ear, monkeypatch):
    ear.follow("btcusdt@depth")
    monkeypatch.setattr(DepthChanges, "observe", lambda self, reading: 1 / 0)

    with capture_logs() as logs:
        ear.host.advance()

    assert [entry["stream"] for entry in logs] == ["btcusdt@depth"]


def test_frames_told_before_a_failure_are_not_told_again(ear, monkeypatch):
    original = Klines._message
    ear.follow("btcusdt@kline_1m")
    monkeypatch.setattr(
        Klines, "_message", lambda self, reading, row, **v: original(self, reading, row, **v) if row[0] == T0 else 1 / 0
    )
    with capture_logs():
        first = ear.after(150_000)
    monkeypatch.setattr(Klines, "_message", original)

    then = ear.after(1000)

    assert [message["k"]["t"] - T0 for message in first] == [0]
    assert 0 not in [message["k"]["t"] - T0 for message in then]


async def test_pump_beats_only_while_somebody_attends(ear: Ear):
    rounds, has_beaten = [], asyncio.Event()
    ear.streams.speak = lambda: rounds.append(1) or has_beaten.set()
    pump = Pump(ear.streams)

    with pump.attended():
        with pump.attended():
            pass
        await asyncio.wait_for(has_beaten.wait(), timeout=5)
    counted = len(rounds)
    await asyncio.sleep(3 * BEAT_S)

    assert len(rounds) == counted


async def test_pump_outlives_a_failed_round(ear: Ear):
    rounds, is_back = [], asyncio.Event()

    def fail_once():
        rounds.append(1)
        if len(rounds) == 1:
            raise RuntimeError("broken")
        is_back.set()

    ear.streams.speak = fail_once

    with capture_logs() as logs, Pump(ear.streams).attended():
        await asyncio.wait_for(is_back.wait(), timeout=5)

    assert [entry["event"] for entry in logs] == ["paper_streams_failed"]
