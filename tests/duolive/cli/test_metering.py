from datetime import UTC, datetime, timedelta

import pytest

from duolive.cli.metering import ROUNDS_WHEN_LIMITED, WEIGHT_PER_MINUTE, MeteredMarketData, klines_weight
from exchange.errors import ExchangeUnavailable, RateLimited
from tests.signals.range_market import HOUR, RangeMarket, bar, contract

NOW = datetime(2024, 11, 23, 17, tzinfo=UTC)
SYMBOLS = [f"S{number:04}USDT" for number in range(1000)]


class Wall:
    """A wall clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = datetime(2025, 1, 1, 12, 0, 30, tzinfo=UTC)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class BusyMarket(RangeMarket):
    """Refuses every symbol for the first ``refusals`` times."""

    refusals = 0
    until = datetime(2025, 1, 1, 12, 0, 50, tzinfo=UTC)

    def klines_many(self, symbols, interval, *, start, end, limit):
        if self.refusals:
            self.refusals -= 1
            return {symbol: RateLimited(self.until, "429") for symbol in symbols}
        return super().klines_many(symbols, interval, start=start, end=end, limit=limit)


def market_of(*symbols: str) -> BusyMarket:
    market = BusyMarket(now=NOW, listed=[contract(symbol) for symbol in symbols])
    for symbol in symbols:
        market.put(symbol, "1h", bar(NOW - HOUR, sold=1))
    return market


def metered(market: RangeMarket, wall: Wall) -> MeteredMarketData:
    return MeteredMarketData(market, wall=wall, sleep=wall.sleep)


def ask(market: MeteredMarketData, symbols: list[str], *, limit: int = 1):
    return market.klines_many(symbols, "1h", start=NOW - HOUR, end=NOW - HOUR, limit=limit)


@pytest.mark.parametrize(
    ("limit", "weight"), [(1, 1), (99, 1), (100, 2), (499, 2), (500, 5), (1000, 5), (1001, 10), (1500, 10)]
)
def test_bars_cost_by_their_limit(limit, weight):
    assert klines_weight(limit) == weight


def test_the_weight_of_everything_asked_is_summed():
    market = metered(market_of("AAAUSDT", "BBBUSDT"), Wall())

    market.server_time()
    market.contracts()
    ask(market, ["AAAUSDT", "BBBUSDT"], limit=499)
    market.klines("AAAUSDT", "1h", limit=1000)
    market.ticker("AAAUSDT")

    assert market.weight == 1 + 1 + 2 * 2 + 5 + 1


def test_answers_pass_through():
    market = market_of("AAAUSDT")
    market.errors["BBBUSDT"] = ExchangeUnavailable("down")
    wrapped = metered(market, Wall())

    answers = ask(wrapped, ["AAAUSDT", "BBBUSDT"])

    assert answers["AAAUSDT"] == wrapped.klines("AAAUSDT", "1h")
    assert answers["BBBUSDT"] is market.errors["BBBUSDT"]
    assert wrapped.server_time() == NOW
    assert wrapped.contracts() == market.contracts()
    assert wrapped.tickers().keys() == {"AAAUSDT"}
    assert wrapped.mark_prices() == wrapped.tickers_24h() == {}


def test_what_does_not_fit_the_minute_waits_for_the_next():
    wall, market = Wall(), market_of(*SYMBOLS)
    wrapped = metered(market, wall)

    answers = ask(wrapped, SYMBOLS, limit=499)

    assert len(answers) == len(SYMBOLS)
    assert wall.slept == [30.0]
    assert wrapped.weight == 2 * len(SYMBOLS) > WEIGHT_PER_MINUTE


def test_nothing_waits_while_the_minute_has_room():
    wall = Wall()

    ask(metered(market_of(*SYMBOLS), wall), SYMBOLS)

    assert wall.slept == []


def test_where_the_venue_says_wait_it_waits_and_asks_again():
    wall, market = Wall(), market_of("AAAUSDT", "BBBUSDT")
    market.refusals = 1

    answers = ask(metered(market, wall), ["AAAUSDT", "BBBUSDT"])

    assert wall.slept == [20.0]
    assert all(len(bars) == 1 for bars in answers.values())


def test_a_venue_that_keeps_refusing_is_left_alone():
    wall, market = Wall(), market_of("AAAUSDT")
    market.refusals = ROUNDS_WHEN_LIMITED + 1

    answers = ask(metered(market, wall), ["AAAUSDT"])

    assert isinstance(answers["AAAUSDT"], RateLimited)
    assert len(wall.slept) == ROUNDS_WHEN_LIMITED
