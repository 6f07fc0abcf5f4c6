"""The scan on the schedule: each hour once, what is missing again while it is fresh, the rest told; and its pulse."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Bot, Event, Heartbeat
from exchange.errors import ExchangeUnavailable
from signals import due_hours, tasks
from signals.due_hours import ATTEMPTS
from signals.market_data import BarStore
from signals.models import ScanRun, Signal
from signals.tasks import scan_strategy
from tests.factories import make_bot
from tests.signals.range_market import DAY, HOUR, RangeMarket, bar, contract

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2024, 11, 22, tzinfo=UTC)
SCANNED = MIDNIGHT + DAY + timedelta(hours=10)  # open time of the hour
DUE = SCANNED + HOUR + timedelta(seconds=5)


@dataclass
class Clock:
    """A clock that stands at ``at``."""

    at: datetime = DUE
    speed: Decimal = Decimal(1)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tasks, "clock", lambda: clock)
    return clock


@pytest.fixture
def market(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> RangeMarket:
    """Two quiet contracts, one of which surges in the scanned hour."""
    return open_market(monkeypatch, "AUSDT", "BUSDT")


def open_market(monkeypatch: pytest.MonkeyPatch, *symbols: str) -> RangeMarket:
    """Quiet contracts, the first of which surges in the scanned hour."""
    market = RangeMarket(now=DUE, listed=[contract(symbol) for symbol in symbols])
    for symbol in symbols:
        market.quiet_days(symbol, MIDNIGHT, days=3)
    market.put(symbols[0], "1h", bar(SCANNED, sold=11))
    monkeypatch.setattr(tasks, "market_data", lambda: market)
    monkeypatch.setattr(tasks, "_bars", BarStore())
    return market


def scan(*bots: Bot, now: datetime = DUE) -> ScanRun | None:
    """The run that this tick wrote or added to."""
    attempts = sum(ScanRun.objects.values_list("attempts", flat=True))
    scan_strategy("surge_short", bots, now=now)
    if sum(ScanRun.objects.values_list("attempts", flat=True)) == attempts:
        return None
    return ScanRun.objects.latest("hour")


def let_wait_pass() -> None:
    """As if the wait between two attempts were over."""
    ScanRun.objects.update(tried_at=timezone.now() - timedelta(minutes=10))


def fail(market: RangeMarket, *symbols: str) -> None:
    market.errors = {symbol: ExchangeUnavailable("timed out") for symbol in symbols}


def test_an_hour_is_scanned_once(market: RangeMarket) -> None:
    bot = make_bot()

    first, second = scan(bot), scan(bot, now=DUE + timedelta(seconds=1))

    assert first is not None
    assert second is None
    assert (first.symbols, first.failed) == (2, 0)
    assert Signal.objects.get().symbol == "AUSDT"


def test_a_symbol_that_fails_does_not_end_the_scan(market: RangeMarket) -> None:
    market.errors["BUSDT"] = ExchangeUnavailable("timed out")

    run = scan(make_bot())

    assert run is not None
    assert (run.symbols, run.failed) == (2, 1)


def test_symbols_that_failed_are_asked_again_and_no_others(market: RangeMarket) -> None:
    bot = make_bot()
    fail(market, "AUSDT")
    scan(bot)
    fail(market)
    market.asked_symbols.clear()
    let_wait_pass()

    again = scan(bot, now=DUE + timedelta(seconds=2))

    assert again is not None
    assert (again.symbols, again.failed, again.attempts, again.is_settled) == (2, 0, 2, True)
    assert set(market.asked_symbols) == {"AUSDT"}
    assert Signal.objects.get().symbol == "AUSDT"
    assert set(again.readings) == {"AUSDT", "BUSDT"}


def test_the_attempts_wait_longer_each_time(market: RangeMarket) -> None:
    bot = make_bot()
    fail(market, "AUSDT")
    scan(bot)

    at_once = scan(bot, now=DUE + timedelta(seconds=1))

    assert at_once is None


def test_what_stays_missing_is_told_once_after_the_last_attempt(market: RangeMarket) -> None:
    bot = make_bot()
    fail(market, "AUSDT")
    for second in range(ATTEMPTS + 3):
        scan(bot, now=DUE + timedelta(seconds=second))
        let_wait_pass()

    run, told = ScanRun.objects.get(), Event.objects.get(kind=EventKind.SCAN_INCOMPLETE)
    assert (run.attempts, run.failed, run.is_settled) == (ATTEMPTS, 1, True)
    assert (told.facts["missing"], told.facts["symbols"], told.facts["names"]) == (1, 2, "AUSDT")
    assert Event.objects.filter(kind=EventKind.SCAN_FINISHED).count() == 1


def test_what_is_missing_of_an_hour_that_is_too_old_is_told_and_not_asked_for(market: RangeMarket) -> None:
    bot = make_bot()
    fail(market, "AUSDT")
    scan(bot)
    fail(market)
    let_wait_pass()

    scan(bot, now=DUE + timedelta(minutes=6))

    assert Event.objects.filter(kind=EventKind.SCAN_INCOMPLETE).count() == 1
    assert not Signal.objects.exists()


def test_a_scan_in_which_every_symbol_failed_is_made_again_at_the_next_tick(market: RangeMarket) -> None:
    bot = make_bot()
    fail(market, "AUSDT", "BUSDT")
    failed = scan(bot)
    fail(market)
    let_wait_pass()

    again = scan(bot, now=DUE + timedelta(seconds=1))

    assert failed is not None
    assert failed.judged_share == 0
    assert again is not None
    assert again.judged_share == 1
    assert Signal.objects.count() == 1
    assert Event.objects.filter(kind=EventKind.SCAN_FINISHED).count() == 1


def test_contracts_that_cannot_be_read_leave_a_run_that_is_made_again(
    market: RangeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = make_bot()
    with monkeypatch.context() as broken:
        broken.setattr(market, "contracts", unavailable)
        failed = scan(bot)
    let_wait_pass()

    again = scan(bot, now=DUE + timedelta(seconds=1))

    assert failed is not None
    assert (failed.symbols, failed.judged_share) == (0, 0)
    assert again is not None
    assert (again.symbols, again.failed, again.is_settled) == (2, 0, True)


def unavailable() -> None:
    raise ExchangeUnavailable("timed out")


def test_an_hour_that_failed_for_too_long_is_missed_and_noted_once(market: RangeMarket) -> None:
    bot = make_bot()
    scan(bot, now=DUE - HOUR)
    fail(market, "AUSDT", "BUSDT")
    scan(bot)
    fail(market)
    too_late = scan(bot, now=DUE + timedelta(minutes=6))

    scan(bot, now=DUE + HOUR)

    assert too_late is None
    assert Event.objects.get(kind=EventKind.SCAN_MISSED).facts["hour"] == SCANNED.isoformat()


def test_hours_that_are_due_at_once_are_all_scanned_while_they_are_fresh(market: RangeMarket, clock: Clock) -> None:
    """At 2880 times real speed an hour lasts 1.25 s of wall time, and a scan may come two hours late."""
    bot, clock.speed = make_bot(), Decimal(2880)
    scan(bot, now=DUE - HOUR)

    scan(bot, now=DUE + 2 * HOUR)

    assert list(ScanRun.objects.values_list("hour", flat=True)) == [
        SCANNED + 2 * HOUR, SCANNED + HOUR, SCANNED, SCANNED - HOUR
    ]  # fmt: skip
    assert Signal.objects.get().candle_open == SCANNED
    assert not Event.objects.filter(kind=EventKind.SCAN_MISSED).exists()


def test_hours_that_are_too_old_are_noted_before_those_that_are_scanned(market: RangeMarket) -> None:
    bot = make_bot()
    scan(bot, now=DUE - 3 * HOUR)

    scan(bot)

    missed = Event.objects.filter(kind=EventKind.SCAN_MISSED).order_by("id")
    assert [event.facts["hour"] for event in missed] == [(SCANNED - HOUR * ago).isoformat() for ago in (2, 1)]
    assert ScanRun.objects.count() == 2


def test_a_scan_that_is_not_kept_notes_no_missed_hours(market: RangeMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker wrote this hour first: it has noted them."""
    bot = make_bot()
    scan(bot, now=DUE - 3 * HOUR)
    monkeypatch.setattr(due_hours, "store_scan", lambda **_: None)

    scan(bot)

    assert not Event.objects.filter(kind=EventKind.SCAN_MISSED).exists()


