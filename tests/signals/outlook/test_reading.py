import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.errors import ExchangeUnavailable, RateLimited
from exchange.types import to_ms
from signals.indicators.candles import Timeframe
from signals.indicators.frames import FrameCache
from signals.outlook.inputs import Freshness, GapKind, Part
from signals.outlook.reading import read_market
from signals.outlook.sentiment import Mood
from tests.signals.outlook.building import NOW
from tests.signals.outlook.market import SYMBOL, Market
from tests.signals.outlook.recorded_venue import recorded_venue

DOWN = ExchangeUnavailable("no answer")
MINUTE = timedelta(minutes=1)


def gaps(picture) -> dict[str, GapKind]:
    return {str(gap.part): gap.kind for gap in picture.gaps}


def test_a_whole_picture():
    picture = read_market(SYMBOL, Market(), NOW)

    assert picture.gaps == ()
    assert picture.is_fit_for_entry
    assert set(picture.frames) == set(Timeframe)
    assert picture.price == Decimal("1005.5")
    assert picture.change_24h_pct == pytest.approx(0.55)
    assert picture.mood is Mood.GREED
    assert picture.book.ratio == pytest.approx(7 / 3)
    assert picture.sentiment is not None
    assert picture.levels.price == picture.price


def test_a_picture_never_looks_later_than_its_now():
    picture = read_market(SYMBOL, Market(), NOW)

    for timeframe, frame in picture.frames.items():
        assert frame.candles.last_open == timeframe.newest_finished(NOW)
        assert frame.candles.last_open + timeframe.length <= NOW


def test_quotes_from_later_are_not_used():
    picture = read_market(SYMBOL, Market(now=NOW + timedelta(seconds=11)), NOW)

    assert gaps(picture)[Part.BOOK] is GapKind.LATER
    assert picture.price is picture.book is picture.mark is picture.open_interest is None
    assert read_market(SYMBOL, Market(now=NOW + timedelta(seconds=10)), NOW).gaps == ()


def test_in_a_fast_market_the_same_wall_time_is_no_gap():
    market = Market(now=NOW + MINUTE)

    assert read_market(SYMBOL, market, NOW, freshness=Freshness.at_speed(Decimal(60))).gaps == ()
    assert read_market(SYMBOL, market, NOW, freshness=Freshness.at_speed(Decimal(0))).gaps != ()


@pytest.mark.parametrize(
    ("part", "most"),
    [
        (Part.DAY, timedelta(minutes=5)),
        (Part.BOOK, timedelta(seconds=60)),
        (Part.MARK, timedelta(seconds=60)),
        (Part.OPEN_INTEREST, timedelta(minutes=5)),
        (Part.CROWD, timedelta(minutes=15)),
        (Part.FUNDINGS, timedelta(hours=5)),
    ],
)
def test_stale_parts_are_not_used_and_named(part, most):
    fresh = read_market(SYMBOL, Market(behind={part: most}), NOW)
    stale = read_market(SYMBOL, Market(behind={part: most + MINUTE}), NOW)

    assert fresh.gaps == ()
    assert gaps(stale) == {part: GapKind.STALE}


@pytest.mark.parametrize("timeframe", list(Timeframe))
def test_stale_candles_are_not_used_and_named(timeframe):
    market = Market(missing={timeframe.newest_finished(NOW)})

    picture = read_market(SYMBOL, market, NOW)

    assert gaps(picture)[timeframe] is GapKind.STALE
    assert timeframe not in picture.frames


def test_holes_between_candles_are_named():
    hole = Timeframe.M1.newest_finished(NOW) - 7 * MINUTE

    picture = read_market(SYMBOL, Market(missing={hole}), NOW)

    assert gaps(picture) == {"1m": GapKind.HOLES}
    assert not picture.is_fit_for_entry


def test_a_young_contract_is_read_as_far_as_it_goes():
    picture = read_market(SYMBOL, Market(listed_at=NOW - timedelta(days=3)), NOW)

    assert gaps(picture) == {"1h": GapKind.SHORT, "4h": GapKind.SHORT, "1d": GapKind.SHORT}
    assert picture.frames[Timeframe.D1].indicators.rsi is None
    assert picture.frames[Timeframe.H1].indicators.rsi is not None
    assert picture.is_fit_for_entry


@pytest.mark.parametrize("part", [*Timeframe, *Part])
def test_what_fails_is_missing_and_the_rest_is_there(part):
    picture = read_market(SYMBOL, Market(errors={part: DOWN}), NOW)

    assert gaps(picture) == {part: GapKind.MISSING}
    assert picture.gaps[0].detail == "no answer"


