"""Kline streams: what REST says, and every closed bar exactly once."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from exchange.paper.server.market_streams.klines import MOST_AT_ONCE
from exchange.paper.server.routes_bars import continuous_klines, klines
from exchange.types import to_ms
from tests.exchange.paper.scripted import T0
from tests.exchange.paper.server.market_ear import listening

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
COLUMNS = {"t": 0, "o": 1, "h": 2, "l": 3, "c": 4, "v": 5, "T": 6, "q": 7, "n": 8, "V": 9, "Q": 10, "B": 11}


def as_row(bar):
    return [value for _, value in sorted((column, bar[letter]) for letter, column in COLUMNS.items())]


@pytest.fixture
def ear(tmp_path):
    with listening(tmp_path) as ear:
        yield ear


def test_forming_bar_is_what_rest_answers_at_that_moment(ear):
    ear.follow("btcusdt@kline_1m")

    for ms in (300, 23_700, 20_000, 15_900):  # each holds a trade of the minute
        (message,) = ear.after(ms)

        assert as_row(message["k"]) == ear.rest(klines, symbol="BTCUSDT", interval="1m", limit=1)[0]
        assert (message["e"], message["E"], message["s"]) == ("kline", ear.host.engine.now_ms, "BTCUSDT")
        assert (message["k"]["x"], message["k"]["i"], message["k"]["s"]) == (False, "1m", "BTCUSDT")


def test_trade_numbers_span_the_bar(ear):
    ear.follow("btcusdt@kline_1m")

    bars = [message["k"] for message in ear.after(2 * MINUTE_MS - 1)]

    closed = bars[0]
    assert closed["t"] == closed["f"] < closed["L"] <= closed["T"]


def test_bar_is_told_closed_once_and_the_next_one_opens(ear):
    ear.follow("btcusdt@kline_1m")
    ear.after(59_000)

    messages = ear.after(1500)

    assert [(m["k"]["t"] - T0, m["k"]["x"]) for m in messages] == [(0, True), (MINUTE_MS, False)]
    assert messages[0]["E"] == T0 + MINUTE_MS
    assert as_row(messages[0]["k"]) == ear.rest(klines, symbol="BTCUSDT", interval="1m", startTime=T0, limit=1)[0]


@pytest.mark.parametrize(("interval", "span_ms"), [("1m", MINUTE_MS), ("15m", 15 * MINUTE_MS), ("1h", HOUR_MS)])
def test_leap_skips_no_closed_bar(ear, interval, span_ms):
    ear.follow(f"ethusdt@kline_{interval}")

    messages = ear.after(7 * HOUR_MS + 500)

    closed = [m["k"] for m in messages if m["k"]["x"]]
    assert [bar["t"] for bar in closed] == list(range(T0, T0 + 7 * HOUR_MS, span_ms))
    rows = ear.rest(klines, symbol="ETHUSDT", interval=interval, startTime=T0, limit=1500)
    assert [as_row(bar) for bar in closed] == rows[:-1]
    assert all(later["E"] > earlier["E"] for earlier, later in pairwise(messages))


def test_long_leap_is_told_in_several_turns(ear):
    ear.follow("btcusdt@kline_1m")

    first = ear.after(24 * HOUR_MS)
    rest = ear.payloads(lambda: None, rounds=4)

    opens = [m["k"]["t"] for m in first + rest if m["k"]["x"]]
    assert len(first) <= MOST_AT_ONCE
    assert opens == list(range(T0, T0 + 24 * HOUR_MS, MINUTE_MS))


def test_closed_bars_do_not_depend_on_how_time_passes(tmp_path):
    told = []
    for number, steps in enumerate(
        [[HOUR_MS + 1], [7 * MINUTE_MS] * 8 + [4 * MINUTE_MS + 1], [59_999, 1, 1] * 60 + [1]]
    ):
        with listening(tmp_path / str(number)) as ear:
            ear.follow("btcusdt@kline_1m")
            heard = [message for ms in steps for message in ear.after(ms)] + ear.after(250)
        told.append([message for message in heard if message["k"]["x"] and message["k"]["t"] < T0 + HOUR_MS])

    assert told[0] == told[1] == told[2]
    assert len(told[0]) == 60


def test_quiet_bar_is_repeated_only_after_a_second(ear):
    ear.follow("btcusdt@kline_1m")
    ear.after(300)

    assert ear.after(300) == []
    ear.wall_s += 1
    assert len(ear.after(1000)) == 1


def test_continuous_bars_name_pair_and_contract_and_equal_rest(ear):
    ear.follow("btcusdt_perpetual@continuousKline_5m")

    (message,) = ear.after(20_000)

    row = ear.rest(continuous_klines, pair="BTCUSDT", contractType="PERPETUAL", interval="5m", limit=1)[0]
    assert (message["e"], message["ps"], message["ct"]) == ("continuous_kline", "BTCUSDT", "PERPETUAL")
    assert "s" not in message["k"]
    assert as_row(message["k"]) == row


def test_seconds_are_told_one_by_one(ear):
    ear.follow("btcusdt_perpetual@continuousKline_1s")

    messages = ear.after(60_500)

    seconds = [m["k"]["t"] for m in messages if m["k"]["x"]]
    assert seconds == list(range(T0, T0 + 60_000, 1000))


def test_contract_types_that_are_not_listed_stay_silent(ear):
    ear.follow("btcusdt_current_quarter@continuousKline_1m")

    assert ear.after(5 * MINUTE_MS) == []


def test_last_bar_of_a_contract_that_ends_is_told(tmp_path):
    end_ms = to_ms(datetime(2024, 9, 28, 19, tzinfo=UTC))
    with listening(tmp_path, start_ms=end_ms - 90_000) as ear:
        ear.follow("neirousdt@kline_1m")

        messages = ear.after(5 * MINUTE_MS)

    assert [m["k"]["t"] for m in messages] == [end_ms - 2 * MINUTE_MS, end_ms - MINUTE_MS]
    assert all(m["k"]["x"] for m in messages)


def test_bar_without_trades_has_no_numbers(tmp_path):
    with listening(tmp_path, start_ms=to_ms(datetime(2024, 11, 1, 12, tzinfo=UTC))) as ear:
        ear.follow("agixusdt@kline_1m")

        (message,) = ear.after(20_000)

    assert (message["k"]["f"], message["k"]["L"], message["k"]["n"]) == (-1, -1, 0)


def test_unknown_symbol_is_silent(ear):
    ear.follow("nosuchusdt@kline_1m", "nosuchusdt@ticker", "nosuchusdt@depth", "nosuchusdt@aggTrade")

    assert ear.after(10_000) == []
