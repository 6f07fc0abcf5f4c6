"""The venue's own statistics as readings: changes over an hour and a day, and whatever part answers."""

from datetime import timedelta
from decimal import Decimal

import pytest

from advisor.context.errors import SourceFailed
from advisor.context.venue_statistics import venue_readings
from advisor.providers.port import Deadline
from exchange.clock import wall_now
from exchange.errors import ExchangeUnavailable, OrderRefused, RateLimited
from exchange.market_types import FundingRate, LongShortRatio, OpenInterest, OpenInterestPoint, TakerVolume
from tests.advisor.context.samples import NOW

HOUR = timedelta(hours=1)


def share(long: str) -> list[LongShortRatio]:
    return [LongShortRatio(symbol="BTCUSDT", long_share=Decimal(long), short_share=1 - Decimal(long), at=NOW)]


class Market:
    """A venue whose answers a test replaces; an exception is raised."""

    def __init__(self, **answers) -> None:
        points = [(25, "80"), (24, "100"), (2, "110"), (1, "120"), (0.5, "124")]
        self.asked: list[str] = []
        self.answers = {
            "open_interest": OpenInterest(symbol="BTCUSDT", quantity=Decimal(126), at=NOW),
            "open_interest_history": [
                OpenInterestPoint(symbol="BTCUSDT", quantity=Decimal(held), notional=Decimal(1), at=NOW - hours * HOUR)
                for hours, held in points
            ],
            "top_account_ratios": share("0.61234"),
            "top_position_ratios": share("0.5"),
            "taker_volumes": [
                TakerVolume(bought=Decimal(30), sold=Decimal(10), at=NOW - HOUR),
                TakerVolume(bought=Decimal(10), sold=Decimal(15), at=NOW),
            ],
            "funding_rates": [
                FundingRate(symbol="BTCUSDT", rate=Decimal("0.0005"), mark_price=None, at=NOW - timedelta(days=8)),
                FundingRate(symbol="BTCUSDT", rate=Decimal("0.0001"), mark_price=None, at=NOW - 8 * HOUR),
                FundingRate(symbol="BTCUSDT", rate=Decimal("-0.00004"), mark_price=None, at=NOW),
            ],
        } | answers

    def __getattr__(self, name: str):
        def answer(*_, **__):
            self.asked.append(name)
            found = self.answers[name]
            if isinstance(found, Exception):
                raise found
            return found

        return answer


def values(**answers) -> dict[str, Decimal]:
    return {row.name: row.value for row in venue_readings("BTCUSDT", Market(**answers), now=NOW)}


def test_every_figure_of_a_contract():
    assert values() == {
        "open_interest": Decimal(126),
        "open_interest_change_1h": Decimal(5),
        "open_interest_change_24h": Decimal(26),
        "top_accounts_long": Decimal("61.23"),
        "top_positions_long": Decimal(50),
        "taker_buy_sell_1h": Decimal("1.6"),
        "funding_7d": Decimal("0.006"),
    }


def test_each_is_of_the_venues_own_time_and_of_its_contract():
    readings = venue_readings("BTCUSDT", Market(), now=NOW + timedelta(seconds=40))

    assert {row.symbol for row in readings} == {"BTCUSDT"}
    assert {row.as_of for row in readings if row.name != "funding_7d"} == {NOW}


def test_a_young_contract_has_no_change_of_a_day():
    young = [OpenInterestPoint(symbol="BTCUSDT", quantity=Decimal(100), notional=Decimal(1), at=NOW - HOUR)]

    found = values(open_interest_history=young)

    assert found["open_interest_change_1h"] == Decimal(26)
    assert "open_interest_change_24h" not in found


def test_nothing_is_divided_by_nothing():
    empty = [OpenInterestPoint(symbol="BTCUSDT", quantity=Decimal(0), notional=Decimal(0), at=NOW - HOUR)]
    quiet = [TakerVolume(bought=Decimal(0), sold=Decimal(0), at=NOW)]

    found = values(open_interest_history=empty, taker_volumes=quiet, funding_rates=[], top_account_ratios=[])

    assert set(found) == {"open_interest", "top_positions_long"}


@pytest.mark.parametrize("error", [ExchangeUnavailable("down"), OrderRefused(-1121, "Invalid symbol.")])
def test_a_part_that_fails_leaves_the_others(error):
    found = values(top_account_ratios=error, taker_volumes=error)

    assert "open_interest" in found
    assert "taker_buy_sell_1h" not in found


def test_when_all_fail_the_source_has_failed():
    down = dict.fromkeys(Market().answers, ExchangeUnavailable("down"))

    with pytest.raises(SourceFailed) as failed:
        values(**down)

    assert str(failed.value) == "venue: ExchangeUnavailable"


def test_what_comes_too_late_is_left_out():
    ticks = iter([0.0, 5.0, 11.0, 11.0])
    market = Market()

    found = venue_readings("BTCUSDT", market, now=NOW, deadline=Deadline(10.0, lambda: next(ticks)))

    assert {row.name for row in found} >= {"open_interest", "top_accounts_long"}
    assert "taker_volumes" not in market.asked


def test_a_venue_that_takes_all_the_time_has_failed():
    with pytest.raises(SourceFailed) as failed:
        venue_readings("BTCUSDT", Market(), now=NOW, deadline=Deadline(0.0))

    assert str(failed.value) == "venue: no time left"


def test_once_the_rate_is_limited_nothing_more_is_asked():
    market = Market(top_account_ratios=RateLimited(wall_now() + timedelta(seconds=30)))

    with pytest.raises(SourceFailed) as failed:
        venue_readings("BTCUSDT", market, now=NOW)

    assert failed.value.code == "rate_limited"
    assert timedelta(seconds=20) < failed.value.retry_after <= timedelta(seconds=30)
    assert market.asked == ["open_interest", "open_interest_history", "top_account_ratios"]


def test_the_market_is_asked_for_no_more_than_it_needs():
    market = Market()

    venue_readings("BTCUSDT", market, now=NOW)

    assert len(market.asked) == 6
