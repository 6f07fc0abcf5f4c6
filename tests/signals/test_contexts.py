"""What filters look at is kept of each decided signal, exact to the digit, and judged on again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from exchange.errors import ExchangeUnavailable
from exchange.types import Kline, MarkPrice
from signals.contexts import PER_TICK, keep_contexts, pack_bars, unpack_bars
from signals.models import Signal, SignalContext
from tests import factories
from tests.risk.filters.bars import HOUR, hour
from trading.kept_contexts import context_of

pytestmark = pytest.mark.django_db
D = Decimal


class Market:
    """Bars of one price, marks of every symbol that a test names."""

    def __init__(self) -> None:
        self.marks: dict[str, MarkPrice] = {}
        self.fails: set[str] = set()
        self.asked: list[str] = []

    def klines(self, symbol: str, interval: str, *, start: datetime, end: datetime, limit: int) -> Sequence[Kline]:
        return self._bars("klines", start, end, close="8.123456789")

    def premium_klines(
        self, symbol: str, interval: str, *, start: datetime, end: datetime, limit: int
    ) -> Sequence[Kline]:
        return self._bars("premium_klines", start, end, close="-0.00012345")

    def mark_prices(self) -> Mapping[str, MarkPrice]:
        self._ask("mark_prices")
        return self.marks

    def _bars(self, question: str, start: datetime, end: datetime, *, close: str) -> Sequence[Kline]:
        self._ask(question)
        return [hour(start + number * HOUR, close=close) for number in range(int((end - start) / HOUR) + 1)]

    def _ask(self, question: str) -> None:
        self.asked.append(question)
        if question in self.fails:
            raise ExchangeUnavailable("no answer")


@pytest.fixture
def market() -> Market:
    return Market()


def decided(**details: object) -> Signal:
    return factories.make_signal(**{"status": "refused", "reason_code": "breaker", **details})


def keep(market: Market, signal: Signal, *, later: timedelta = timedelta(minutes=1)) -> int:
    assert signal.decided_at is not None
    return keep_contexts(market, now=signal.decided_at + later)  # type: ignore[arg-type]


def mark(symbol: str) -> MarkPrice:
    return MarkPrice(
        symbol=symbol, mark_price=D("8.4"), index_price=D("8.41"), funding_rate=D(0), next_funding_at=factories.NOON,
        at=factories.NOON,
    )  # fmt: skip


def test_the_hours_up_to_the_signals_own_are_kept_once(market: Market) -> None:
    signal = decided()

    first, second = keep(market, signal), keep(market, signal)

    context = context_of(SignalContext.objects.get())
    assert (first, second) == (1, 0)
    assert len(context.hours) == len(context.premiums) == 25
    assert context.hours[-1].open_time == signal.candle_open
    assert (context.hours[0].close, context.premiums[0].close) == (D("8.123456789"), D("-0.00012345"))
    assert context.entry_price == context.signal_price == signal.price


def test_a_mark_price_is_kept_only_while_it_tells_of_the_decision(market: Market) -> None:
    soon, late = decided(), decided()
    market.marks = {soon.symbol: mark(soon.symbol), late.symbol: mark(late.symbol)}
    Signal.objects.filter(pk=late.pk).update(decided_at=soon.decided_at - timedelta(hours=1))

    keep(market, soon)

    kept = {row.signal_id: row.mark_price for row in SignalContext.objects.all()}
    assert kept == {soon.pk: D("8.4"), late.pk: None}
    assert market.asked.count("mark_prices") == 1


def test_a_signal_that_is_not_decided_yet_waits(market: Market) -> None:
    factories.make_signal()

    assert keep_contexts(market, now=factories.NOON) == 0  # type: ignore[arg-type]
    assert market.asked == []


def test_hours_that_cannot_be_had_are_asked_for_again(market: Market) -> None:
    signal = decided()
    market.fails = {"klines"}

    failed = keep(market, signal)
    market.fails = set()

    assert failed == 0
    assert not SignalContext.objects.exists()
    assert keep(market, signal) == 1


@pytest.mark.parametrize("missing", ["mark_prices", "premium_klines"])
def test_marks_and_premiums_may_be_wanting(market: Market, missing: str) -> None:
    signal = decided()
    market.fails = {missing}

    assert keep(market, signal) == 1


def test_a_tick_keeps_a_few_newest_first(market: Market) -> None:
    signals = [decided() for _ in range(PER_TICK + 2)]
    newest = sorted(signals, key=lambda signal: signal.found_at, reverse=True)[:PER_TICK]

    keep(market, signals[0])

    assert set(SignalContext.objects.values_list("signal_id", flat=True)) == {signal.pk for signal in newest}


def test_bars_come_back_exactly() -> None:
    bars = [hour(factories.NOON.replace(second=0), buy="0.1234567890123456", sell="1e15", close="0.00000001")]

    assert unpack_bars(pack_bars(hours=bars, premiums=[])) == {"hours": bars, "premiums": []}
