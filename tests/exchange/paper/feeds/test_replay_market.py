"""The market over time: symbols appear and vanish, bars grow with the path, and every interval sums to the hours."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from exchange.paper.feeds.intervals import FROM_HOUR, INTERVALS, WITHIN_HOUR
from exchange.paper.feeds.replay import ReplayMarket
from exchange.types import to_ms

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def ms(text):
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


SURGE_MS = ms("2024-11-12T18:00")  # HBARUSDT, the strongest of the recording
SAMPLES = [
    ("BTCUSDT", ms("2024-11-23T16:00")),
    ("HBARUSDT", SURGE_MS),
    ("1000PEPEUSDT", ms("2025-01-31T23:00")),
    ("BTCUSDT", ms("2024-10-28T20:00")),  # recorded quarters contradict these two hours
    ("ETHUSDT", ms("2024-10-28T21:00")),
    ("XRPUSDT", ms("2024-10-23T23:00")),  # before the first recorded quarter
    ("BTCUSDT", ms("2024-08-17T09:00")),  # the very first hour
    ("AGIXUSDT", ms("2024-11-01T12:00")),  # flat, without volume
    ("NEIROUSDT", ms("2024-09-16T11:00")),  # its first hour
    ("NEIROUSDT", ms("2024-09-28T18:00")),  # its last
]


def summed(bars):
    """One row of what bars come to: prices, volumes, trades, exactly."""
    return (
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        *(sum(column) for column in zip(*((bar.volume, *bar[7:]) for bar in bars), strict=True)),
    )


def hour_of(market, symbol, hour_ms):
    (bar,) = market.bars(symbol, "1h", hour_ms, hour_ms, market.last_ms)
    return bar


@pytest.mark.parametrize("interval", WITHIN_HOUR)
@pytest.mark.parametrize(("symbol", "hour_ms"), SAMPLES)
def test_shorter_bars_sum_to_their_hour_exactly(market, symbol, hour_ms, interval):
    bars = market.bars(symbol, interval, hour_ms, hour_ms + HOUR_MS - 1, market.last_ms)

    span_ms = WITHIN_HOUR[interval].span_ms
    assert [bar.open_ms for bar in bars] == list(range(hour_ms, hour_ms + HOUR_MS, span_ms))
    assert summed(bars) == summed([hour_of(market, symbol, hour_ms)])


@pytest.mark.parametrize("interval", sorted(set(FROM_HOUR) - {"1h"}))
@pytest.mark.parametrize("symbol", ["BTCUSDT", "1000PEPEUSDT", "AGIXUSDT", "NEIROUSDT"])
def test_longer_bars_are_the_exact_sums_of_the_hours(market, symbol, interval):
    hours = market.bars(symbol, "1h", 0, market.last_ms, market.last_ms)

    bars = market.bars(symbol, interval, 0, market.last_ms, market.last_ms)

    span = INTERVALS[interval]
    assert [bar.open_ms for bar in bars] == sorted({span.floor(hour.open_ms) for hour in hours})
    for bar in bars:
        within = [hour for hour in hours if bar.open_ms <= hour.open_ms <= bar.close_ms]
        assert summed([bar]) == summed(within)
        assert bar.close_ms == span.following(bar.open_ms) - 1


@pytest.mark.parametrize(("symbol", "hour_ms"), SAMPLES)
def test_minutes_obey_their_prices_and_follow_on_each_other(market, symbol, hour_ms):
    minutes = market.bars(symbol, "1m", hour_ms, hour_ms + HOUR_MS - 1, market.last_ms)
    rules = {rule["filterType"]: rule for rule in market.symbol_info(symbol, market.last_ms)["filters"]}
    tick, step = Decimal(rules["PRICE_FILTER"]["tickSize"]), Decimal(rules["LOT_SIZE"]["stepSize"])

    for bar in minutes:
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert all(price % tick == 0 for price in bar[1:5])
        assert bar.volume % step == bar.taker_buy_volume % step == 0
        assert 0 <= bar.taker_buy_volume <= bar.volume
        assert bar.low * bar.volume <= bar.quote_volume <= bar.high * bar.volume
        assert bar.taker_buy_quote_volume <= bar.quote_volume
    followers = [(before, after) for before, after in pairwise(minutes) if after.open_ms % (15 * MINUTE_MS)]
    assert all(after.open == before.close for before, after in followers)


def test_an_active_hour_trades_on_both_sides_in_nearly_every_minute(market):
    minutes = market.bars("HBARUSDT", "1m", SURGE_MS, SURGE_MS + HOUR_MS - 1, market.last_ms)

    two_sided = [bar for bar in minutes if 0 < bar.taker_buy_volume < bar.volume]
    assert len(two_sided) >= 58


@pytest.mark.parametrize(("symbol", "hour_ms"), SAMPLES)
def test_minutes_are_the_aggregates_of_their_points(market, symbol, hour_ms):
    minutes = market.bars(symbol, "1m", hour_ms, hour_ms + HOUR_MS - 1, market.last_ms)
    path = list(market.path(symbol, hour_ms - 1, hour_ms + HOUR_MS - 1))

    for bar in minutes:
        points = [point for point in path if bar.open_ms <= point.at_ms <= bar.close_ms]
        prices = [point.price for point in points]
        assert len(points) >= 4
        assert (prices[0], max(prices), min(prices), prices[-1]) == bar[1:5]
        assert sum(point.quantity for point in points) == bar.volume
        assert points[-1].at_ms < bar.close_ms


def test_the_path_in_pieces_is_the_path_at_once(market):
    start_ms, end_ms = ms("2024-10-23T23:40"), ms("2024-10-24T01:20")
    whole = list(market.path("XRPUSDT", start_ms, end_ms))

    cuts = [*range(start_ms, end_ms, 7_777), end_ms]
    pieces = [point for after, until in pairwise(cuts) for point in market.path("XRPUSDT", after, until)]

    assert pieces == whole
    assert all(before.at_ms < after.at_ms for before, after in pairwise(whole))
    assert all(start_ms < point.at_ms <= end_ms for point in whole)


def test_the_path_ends_with_the_symbol_and_begins_with_it(market):
    path = list(market.path("NEIROUSDT", ms("2024-09-28T18:59"), ms("2024-10-05")))
    first = next(market.path("NEIROUSDT", 0, market.last_ms))

    assert path[-1].at_ms < ms("2024-09-28T19:00")
    assert first.at_ms == ms("2024-09-16T11:00")
    assert list(market.path("NEIROUSDT", 0, ms("2024-09-16T10:59:59.999"))) == []
    assert list(market.path("NEIROUSDT", ms("2024-10-01"), ms("2024-10-05"))) == []


@pytest.mark.parametrize("interval", ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d", "1w", "1M"])
@pytest.mark.parametrize("now", ["2024-11-12T18:00", "2024-11-12T18:37:21.345", "2024-11-12T18:59:59.998"])
def test_the_open_bar_shows_what_the_path_has_shown(market, interval, now):
    now_ms, span = ms(now), INTERVALS[interval]
    open_ms = span.floor(now_ms)

    bars = market.bars("HBARUSDT", interval, open_ms - 1, market.last_ms, now_ms)

    assert [bar.open_ms for bar in bars] == [open_ms]
    begun_ms = max(open_ms, ms("2024-08-18T04:00"))
    points = list(market.path("HBARUSDT", begun_ms - 1, now_ms))
    prices = [point.price for point in points]
    assert bars[0][1:6] == (prices[0], max(prices), min(prices), prices[-1], sum(point.quantity for point in points))
    assert bars[0].close_ms == span.following(open_ms) - 1
    assert bars[0].close == market.last_price("HBARUSDT", now_ms)


def test_an_open_bar_only_grows_until_it_is_the_recorded_hour(market):
    moments = [*range(SURGE_MS, SURGE_MS + HOUR_MS, 47_000), SURGE_MS + HOUR_MS - 1]
    grown = [market.bars("HBARUSDT", "1h", SURGE_MS, SURGE_MS, now_ms)[0] for now_ms in moments]

    for before, after in pairwise(grown):
        assert before.volume <= after.volume
        assert before.taker_buy_volume <= after.taker_buy_volume
        assert before.trades <= after.trades
        assert before.high <= after.high
        assert before.low >= after.low
    assert grown[-1] == hour_of(market, "HBARUSDT", SURGE_MS)


def test_bars_never_look_ahead(market):
    now_ms = SURGE_MS + 30 * MINUTE_MS

    known = market.bars("HBARUSDT", "5m", SURGE_MS - HOUR_MS, market.last_ms, now_ms)

    later = market.bars("HBARUSDT", "5m", SURGE_MS - HOUR_MS, now_ms, market.last_ms)
    assert known[:-1] == later[:-1]
    assert known[-1].open_ms == now_ms
    assert known[-1].volume < later[-1].volume


def test_bars_are_chosen_by_open_time_both_ends_included(market):
    bars = market.bars("BTCUSDT", "15m", SURGE_MS + 1, SURGE_MS + HOUR_MS, market.last_ms)

    assert [bar.open_ms - SURGE_MS for bar in bars] == [15 * MINUTE_MS, 30 * MINUTE_MS, 45 * MINUTE_MS, HOUR_MS]


@pytest.mark.parametrize("interval", ["1m", "1h", "1d"])
def test_there_are_no_bars_outside_the_recording(market, interval):
    assert market.bars("NEIROUSDT", interval, 0, ms("2024-09-15"), market.last_ms) == []
    assert market.bars("NEIROUSDT", interval, ms("2024-09-29"), market.last_ms, market.last_ms) == []
    assert market.bars("NEIROUSDT", interval, 0, market.last_ms, ms("2024-09-16T10:59")) == []
    assert market.bars("BTCUSDT", interval, SURGE_MS, SURGE_MS - 1, market.last_ms) == []


def test_an_unknown_interval_or_symbol_is_refused(market):
    with pytest.raises(ValueError, match="unknown interval 7m"):
        market.bars("BTCUSDT", "7m", 0, 1, market.last_ms)
    with pytest.raises(KeyError):
        market.bars("NOSUCHUSDT", "1h", 0, 1, market.last_ms)


def test_the_data_begins_and_ends_with_the_recording(market):
    assert (market.first_ms, market.last_ms) == (ms("2024-08-17T09:00"), ms("2025-02-01") - 1)
    assert market.listed(market.first_ms) == ["BTCUSDT"]
    assert len(market.listed(market.last_ms)) == 25
    assert market.listed(market.first_ms - 1) == market.listed(market.last_ms + 1) == []


def test_a_symbol_appears_trades_and_settles(market):
    listed_ms, settled_ms = ms("2024-09-16T11:00"), ms("2024-09-28T19:00")

    with pytest.raises(KeyError):
        market.symbol_info("NEIROUSDT", listed_ms - 1)
    with pytest.raises(KeyError):
        market.last_price("NEIROUSDT", listed_ms - 1)
    trading = market.symbol_info("NEIROUSDT", listed_ms)
    settled = market.symbol_info("NEIROUSDT", settled_ms)

    assert (trading["status"], trading["onboardDate"], trading["deliveryDate"]) == ("TRADING", listed_ms, 4133404800000)
    assert (settled["status"], settled["deliveryDate"]) == ("SETTLING", settled_ms)
    assert "NEIROUSDT" in market.listed(listed_ms)
    assert "NEIROUSDT" in market.listed(settled_ms - 1)
    assert "NEIROUSDT" not in market.listed(settled_ms)


def test_a_settled_symbol_keeps_its_last_price(market):
    last = hour_of(market, "NEIROUSDT", ms("2024-09-28T18:00"))

    assert market.last_price("NEIROUSDT", ms("2024-12-01")) == last.close


def test_a_symbol_without_trades_keeps_trading_at_its_price(market):
    now_ms = ms("2024-11-01T12:34:56")

    assert market.symbol_info("AGIXUSDT", now_ms)["status"] == "TRADING"
    assert "AGIXUSDT" in market.listed(now_ms)
    assert market.last_price("AGIXUSDT", now_ms) == Decimal("0.7009")


def test_the_first_price_of_an_hour_is_there_at_once(market):
    hour = hour_of(market, "HBARUSDT", SURGE_MS)

    assert market.last_price("HBARUSDT", SURGE_MS) == hour.open
    assert market.last_price("HBARUSDT", SURGE_MS + HOUR_MS - 1) == hour.close


def test_exchange_info_names_what_was_listed_until_now(market):
    early = market.exchange_info(ms("2024-09-01"))
    late = market.exchange_info(ms("2024-10-01"))

    assert early["timezone"] == "UTC"
    assert early["serverTime"] == ms("2024-09-01")
    assert {limit["rateLimitType"] for limit in early["rateLimits"]} == {"REQUEST_WEIGHT", "ORDERS"}
    assert "NEIROUSDT" not in {row["symbol"] for row in early["symbols"]}
    assert {row["symbol"]: row["status"] for row in late["symbols"]}["NEIROUSDT"] == "SETTLING"
    assert (len(early["symbols"]), len(late["symbols"])) == (25, 26)


def test_brackets_climb_without_gaps(market):
    brackets = market.brackets("BTCUSDT")["brackets"]

    assert brackets[0]["initialLeverage"] == 125
    assert all(after["notionalFloor"] == before["notionalCap"] for before, after in pairwise(brackets))


def test_two_markets_of_the_same_data_tell_the_same_story(market, data_dir):
    other = ReplayMarket.load(data_dir)
    end_ms = SURGE_MS + 3 * HOUR_MS

    assert other.bars("HBARUSDT", "1m", SURGE_MS, end_ms, end_ms) == market.bars(
        "HBARUSDT", "1m", SURGE_MS, end_ms, end_ms
    )
    backwards = [list(other.path("XRPUSDT", at_ms - HOUR_MS, at_ms)) for at_ms in (end_ms, end_ms - HOUR_MS)]
    assert backwards[1] + backwards[0] == list(market.path("XRPUSDT", end_ms - 2 * HOUR_MS, end_ms))


def test_a_built_hour_is_the_same_on_every_machine_and_version(market):
    path = list(market.path("BTCUSDT", SURGE_MS - 1, SURGE_MS + MINUTE_MS - 1))

    assert [(at_ms - SURGE_MS, str(price), str(quantity)) for at_ms, price, quantity in path] == [
        (0, "87014.30", "82.515"),
        (8167, "86956.20", "56.255"),
        (40449, "87018.60", "33.047"),
        (49151, "86956.20", "52.660"),
    ]
