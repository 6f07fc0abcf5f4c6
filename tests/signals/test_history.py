from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.errors import ExchangeUnavailable
from signals.history import PAGE_HOURS, RangeView, first_of_day, hours_between, interval_length, scan_range
from signals.market_data import BarStore
from signals.scan import fetch_hour, judge
from signals.strategies.base import BarRequest, MarketView, ScanOutcome
from signals.strategies.surge_short import SurgeShort, SurgeShortConfig
from tests.signals.range_market import DAY, HOUR, RangeMarket, bar, contract

FIRST_DAY = datetime(2024, 11, 22, tzinfo=UTC)
START = FIRST_DAY + DAY


def strategy(threshold: str = "10") -> SurgeShort:
    return SurgeShort(SurgeShortConfig(surge_threshold=Decimal(threshold)))


def market(*symbols: str, days: int = 4) -> RangeMarket:
    made = RangeMarket(now=FIRST_DAY + days * DAY, listed=[contract(symbol) for symbol in symbols])
    for symbol in symbols:
        made.quiet_days(symbol, FIRST_DAY, days=days)
    return made


class CountingStrategy(SurgeShort):
    """Asks for the first quarter of each hour and counts how many it gets to see."""

    seen = 0

    def scan_bars(self, hour: datetime) -> list[BarRequest]:
        return [BarRequest("15m", hour)]

    def scan(self, view: MarketView, hour: datetime) -> ScanOutcome:
        self.seen += view.bar("AAAUSDT", "15m", hour) is not None
        return ScanOutcome(readings={}, proposals=[])


def found(market: RangeMarket, hours: list[datetime]) -> list[tuple[str, datetime]]:
    return [(row.symbol, row.candle_open) for row in scan_range(market, strategy(), hours).symbol_hours]


def test_hours_open_from_the_start_on_and_before_the_end():
    assert hours_between(START, START + 3 * HOUR) == [START, START + HOUR, START + 2 * HOUR]


def test_a_started_hour_does_not_count_but_a_started_end_does():
    minute = timedelta(minutes=1)

    assert hours_between(START + minute, START + HOUR + minute) == [START + HOUR]


def test_an_empty_range_has_no_hours():
    assert hours_between(START, START) == []


@pytest.mark.parametrize(("interval", "length"), [("15m", HOUR / 4), ("1h", HOUR), ("1d", DAY), ("1w", 7 * DAY)])
def test_intervals_have_lengths(interval, length):
    assert interval_length(interval) == length


def test_every_surge_of_the_range_is_found_in_order_of_time():
    surges = market("AAAUSDT", "BBBUSDT")
    surges.put("BBBUSDT", "1h", bar(START + 2 * HOUR, sold=11))
    surges.put("AAAUSDT", "1h", bar(START + 5 * HOUR, sold=12, price="1.75"))

    scanned = scan_range(surges, strategy(), hours_between(START, START + DAY))

    assert [(row.symbol, row.candle_open, row.surge_ratio, row.price) for row in scanned.symbol_hours] == [
        ("BBBUSDT", START + 2 * HOUR, Decimal(11), Decimal("1.5")),
        ("AAAUSDT", START + 5 * HOUR, Decimal(12), Decimal("1.75")),
    ]
    assert (scanned.hours, len(scanned.contracts), scanned.failed) == (24, 2, {})


def test_the_bounds_of_the_range_hold():
    surges = market("AAAUSDT")
    for hour in (START - HOUR, START, START + 2 * HOUR):
        surges.put("AAAUSDT", "1h", bar(hour, sold=20))

    assert found(surges, hours_between(START, START + 2 * HOUR)) == [("AAAUSDT", START)]


def test_the_mean_is_that_of_the_day_before_the_candle():
    surges = market("AAAUSDT")
    surges.put("AAAUSDT", "1d", bar(START, sold=2400, length=DAY))
    for hour in (START + 23 * HOUR, START + 24 * HOUR):
        surges.put("AAAUSDT", "1h", bar(hour, sold=50))

    assert found(surges, hours_between(START, START + 2 * DAY)) == [("AAAUSDT", START + 23 * HOUR)]


def test_the_first_surge_of_a_symbol_and_utc_day_is_the_signal():
    surges = market("AAAUSDT", "BBBUSDT")
    for hour in (3, 4, 24):
        surges.put("AAAUSDT", "1h", bar(START + hour * HOUR, sold=15))
    surges.put("BBBUSDT", "1h", bar(START + 4 * HOUR, sold=15))

    signals = first_of_day(scan_range(surges, strategy(), hours_between(START, START + 2 * DAY)).symbol_hours)

    assert [(row.symbol, row.candle_open) for row in signals] == [
        ("AAAUSDT", START + 3 * HOUR),
        ("BBBUSDT", START + 4 * HOUR),
        ("AAAUSDT", START + 24 * HOUR),
    ]


def test_a_contract_that_no_longer_trades_counts_while_it_has_bars():
    surges = market("AAAUSDT")
    surges.listed = [contract("AAAUSDT", status="SETTLING")]
    surges.put("AAAUSDT", "1h", bar(START, sold=15))

    assert found(surges, [START]) == [("AAAUSDT", START)]


