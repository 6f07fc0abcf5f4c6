"""Every candidate and every signal ends in exactly one recorded outcome, whatever fails on the way."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.event_kinds import EventKind
from desk.models import Bot, Event
from exchange.errors import ExchangeUnavailable
from exchange.types import Contract, Kline, to_ms
from signals.due_hours import ATTEMPTS, Scanner
from signals.market_data import BarStore
from signals.models import ScanRun, Signal, SignalStatus
from signals.strategies.registry import strategy_of
from tests.factories import make_scan
from tests.lockstep import START, Lockstep
from trading import tasks
from trading.core.states import PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.tending import tend
from trading.services.working_entries import work_entries

pytestmark = pytest.mark.django_db
SYMBOLS = ("AUSDT", "BUSDT", "CUSDT")
HOUR = timedelta(hours=1)
FIRST = START.replace(minute=0, second=0)  # open time of the first hour
HOURS = tuple(FIRST + number * HOUR for number in range(3))
QUIET, SURGE = 500, 6000  # sold in an hour; the day before sold 500 an hour
PLACE = ("POST", "/fapi/v1/order")


@dataclass(frozen=True)
class Plan:
    """One market day and what goes wrong in it."""

    surges: frozenset[tuple[str, datetime]]
    failures: Mapping[tuple[str, datetime], int]  # attempts of the scan that fail for a symbol and hour
    slept: frozenset[datetime]  # hours at whose end the scan did not run
    wire: Sequence[str]  # what happens to the orders, one after the other
    offset_pct: str  # 1: entries rest above the market and are never filled
    max_positions: int
    auto_trade: bool


symbol_hours = st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(HOURS))
plans = st.builds(
    Plan,
    surges=st.frozensets(symbol_hours, min_size=1),
    failures=st.dictionaries(symbol_hours, st.sampled_from([1, 2, ATTEMPTS + 1]), max_size=3),
    slept=st.frozensets(st.sampled_from(HOURS[:2]), max_size=1),
    wire=st.lists(st.sampled_from(["", "lose_request", "lose_answer", "swallow", "refuse"]), max_size=3),
    offset_pct=st.sampled_from(["0", "0", "1"]),
    max_positions=st.integers(1, 3),
    auto_trade=st.sampled_from([True, True, True, False]),
)


class FailingMarket:
    """The exchange's market data, with the failures of the plan."""

    def __init__(self, lockstep: Lockstep, failures: Mapping[tuple[str, datetime], int]) -> None:
        self._market, self._left = lockstep.venue.market, dict(failures)

    def contracts(self) -> Sequence[Contract]:
        return self._market.contracts()

    def klines_many(
        self, symbols: Iterable[str], interval: str, *, start: datetime, end: datetime, limit: int
    ) -> Mapping[str, Sequence[Kline] | Exception]:
        return {symbol: self._klines(symbol, interval, start, limit) for symbol in symbols}

    def _klines(self, symbol: str, interval: str, start: datetime, limit: int) -> Sequence[Kline] | Exception:
        if interval == "1h" and self._left.get((symbol, start), 0) > 0:
            self._left[symbol, start] -= 1
            return ExchangeUnavailable("timed out")
        return self._market.klines(symbol, interval, start=start, end=start, limit=limit)


