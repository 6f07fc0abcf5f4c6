"""One fetch of 25 hours for all filters, mark and index when wanted, and never an exception of the venue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from exchange.errors import BadCredentials, ExchangeError, ExchangeUnavailable, OrderRefused, RateLimited
from exchange.types import Kline, MarkPrice
from signals.filter_data import FilterData, filter_data
from tests.signals.range_market import HOUR, RangeMarket, bar, contract

NOW = datetime(2024, 11, 23, 17, 0, 5, tzinfo=UTC)
RUNNING = NOW.replace(second=0)
SYMBOL = "DOTUSDT"
ERRORS = [
    ExchangeUnavailable("no answer"),
    RateLimited(NOW, "429"),
    OrderRefused(-1121, "Invalid symbol."),
    BadCredentials("key"),
]


@dataclass
class FilterMarket(RangeMarket):
    """A market with mark prices; ``failure`` answers every question, ``questions`` are their names in order."""

    marks: dict[str, MarkPrice] = field(default_factory=dict)
    failure: ExchangeError | None = None
    questions: list[str] = field(default_factory=list)

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> list[Kline]:
        self._ask("klines")
        assert start is not None and end is not None
        self.asked.append((interval, start, end, limit))
        return list(super().klines(symbol, interval, start=start, end=end, limit=limit))

    def mark_prices(self) -> Mapping[str, MarkPrice]:
        self._ask("mark_prices")
        return self.marks

    def _ask(self, question: str) -> None:
        self.questions.append(question)
        if self.failure is not None:
            raise self.failure


def market_with(*bars: Kline) -> FilterMarket:
    market = FilterMarket(now=NOW, listed=[contract(SYMBOL)])
    market.put(SYMBOL, "1h", *bars)
    market.marks[SYMBOL] = MarkPrice(
        symbol=SYMBOL,
        mark_price=Decimal("8.5"),
        index_price=Decimal("8.51"),
        funding_rate=Decimal("0.0001"),
        next_funding_at=NOW + 7 * HOUR,
        at=NOW,
    )
    return market


def hours(*, first: int, last: int) -> list[Kline]:
    """Bars that opened ``first`` to ``last`` hours before the running one."""
    return [bar(RUNNING - back * HOUR, sold=back + 1) for back in range(first, last - 1, -1)]


def asked_for_hours(market: FilterMarket, now: datetime = NOW) -> FilterData:
    return filter_data(market, SYMBOL, now=now, wants_hours=True, wants_mark=False)


def test_the_24_finished_hours_and_the_running_one_are_fetched_in_one_question() -> None:
    market = market_with(*hours(first=40, last=-3))

    data = asked_for_hours(market)

    assert [kline.open_time for kline in data.hours] == [RUNNING - back * HOUR for back in range(24, -1, -1)]
    assert market.asked == [("1h", RUNNING - 24 * HOUR, NOW, 25)]
    assert market.questions == ["klines"]


@pytest.mark.parametrize("second", [0, 5, 3599])
def test_the_window_is_that_of_the_running_hour_at_any_moment_of_it(second: int) -> None:
    market = market_with(*hours(first=40, last=0))

    data = asked_for_hours(market, now=RUNNING + timedelta(seconds=second))

    assert len(data.hours) == 25
    assert data.hours[-1].open_time == RUNNING


def test_nothing_is_asked_that_no_filter_wants() -> None:
    market = market_with(*hours(first=24, last=0))

    data = filter_data(market, SYMBOL, now=NOW, wants_hours=False, wants_mark=False)

    assert data == FilterData(hours=(), mark_price=None, index_price=None)
    assert market.questions == []


def test_mark_and_index_price_are_those_of_the_symbol() -> None:
    market = market_with()

    data = filter_data(market, SYMBOL, now=NOW, wants_hours=False, wants_mark=True)

    assert (data.mark_price, data.index_price) == (Decimal("8.5"), Decimal("8.51"))
    assert market.questions == ["mark_prices"]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_of_the_venue_leaves_the_data_out_and_is_logged(error: ExchangeError) -> None:
    market = market_with(*hours(first=24, last=0))
    market.failure = error

    with capture_logs() as logs:
        data = filter_data(market, SYMBOL, now=NOW, wants_hours=True, wants_mark=True)

    assert data == FilterData()
    assert {entry["event"] for entry in logs} == {"filter_hours_unavailable", "filter_mark_unavailable"}
    assert {entry["symbol"] for entry in logs} == {SYMBOL}
    assert {entry["error"] for entry in logs} == {str(error)}


def test_an_error_that_is_not_the_venues_is_not_hidden() -> None:
    market = market_with()
    market.marks = None  # type: ignore[assignment]

    with pytest.raises(AttributeError):
        filter_data(market, SYMBOL, now=NOW, wants_hours=False, wants_mark=True)


def test_a_symbol_without_mark_price_has_none_and_it_is_logged() -> None:
    market = market_with()
    market.marks.clear()

    with capture_logs() as logs:
        data = filter_data(market, SYMBOL, now=NOW, wants_hours=False, wants_mark=True)

    assert data == FilterData()
    assert [entry["event"] for entry in logs] == ["filter_mark_unavailable"]


def test_a_young_contract_has_as_many_hours_as_it_has() -> None:
    market = market_with(*hours(first=2, last=0))

    assert len(asked_for_hours(market).hours) == 3


def test_the_running_hour_may_lack_its_first_trade() -> None:
    market = market_with(*hours(first=24, last=1))

    assert asked_for_hours(market).hours[-1].open_time == RUNNING - HOUR


@pytest.mark.parametrize("newest", [2, 10])
def test_hours_that_end_before_the_last_one_are_stale_and_left_out(newest: int) -> None:
    market = market_with(*hours(first=24, last=newest))

    with capture_logs() as logs:
        data = asked_for_hours(market)

    assert data.hours == ()
    assert [entry["event"] for entry in logs] == ["filter_hours_stale"]
    assert logs[0]["newest"] == (RUNNING - newest * HOUR).isoformat()


def test_a_symbol_without_any_bar_has_none_and_it_is_logged() -> None:
    with capture_logs() as logs:
        data = asked_for_hours(market_with())

    assert data.hours == ()
    assert [(entry["event"], entry["newest"]) for entry in logs] == [("filter_hours_stale", None)]