def test_other_quotes_are_not_scanned():
    surges = market("AAAUSDC")
    surges.listed = [contract("AAAUSDC", quote="USDC")]
    surges.put("AAAUSDC", "1h", bar(START, sold=15))

    assert found(surges, [START]) == []


def test_a_contract_younger_than_its_reference_day_does_not_count_until_it_is_older():
    surges = market("AAAUSDT")
    surges.listed = [contract("AAAUSDT", onboard_at=FIRST_DAY + HOUR)]
    for hour in (START, START + DAY):
        surges.put("AAAUSDT", "1h", bar(hour, sold=15))

    assert found(surges, hours_between(START, START + 2 * DAY)) == [("AAAUSDT", START + DAY)]


def test_an_hour_without_bars_is_passed_over():
    surges = RangeMarket(now=START + DAY, listed=[contract("AAAUSDT")])

    assert found(surges, hours_between(START, START + DAY)) == []


def test_a_symbol_that_fails_is_named_and_the_others_are_judged():
    surges = market("AAAUSDT", "BBBUSDT")
    surges.put("AAAUSDT", "1h", bar(START, sold=15))
    surges.errors["BBBUSDT"] = ExchangeUnavailable("HTTP 503")

    scanned = scan_range(surges, strategy(), [START])

    assert [row.symbol for row in scanned.symbol_hours] == ["AAAUSDT"]
    assert scanned.failed == {"BBBUSDT": "HTTP 503"}


def test_bars_come_in_pages_and_not_hour_by_hour():
    long = market("AAAUSDT", days=45)
    hours = hours_between(START, START + 44 * DAY)

    scan_range(long, strategy(), hours)

    hourly = [asked for asked in long.asked if asked[0] == "1h"]
    assert [limit for _interval, _start, _end, limit in hourly] == [PAGE_HOURS, PAGE_HOURS, 44 * 24 - 2 * PAGE_HOURS]
    assert [start for _interval, start, _end, _limit in hourly] == [hours[0], hours[PAGE_HOURS], hours[2 * PAGE_HOURS]]
    assert max(limit for *_rest, limit in long.asked) < 500
    assert len(long.asked) == 6


def test_bars_finer_than_an_hour_come_in_as_many_answers_as_they_need():
    quarter = HOUR / 4
    market = RangeMarket(now=START + 30 * DAY, listed=[contract("AAAUSDT")])
    market.put("AAAUSDT", "15m", *(bar(START + n * quarter, sold=1, length=quarter) for n in range(2000)))
    counting = CountingStrategy(SurgeShortConfig())

    scan_range(market, counting, hours_between(START, START + PAGE_HOURS * HOUR))

    assert [limit for *_rest, limit in market.asked] == [1000, 993]
    assert counting.seen == PAGE_HOURS


def test_a_surge_at_the_seam_of_two_pages_is_found():
    long = market("AAAUSDT", days=45)
    seam = START + PAGE_HOURS * HOUR
    for hour in (seam - HOUR, seam):
        long.put("AAAUSDT", "1h", bar(hour, sold=15))

    assert found(long, hours_between(START, START + 44 * DAY)) == [("AAAUSDT", seam - HOUR), ("AAAUSDT", seam)]


def test_progress_tells_the_hours_judged_so_far():
    long = market("AAAUSDT", days=23)
    seen: list[tuple[int, int]] = []

    scan_range(
        long,
        strategy(),
        hours_between(START, START + 22 * DAY),
        on_progress=lambda done, total: seen.append((done, total)),
    )

    assert seen == [(499, 528), (528, 528)]


def test_a_view_shows_no_bar_that_is_not_finished_at_its_now():
    bars = {"1h": {"AAAUSDT": {START: bar(START, sold=1)}}}
    open_still = RangeView(now=START + HOUR - timedelta(seconds=1), contracts=[], bars=bars)
    finished = RangeView(now=START + HOUR, contracts=[], bars=bars)

    assert open_still.bar("AAAUSDT", "1h", START) is None
    assert finished.bar("AAAUSDT", "1h", START) is not None
    assert finished.bar("AAAUSDT", "1m", START) is None
    assert finished.last_price("AAAUSDT") is None


def test_a_range_judges_each_hour_as_the_scan_of_that_hour_did():
    surges = market("AAAUSDT", "BBBUSDT", "CCCUSDT")
    for number, symbol in enumerate(("AAAUSDT", "BBBUSDT", "CCCUSDT")):
        for hour in range(0, 48, 5):
            surges.put(symbol, "1h", bar(START + (hour + number) * HOUR, sold=8 + hour % 7))
    hours = hours_between(START, START + 2 * DAY)

    one_by_one = []
    for hour in hours:
        market_hour = fetch_hour(
            surges, hour=hour, now=hour + HOUR, requests=strategy().scan_bars(hour), bars=BarStore()
        )
        one_by_one += judge(strategy(), market_hour).proposals

    assert list(scan_range(surges, strategy(), hours).symbol_hours) == one_by_one
    assert one_by_one