def test_a_bot_whose_settings_are_not_valid_keeps_no_other_from_its_signals(market: RangeMarket) -> None:
    sick, well = make_bot(config={"max_positions": 999}), make_bot()

    scan_strategy("surge_short", [sick, well], now=DUE)

    assert Signal.objects.get().bot == well


class NoOneElse:
    """The lock of a desk with one worker."""

    def __init__(self, name: str, *, seconds: float) -> None: ...

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """One run of the task; True when it beat."""
    monkeypatch.setattr(tasks, "only_one", NoOneElse)

    def run() -> bool:
        Heartbeat.objects.all().delete()
        tasks.scan_due()
        return Heartbeat.objects.filter(loop="scan").exists()

    return run


def test_the_pulse_beats_when_the_hour_could_be_judged_and_goes_on(
    market: RangeMarket, tick: Callable[[], bool]
) -> None:
    make_bot()

    assert [tick(), tick()] == [True, True]


def test_the_pulse_rests_while_too_few_could_be_looked_at(market: RangeMarket, tick: Callable[[], bool]) -> None:
    make_bot()
    fail(market, "AUSDT")
    with_half = [tick(), tick()]
    fail(market)
    let_wait_pass()

    assert with_half == [False, False]
    assert tick()


def test_a_tenth_that_fails_does_not_stop_the_pulse(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, tick: Callable[[], bool]
) -> None:
    make_bot()
    market = open_market(monkeypatch, *(f"S{number}USDT" for number in range(10)))
    fail(market, "S7USDT")

    assert tick()


def test_an_hour_that_was_given_up_stops_the_pulse_until_the_next(
    market: RangeMarket, clock: Clock, tick: Callable[[], bool]
) -> None:
    make_bot()
    fail(market, "AUSDT", "BUSDT")
    tick()
    fail(market)
    clock.at = DUE + timedelta(minutes=6)
    given_up = tick()
    clock.at = DUE + HOUR

    assert not given_up
    assert tick()


def test_a_desk_that_starts_too_late_for_the_hour_beats(
    market: RangeMarket, clock: Clock, tick: Callable[[], bool]
) -> None:
    make_bot()
    clock.at = DUE + timedelta(minutes=30)

    assert tick()
    assert not ScanRun.objects.exists()


def test_bots_whose_settings_are_all_invalid_stop_the_pulse(market: RangeMarket, tick: Callable[[], bool]) -> None:
    make_bot(config={"max_positions": 999})

    assert not tick()


def test_a_desk_whose_bots_do_not_scan_beats(market: RangeMarket, tick: Callable[[], bool]) -> None:
    make_bot(strategy="manual")

    assert tick()
