"""Bars of known contracts are asked for beside the list of contracts: the same scan, sooner, nothing asked twice."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.errors import ExchangeUnavailable
from exchange.types import Contract, Kline
from signals.market_data import BarStore
from signals.scan import MarketHour, fetch_hour
from signals.strategies.base import BarRequest
from tests.signals.range_market import HOUR, RangeMarket, bar, contract

FIRST = datetime(2024, 11, 22, 10, tzinfo=UTC)
DEADLINE_S = 5


@dataclass
class WatchedMarket(RangeMarket):
    """Notes the symbols of each question."""

    questions: list[list[str]] = field(default_factory=list)

    def klines_many(self, symbols: Iterable[str], interval: str, **window: Any) -> Any:
        asked = list(symbols)
        self.questions.append(asked)
        return super().klines_many(asked, interval, **window)


@pytest.fixture
def market() -> WatchedMarket:
    market = WatchedMarket(now=FIRST, listed=[contract("AUSDT"), contract("BUSDT")])
    for symbol in ("AUSDT", "BUSDT", "NEWUSDT"):
        market.put(symbol, "1h", *(bar(FIRST + number * HOUR, sold=1) for number in range(3)))
    return market


def scan(market: RangeMarket, bars: BarStore, *, hour: datetime) -> MarketHour:
    requests = [BarRequest("1h", hour)]
    return fetch_hour(market, hour=hour, now=hour + HOUR + timedelta(seconds=5), requests=requests, bars=bars)


def seen(market_hour: MarketHour) -> set[str]:
    view = market_hour.view
    return {each.symbol for each in view.contracts() if view.bar(each.symbol, "1h", market_hour.hour) is not None}


def test_what_was_listed_last_time_is_asked_for_once_and_all_of_it_is_seen(market: WatchedMarket) -> None:
    bars = BarStore()

    first, second = scan(market, bars, hour=FIRST), scan(market, bars, hour=FIRST + HOUR)

    assert market.questions == [["AUSDT", "BUSDT"], ["AUSDT", "BUSDT"]]
    assert seen(first) == seen(second) == {"AUSDT", "BUSDT"}


def test_a_new_contract_is_asked_for_as_soon_as_it_is_known(market: WatchedMarket) -> None:
    bars = BarStore()
    scan(market, bars, hour=FIRST)
    market.listed.append(contract("NEWUSDT"))

    found = scan(market, bars, hour=FIRST + HOUR)

    assert market.questions[1:] == [["AUSDT", "BUSDT"], ["NEWUSDT"]]
    assert seen(found) == {"AUSDT", "BUSDT", "NEWUSDT"}


def test_a_contract_that_trades_no_more_is_neither_judged_nor_missing(market: WatchedMarket) -> None:
    bars = BarStore()
    scan(market, bars, hour=FIRST)
    del market.listed[1]
    market.errors["BUSDT"] = ExchangeUnavailable("no such symbol")

    found = scan(market, bars, hour=FIRST + HOUR)

    assert (found.symbols, found.failed, seen(found)) == (1, {}, {"AUSDT"})


def test_a_symbol_that_fails_ahead_is_missing_and_not_asked_for_again_in_this_scan(market: WatchedMarket) -> None:
    bars = BarStore()
    scan(market, bars, hour=FIRST)
    market.errors["BUSDT"] = ExchangeUnavailable("timed out")

    found = scan(market, bars, hour=FIRST + HOUR)

    assert set(found.failed) == {"BUSDT"}
    assert Counter(name for question in market.questions[1:] for name in question) == {"AUSDT": 1, "BUSDT": 1}


def test_contracts_that_cannot_be_read_end_the_scan_as_before(market: WatchedMarket) -> None:
    bars = BarStore()
    scan(market, bars, hour=FIRST)

    def fail() -> Sequence[Contract]:
        raise ExchangeUnavailable("timed out")

    market.contracts = fail  # type: ignore[method-assign]

    with pytest.raises(ExchangeUnavailable):
        scan(market, bars, hour=FIRST + HOUR)


def test_the_list_and_the_bars_are_waited_for_at_the_same_time(market: WatchedMarket) -> None:
    """Each answers only when the other was asked."""
    bars = BarStore()
    scan(market, bars, hour=FIRST)
    meeting = threading.Barrier(2, timeout=DEADLINE_S)
    list_contracts, ask_bars = market.contracts, market.klines_many

    def meet_and_list() -> Sequence[Contract]:
        meeting.wait()
        return list_contracts()

    def meet_and_ask(symbols: Iterable[str], interval: str, **window: Any) -> Mapping[str, Sequence[Kline] | Exception]:
        meeting.wait()
        answers: Mapping[str, Sequence[Kline] | Exception] = ask_bars(symbols, interval, **window)
        return answers

    market.contracts, market.klines_many = meet_and_list, meet_and_ask  # type: ignore[method-assign]

    assert seen(scan(market, bars, hour=FIRST + HOUR)) == {"AUSDT", "BUSDT"}
