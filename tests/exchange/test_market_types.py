"""Hours of a market as the venue tells them: which spans are open, and answers that are not what they should be."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchange.binance import parsing
from exchange.binance.parsing import MalformedPayload
from exchange.market_types import BookLevel, OrderBook, TradingSession
from exchange.types import from_ms

OPENS, CLOSES = 1732492800000, 1732516200000
SPAN = {"startTime": OPENS, "endTime": CLOSES, "type": "REGULAR"}


def answer(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"updateTime": OPENS, "marketSchedules": {"EQUITY": {"sessions": list(spans)}}}


@pytest.mark.parametrize(
    ("kind", "is_open"),
    [("REGULAR", True), ("PRE_MARKET", True), ("AFTER_MARKET", True), ("OVERNIGHT", True), ("NO_TRADING", False)],
)
def test_every_span_but_one_kind_is_open(kind: str, is_open: bool) -> None:
    [session] = parsing.trading_sessions(answer(SPAN | {"type": kind}))["EQUITY"]

    assert (session.kind, session.is_open) == (kind, is_open)


def test_spans_keep_the_venues_order_and_their_times_are_utc() -> None:
    later = SPAN | {"startTime": CLOSES, "endTime": CLOSES + 1000}

    first, second = parsing.trading_sessions(answer(SPAN, later))["EQUITY"]

    assert (first.start, first.end) == (from_ms(OPENS), from_ms(CLOSES))
    assert first.end == second.start
    assert first.start.tzinfo is UTC


def test_a_market_without_spans_has_none_and_no_market_is_no_trouble() -> None:
    assert parsing.trading_sessions(answer()) == {"EQUITY": []}
    assert parsing.trading_sessions({"marketSchedules": {}}) == {}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"marketSchedules": None},
        {"marketSchedules": {"EQUITY": {}}},
        {"marketSchedules": {"EQUITY": []}},
        answer({"startTime": OPENS, "endTime": CLOSES}),
        answer(SPAN | {"startTime": "soon"}),
        answer(SPAN | {"endTime": None}),
    ],
)
def test_a_schedule_that_cannot_be_read_is_malformed_and_never_half_taken(row: dict[str, Any]) -> None:
    with pytest.raises(MalformedPayload):
        parsing.trading_sessions(row)


def test_sessions_are_equal_by_their_values() -> None:
    start, end = datetime(2024, 11, 25, tzinfo=UTC), datetime(2024, 11, 26, tzinfo=UTC)

    assert TradingSession(start=start, end=end, kind="REGULAR") == TradingSession(start=start, end=end, kind="REGULAR")
    assert len({TradingSession(start=start, end=end, kind="REGULAR") for _ in range(2)}) == 1


def test_a_book_of_one_side_is_a_book() -> None:
    level = BookLevel(Decimal("8.5"), Decimal(10))

    book = OrderBook(symbol="DOTUSDT", bids=(level,), asks=(), update_id=7, at=from_ms(OPENS))

    assert (book.bids[0].price, book.asks) == (Decimal("8.5"), ())
