"""The bench's table, and the requests it sends."""

import hashlib
import hmac
from urllib.parse import parse_qsl

import pytest

from bench.core_events import measure
from bench.disk import appends_per_second
from bench.report import Row, table
from bench.traffic import SCAN_BARS, Traffic

TRAFFIC = Traffic(symbols=["BTCUSDT", "牛来USDT"], api_key="key", api_secret="secret", clock_ahead_ms=0)


@pytest.mark.parametrize(
    ("measured", "is_most", "is_met"), [(9, True, True), (11, True, False), (9, False, False), (11, False, True)]
)
def test_a_target_is_a_least_or_a_largest_value(measured, is_most, is_met):
    assert Row("x", "ms", target=10, measured=measured, is_most=is_most).is_met is is_met


def test_the_table_shows_target_measured_and_floor():
    text = table([Row("klines", "1/s", target=1500, measured=3477.2, floor=26349), Row("memory", "MB", 400, 7.25)])

    assert text.splitlines()[2:] == [
        "| klines | >= 1,500 1/s | 3,477 1/s | 26,349 1/s | met |",
        "| memory | >= 400 MB | 7.2 MB |  | missed |",
    ]


def test_klines_go_through_the_symbols_and_are_encoded():
    first, second = TRAFFIC.klines(1).decode(), TRAFFIC.klines(2).decode()

    assert "symbol=%E7%89%9B%E6%9D%A5USDT" in first
    assert f"symbol=BTCUSDT&interval=1h&limit={SCAN_BARS} HTTP/1.1" in second


def test_orders_buy_and_sell_in_turn():
    assert b"side=BUY" in TRAFFIC.order(1)
    assert b"side=SELL" in TRAFFIC.order(2)


def test_signature_is_over_everything_before_it():
    head = TRAFFIC.signed("GET", "/fapi/v3/positionRisk", symbol="BTCUSDT").decode().split("\r\n")
    text, signature = head[0].split(" ")[1].partition("?")[2].split("&signature=")

    assert signature == hmac.new(b"secret", text.encode(), hashlib.sha256).hexdigest()
    assert dict(parse_qsl(text))["symbol"] == "BTCUSDT"
    assert "X-MBX-APIKEY: key" in head


def test_mixed_traffic_is_mostly_bars():
    kinds = [TRAFFIC.mixed(number).split(b"?")[0].split(b"/")[-1] for number in range(100)]

    assert (kinds.count(b"klines"), kinds.count(b"positionRisk"), kinds.count(b"order")) == (60, 20, 20)


def test_core_events_are_made():
    assert measure(0.2) > 0


def test_the_disk_is_measured_by_whole_lines(tmp_path):
    rate = appends_per_second(tmp_path, 0.05)

    assert rate > 0
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) >= 1