class Day:
    """A desk that lives through a plan."""

    def __init__(self, plan: Plan, home: Path) -> None:
        self.plan, self.desk = plan, Lockstep(home)
        self.desk.market._start_ms = to_ms(FIRST - timedelta(days=30))
        config = {"live_fixed_margin_usdt": "200", "entry_offset_pct": plan.offset_pct}
        self.desk.bot.config_versions.update(
            values=config | {"max_positions": plan.max_positions, "max_hold_hours": 5, "max_entries_per_day": 2}
        )
        Bot.objects.update(auto_trade=plan.auto_trade)
        self.desk.bot.refresh_from_db()
        make_scan(hour=FIRST - HOUR, readings={})  # the desk's record begins here
        self.market, self.bars = FailingMarket(self.desk, plan.failures), BarStore()
        for symbol in SYMBOLS:
            self._write(symbol)

    def _write(self, symbol: str) -> None:
        market = self.desk.market
        market.trade(symbol, to_ms(START) - 1000, "8.500")
        day = FIRST.replace(hour=0) - timedelta(days=1)
        market.bar(symbol, "1d", to_ms(day), "8.500", sold=str(24 * QUIET))
        for hour in HOURS:
            sold = SURGE if (symbol, hour) in self.plan.surges else QUIET
            market.bar(symbol, "1h", to_ms(hour), "8.500", sold=str(sold))

    def live(self) -> None:
        for tamper in self.plan.wire:
            self._tamper(tamper)
        for hour in HOURS:
            self._pass(hour + HOUR + timedelta(seconds=5) - self.desk.now())
            if hour not in self.plan.slept:
                self._scan()
            self._trade()
        self._pass(timedelta(hours=6))
        self._settle()

    def _tamper(self, tamper: str) -> None:
        if tamper == "refuse":
            self.desk.wire.refuse(*PLACE, -2019, "Margin is insufficient.")
        elif tamper:
            getattr(self.desk.wire, tamper)(*PLACE)

    def _pass(self, market: timedelta) -> None:
        self.desk.step(market.total_seconds())

    def _scan(self) -> None:
        for _ in range(ATTEMPTS + 2):
            bot = self.desk.bot
            Scanner(
                name="surge_short",
                strategies=[(bot, strategy_of(bot.config_version))],
                market=self.market,
                bars=self.bars,
                now=self.desk.now(),
                speed=Decimal(1),
            ).scan_due()
            ScanRun.objects.update(tried_at=timezone.now() - timedelta(hours=1))

    def _trade(self) -> None:
        self._pass(timedelta(seconds=61))
        tasks._enter(self.desk.bot)
        self.desk.deliver()
        self._pass(timedelta(minutes=11))
        self._settle()

    def _settle(self) -> None:
        """All that the processes do, until nothing waits for wall time."""
        for _ in range(3):
            long_ago = timezone.now() - timedelta(minutes=10)
            Order.objects.update(updated_at=long_ago)
            Order.objects.filter(sent_at__isnull=False).update(sent_at=long_ago)
            work_entries(self.desk.venue)
            self.desk.deliver()
            reconcile.check(self.desk.venue)
            for position in Position.objects.exclude(status=PositionStatus.CLOSED):
                tend(position, self.desk.venue)
            self.desk.deliver()


@contextmanager
def lived(plan: Plan) -> Iterator[Day]:
    """The day after it was lived; its rows are gone afterwards."""
    with tempfile.TemporaryDirectory() as home, transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        day = Day(plan, Path(home))
        patch.setattr(tasks, "clock", lambda: day.desk.venue.clock)
        patch.setattr(tasks, "open_venue", lambda account: day.desk.venue)
        day.live()
        yield day
        transaction.set_rollback(True)


def count(*kinds: EventKind, **facts: object) -> int:
    return Event.objects.filter(kind__in=kinds, **facts).count()


def outcomes_of_candidate(symbol: str, hour: datetime) -> int:
    """Records of what became of a symbol-hour that met the condition."""
    told = count(
        EventKind.SIGNAL_FOUND, EventKind.CANDIDATE_REPEATED, symbol=symbol, facts__candle_open=hour.isoformat()
    )
    missed = count(EventKind.SCAN_MISSED, facts__hour=hour.isoformat())
    incomplete = count(EventKind.SCAN_INCOMPLETE, facts__hour=hour.isoformat())
    run = ScanRun.objects.filter(hour=hour).first()
    return told + missed + (incomplete if run is not None and symbol in run.missing else 0)


def outcomes_of_signal(signal: Signal) -> int:
    """Records of what became of a signal: refused, entered without a fill, or traded to its end."""
    ends = (EventKind.SIGNAL_REFUSED, EventKind.ENTRY_UNFILLED, EventKind.POSITION_CLOSED)
    return count(*ends, case=signal.case)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans)
def test_every_candidate_and_every_signal_ends_in_exactly_one_recorded_outcome(plan: Plan) -> None:
    with lived(plan):
        candidates = {key: outcomes_of_candidate(*key) for key in plan.surges}
        signals = {signal: outcomes_of_signal(signal) for signal in Signal.objects.all()}
        trades = list(Position.objects.all())

    assert set(candidates.values()) == {1}, candidates
    assert set(signals.values()) <= {1}, signals
    assert all(signal.status != SignalStatus.PENDING for signal in signals)
    assert all(bool(signal.reason_code) == (signal.status == SignalStatus.REFUSED) for signal in signals)
    entered = {signal.pk for signal in signals if signal.status == SignalStatus.ENTERED}
    assert {trade.signal_id for trade in trades} == entered
    assert all(trade.status == PositionStatus.CLOSED and trade.exit_reason for trade in trades)
