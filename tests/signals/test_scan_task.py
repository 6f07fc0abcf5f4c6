"""The scan on the schedule: each hour once, a failed one again while it is fresh, missed ones noted."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Bot, Event
from exchange.errors import ExchangeUnavailable
from signals import tasks
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
    speed: Decimal = Decimal(1)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> RangeMarket:
    """Two quiet contracts, one of which surges in the scanned hour."""
    market = RangeMarket(now=DUE, listed=[contract("AUSDT"), contract("BUSDT")])
    for symbol in ("AUSDT", "BUSDT"):
        market.quiet_days(symbol, MIDNIGHT, days=3)
    market.put("AUSDT", "1h", bar(SCANNED, sold=11))
    monkeypatch.setattr(tasks, "market_data", lambda: market)
    monkeypatch.setattr(tasks, "clock", Clock)
    monkeypatch.setattr(tasks, "_bars", BarStore())
    return market


def scan(bot: Bot, *, now: datetime = DUE) -> ScanRun | None:
    return scan_strategy("surge_short", [bot], now=now)


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


def test_a_scan_in_which_every_symbol_failed_is_made_again_at_the_next_tick(market: RangeMarket) -> None:
    bot = make_bot()
    market.errors = {symbol: ExchangeUnavailable("timed out") for symbol in ("AUSDT", "BUSDT")}
    failed = scan(bot)
    market.errors.clear()

    again = scan(bot, now=DUE + timedelta(seconds=1))

    assert failed is None
    assert again is not None
    assert Signal.objects.count() == 1


def test_an_hour_that_failed_for_too_long_is_missed_and_noted_with_the_next(market: RangeMarket) -> None:
    bot = make_bot()
    scan(bot, now=DUE - HOUR)
    market.errors = {symbol: ExchangeUnavailable("timed out") for symbol in ("AUSDT", "BUSDT")}
    scan(bot)
    market.errors.clear()
    too_late = scan(bot, now=DUE + timedelta(minutes=6))

    scan(bot, now=DUE + HOUR)

    assert too_late is None
    assert Event.objects.get(kind=EventKind.SCAN_MISSED).facts["hour"] == SCANNED.isoformat()


def test_a_scan_that_is_not_kept_notes_no_missed_hours(market: RangeMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker wrote this hour first: it has noted them."""
    bot = make_bot()
    scan(bot, now=DUE - 3 * HOUR)
    monkeypatch.setattr(tasks, "store_scan", lambda **_: None)

    scan(bot)

    assert not Event.objects.filter(kind=EventKind.SCAN_MISSED).exists()


def test_a_bot_whose_settings_are_not_valid_keeps_no_other_from_its_signals(market: RangeMarket) -> None:
    sick, well = make_bot(config={"max_positions": 999}), make_bot()

    scan_strategy("surge_short", [sick, well], now=DUE)

    assert Signal.objects.get().bot == well
