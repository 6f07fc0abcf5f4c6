from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.errors import ExchangeUnavailable, RateLimited
from tests.factories import make_bot
from tests.signals.range_market import DAY, HOUR, RangeMarket, bar, contract

pytestmark = pytest.mark.django_db

FIRST_DAY = datetime(2024, 11, 22, tzinfo=UTC)
START = FIRST_DAY + DAY
NOW = START + 17 * HOUR + timedelta(seconds=30)


@pytest.fixture
def market(monkeypatch) -> RangeMarket:
    """Two quiet contracts; it is half a minute past 17:00."""
    market = RangeMarket(now=NOW, listed=[contract("AAAUSDT"), contract("BBBUSDT")])
    for symbol in ("AAAUSDT", "BBBUSDT"):
        market.quiet_days(symbol, FIRST_DAY, days=2)
    monkeypatch.setattr("duolive.cli.scanning.market_data_of_one_command", lambda: market)
    return market


def surge(market: RangeMarket, symbol: str, hour: int, sold: str = "12.34567") -> None:
    market.put(symbol, "1h", bar(START + hour * HOUR, sold=Decimal(sold), price="0.05120"))


def test_a_scan_judges_the_newest_finished_hour(cli, market):
    surge(market, "AAAUSDT", 16)
    surge(market, "BBBUSDT", 15)

    answer = cli("scan", "--json")

    assert answer.code == 0
    facts = answer.json
    found = {"symbol": "AAAUSDT", "candle_open": "2024-11-23T16:00:00Z", "ratio": "12.3457", "price": "0.05120"}
    assert facts["symbol_hours"] == facts["signals"] == [found]
    assert facts["symbols"] == 2
    assert facts["hours"] == 1
    assert facts["weight"] == 1 + 1 + 2 * 2
    assert facts["seconds"] >= 0
    assert facts["failed"] == {}


@pytest.mark.parametrize("at", ["2024-11-23T12:00", "2024-11-23T12:00:05Z", "2024-11-23T12:59+00:00"])
def test_a_scan_at_a_time_judges_the_hour_that_was_finished_then(cli, market, at):
    surge(market, "AAAUSDT", 11)
    surge(market, "AAAUSDT", 12)

    answer = cli("scan", "--at", at, "--json")

    assert [row["candle_open"] for row in answer.json["symbol_hours"]] == ["2024-11-23T11:00:00Z"]


def test_a_range_prints_symbol_hours_and_marks_the_first_of_a_day(cli, market):
    surge(market, "AAAUSDT", 3)
    surge(market, "AAAUSDT", 4)

    answer = cli("scan", "--from", "2024-11-23", "--to", "2024-11-23T10:00")

    first, second = [line for line in answer.out.splitlines() if "AAAUSDT" in line]
    assert "12.3457" in first and "●" in first
    assert "●" not in second
    assert "2 symbols, 10 hours: 2 symbol-hours, 1 signals" in answer.out


def test_a_range_holds_hours_that_open_from_its_start_and_before_its_end(cli, market):
    for hour in (3, 4, 6, 7):
        surge(market, "AAAUSDT", hour)

    answer = cli("scan", "--from", "2024-11-23T04:00", "--to", "2024-11-23T07:00", "--json")

    assert [row["candle_open"][11:13] for row in answer.json["symbol_hours"]] == ["04", "06"]
    assert answer.json["hours"] == 3


def test_a_range_without_end_goes_to_the_newest_finished_hour(cli, market):
    answer = cli("scan", "--from", "2024-11-23T10:00", "--json")

    assert answer.json["hours"] == 7


def test_hours_that_are_not_over_are_left_out(cli, market):
    answer = cli("scan", "--from", "2024-11-23T16:00", "--to", "2025-01-01", "--json")

    assert answer.json["hours"] == 1


@pytest.mark.parametrize("when", [["--at", "2025-01-01"], ["--from", "2025-01-01", "--to", "2025-01-02"]])
def test_a_time_that_has_not_come_is_refused(cli, market, when):
    answer = cli("scan", *when)

    assert answer.code == 1
    assert "2024-11-23 17:00:30 UTC" in answer.err


def test_an_end_without_a_start_is_wrong_usage(cli, market):
    assert cli("scan", "--to", "2024-11-23").code == 2


def test_a_threshold_may_be_given(cli, market):
    surge(market, "AAAUSDT", 16, sold="4")

    assert cli("scan", "--json").json["symbol_hours"] == []
    assert len(cli("scan", "--json", "--threshold", "4").json["symbol_hours"]) == 1


def test_a_threshold_the_strategy_does_not_allow_is_wrong_usage(cli, market):
    answer = cli("scan", "--threshold", "0.5")

    assert answer.code == 2
    assert "surge_threshold" in answer.err


def test_the_bot_of_this_desk_lends_its_threshold(cli, market):
    make_bot(config={"surge_threshold": "4"})
    surge(market, "AAAUSDT", 16, sold="4")

    assert len(cli("scan", "--json").json["symbol_hours"]) == 1


def test_one_symbol_without_an_answer_is_named_and_does_not_end_the_scan(cli, market):
    surge(market, "AAAUSDT", 16)
    market.errors["BBBUSDT"] = ExchangeUnavailable("HTTP 503")

    answer = cli("scan")

    assert answer.code == 0
    assert "AAAUSDT" in answer.out
    assert "BBBUSDT: left out, HTTP 503" in answer.err


def test_a_market_without_any_answer_ends_with_3(cli, market):
    market.errors |= {symbol: ExchangeUnavailable("HTTP 503") for symbol in ("AAAUSDT", "BBBUSDT")}

    assert cli("scan").code == 3


def test_a_scan_stores_nothing(cli, market):
    from desk.models import Event
    from signals.models import ScanRun

    surge(market, "AAAUSDT", 16)

    cli("scan")

    assert not ScanRun.objects.exists()
    assert not Event.objects.exists()


def test_a_scan_that_waits_for_the_next_minute_says_so(cli, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("duolive.cli.scanning.time.sleep", slept.append)
    refused = RateLimited(datetime.now(UTC) + timedelta(seconds=20), "429")
    market = RefusingOnce(now=NOW, listed=[contract("AAAUSDT")], refusal=refused)
    market.quiet_days("AAAUSDT", FIRST_DAY, days=2)
    monkeypatch.setattr("duolive.cli.scanning.market_data_of_one_command", lambda: market)

    answer = cli("scan")

    assert answer.code == 0
    assert len(slept) == 1
    assert "requests are used up" in answer.err
    assert f"{slept[0]:.0f} s" in answer.err


class RefusingOnce(RangeMarket):
    def __init__(self, *, refusal: RateLimited, **details) -> None:
        super().__init__(**details)
        self._refusals = [refusal]

    def klines_many(self, symbols, interval, **period):
        if self._refusals:
            return dict.fromkeys(symbols, self._refusals.pop())
        return super().klines_many(symbols, interval, **period)
