"""The reference answers of the recording, found through the market's own bars: each surge, and no other."""

import csv
from bisect import bisect_left
from decimal import Decimal

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
FIRST_SCAN_MS = 1724025600000  # 2024-08-19 00:00
THRESHOLD = Decimal(10)


def sold(bar):
    return bar.volume - bar.taker_buy_volume


def surges(market, symbol):
    """(open time, ratio, close) of each hour that sold ten times the hourly mean of the UTC day before its open."""
    now_ms = market.last_ms
    listed_ms = market.symbol_info(symbol, now_ms)["onboardDate"]
    days = market.bars(symbol, "1d", 0, now_ms, now_ms)
    opens = [day.open_ms for day in days]
    for bar in market.bars(symbol, "1h", FIRST_SCAN_MS, now_ms, now_ms):
        reference_ms = bar.open_ms - bar.open_ms % DAY_MS - DAY_MS
        position = bisect_left(opens, reference_ms)
        if listed_ms > reference_ms or opens[position] != reference_ms:
            continue
        mean = sold(days[position]) / 24
        if mean > 0 and (ratio := sold(bar) / mean) >= THRESHOLD:
            yield bar.open_ms, ratio, bar.close


def test_scanning_every_hour_finds_exactly_the_reference_signals(market, data_dir):
    with (data_dir / "um/signals_10x.csv").open(newline="") as file:
        expected = {
            (row["symbol"], int(row["open_time"])): (Decimal(row["ratio"]), Decimal(row["close"]))
            for row in csv.DictReader(file)
        }

    found = {
        (symbol, open_ms): (round(ratio, 4), close)
        for symbol in (row["symbol"] for row in market.exchange_info(market.last_ms)["symbols"])
        for open_ms, ratio, close in surges(market, symbol)
    }

    assert len(found) == 155
    assert found == expected


def test_a_day_without_sales_is_no_reference(market):
    assert list(surges(market, "AGIXUSDT")) == []