@pytest.mark.parametrize(
    ("part", "forbids"),
    [
        ("1m", True),
        ("15m", True),
        ("1h", True),
        ("4h", False),
        ("1d", False),
        ("day", True),
        ("book", True),
        ("mark", True),
        ("crowd", False),
        ("fundings", False),
    ],
)
def test_what_an_entry_is_judged_by_must_be_there(part, forbids):
    assert read_market(SYMBOL, Market(errors={part: DOWN}), NOW).is_fit_for_entry is not forbids


def test_a_venue_that_is_down_gives_a_picture_of_gaps():
    market = Market(errors=dict.fromkeys([*Timeframe, *Part], DOWN))

    picture = read_market(SYMBOL, market, NOW)

    assert set(gaps(picture).values()) == {GapKind.MISSING}
    assert picture.price is picture.sentiment is picture.confluence is picture.levels is picture.mood is None
    assert not picture.is_fit_for_entry
    assert {row["part"] for row in picture.as_rows()} == {"market", "gap"}


def test_after_a_rate_limit_nothing_more_is_asked():
    limited = RateLimited(datetime(2024, 11, 23, 12, 1, tzinfo=UTC))
    market = Market(errors={"5m": limited})

    picture = read_market(SYMBOL, market, NOW)

    assert market.asked == ["1m", "5m"]
    assert set(picture.frames) == {Timeframe.M1}
    assert gaps(picture)["book"] is GapKind.MISSING


def test_candles_are_asked_for_again_only_when_one_closed():
    market, cache = Market(), FrameCache()
    read_market(SYMBOL, market, NOW, cache=cache)
    market.asked.clear()

    same = read_market(SYMBOL, market, NOW + timedelta(seconds=30), cache=cache)
    asked_within_the_minute = [question for question in market.asked if question in set(Timeframe)]
    market.now = NOW + MINUTE
    read_market(SYMBOL, market, NOW + MINUTE, cache=cache)

    assert asked_within_the_minute == []
    assert [question for question in market.asked if question in set(Timeframe)] == ["1m"]
    assert set(same.frames) == set(Timeframe)


def test_incomplete_candles_are_not_kept():
    market, cache = Market(missing={Timeframe.H1.newest_finished(NOW) - timedelta(hours=5)}), FrameCache()
    read_market(SYMBOL, market, NOW, cache=cache)
    market.missing.clear()

    assert read_market(SYMBOL, market, NOW, cache=cache).gaps == ()


def test_a_picture_from_the_cache_is_the_same():
    cache = FrameCache()
    first = read_market(SYMBOL, Market(), NOW, cache=cache)
    second = read_market(SYMBOL, Market(), NOW, cache=cache)

    assert second.as_rows() == first.as_rows() == read_market(SYMBOL, Market(), NOW).as_rows()


def test_the_hash_names_the_inputs_whenever_they_were_looked_at():
    first = read_market(SYMBOL, Market(), NOW)
    later = read_market(SYMBOL, Market(), NOW + timedelta(seconds=5))
    other = read_market("ETHUSDT", Market(), NOW)
    without_book = read_market(SYMBOL, Market(errors={"book": DOWN}), NOW)

    assert later.inputs_hash == first.inputs_hash
    assert len({first.inputs_hash, other.inputs_hash, without_book.inputs_hash}) == 3


def test_the_hash_is_the_same_in_every_process():
    assert (
        read_market(SYMBOL, Market(), NOW).inputs_hash
        == "9df5ac84ba5ccd85e25e388550ddaa3a60f03cfc14f29bf798c1bfda4d0be01d"
    )


def test_rows_are_plain_json_and_leave_out_what_is_unknown():
    rows = read_market(SYMBOL, Market(errors={"mark": DOWN}), NOW).as_rows()
    market = rows[0]

    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert (market["price"], market["quote_volume"]) == ("1005.5", "1000000000")
    assert "funding_rate" not in market
    assert {"part": "gap", "of": "mark", "kind": "missing", "detail": "no answer"} in rows
    assert len(json.dumps(rows)) < 10_000


def test_the_recorded_market_over_the_wire(tmp_path):
    start = datetime(2024, 11, 23, 17, 0, 30, tzinfo=UTC)

    with recorded_venue(tmp_path, start_ms=to_ms(start)) as market:
        picture = read_market("DOGEUSDT", market, market.server_time())
        weight = market.used_weight_1m

    assert gaps(picture) == {"1d": GapKind.SHORT}
    assert picture.is_fit_for_entry
    assert len(picture.frames[Timeframe.M1].candles) == 120
    assert picture.frames[Timeframe.H1].candles.close[-1] == 0.4311
    assert (len(picture.fundings), picture.crowd is None, picture.open_interest is None) == (3, False, False)
    assert weight is not None
    assert weight <= 18
