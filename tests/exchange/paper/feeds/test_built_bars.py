"""Properties of the builder of finer bars: whatever the bar, its parts sum to it and obey their own prices."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from exchange.paper.feeds.apportion import apportion, apportion_trades, is_within, split_flow, spread_quote
from exchange.paper.feeds.grid import Flow, UnitBar, merge
from exchange.paper.feeds.points import points, so_far
from exchange.paper.feeds.quarters import Quarter, fitted_quarters
from exchange.paper.feeds.refine import refine

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@st.composite
def flows(draw, low, high):
    quantity = draw(st.one_of(st.integers(0, 5), st.integers(0, 10**11)))
    return Flow(quantity, draw(st.integers(low * quantity, high * quantity)))


@st.composite
def bars(draw, worth=1):
    low = draw(st.integers(1, 10**7))
    high = low + draw(st.one_of(st.integers(0, 3), st.integers(0, low)))
    prices = st.integers(low, high)
    return UnitBar(
        open_ms=draw(st.integers(10**6, 10**7)) * HOUR_MS,
        open=draw(prices),
        high=high,
        low=low,
        close=draw(prices),
        buys=draw(flows(low * worth, high * worth)),
        sells=draw(flows(low * worth, high * worth)),
        trades=draw(st.integers(0, 10**6)),
    )


FLAT = UnitBar(HOUR_MS, 7009, 7009, 7009, 7009, Flow(0, 0), Flow(0, 0), 0)
ONE_STEP_AT_THE_HIGH = UnitBar(HOUR_MS, 5, 90, 1, 5, Flow(1, 90), Flow(0, 0), 1)
ALL_BUYS_AT_THE_LOW = UnitBar(HOUR_MS, 50, 90, 1, 50, Flow(1000, 1000), Flow(1000, 90_000), 9)


def split(bar, parts, worth=1):
    return refine(bar, parts=parts, span_ms=MINUTE_MS, worth=worth, name="BTCUSDT")


@given(bar=bars(), parts=st.sampled_from([3, 4, 5]))
@example(bar=FLAT, parts=4)
@example(bar=ONE_STEP_AT_THE_HIGH, parts=5)
@example(bar=ALL_BUYS_AT_THE_LOW, parts=3)
def test_parts_sum_to_their_bar_in_every_column(bar, parts):
    assert merge(split(bar, parts), bar.open_ms) == bar


@given(bar=bars(worth=10), parts=st.sampled_from([3, 4, 5]))
@example(bar=FLAT, parts=5)
def test_every_part_obeys_its_own_prices(bar, parts):
    for part in split(bar, parts, worth=10):
        assert bar.low <= part.low <= min(part.open, part.close)
        assert max(part.open, part.close) <= part.high <= bar.high
        for flow in (part.buys, part.sells):
            assert flow.quantity >= 0
            assert part.low * 10 * flow.quantity <= flow.quote <= part.high * 10 * flow.quantity


@given(bar=bars())
def test_each_part_opens_where_the_last_closed(bar):
    parts = split(bar, 5)

    assert [part.open_ms for part in parts] == [bar.open_ms + i * MINUTE_MS for i in range(5)]
    assert all(after.open == before.close for before, after in pairwise(parts))


@given(bar=bars())
def test_three_depths_below_still_sum_to_the_hour(bar):
    minutes = [minute for quarter in split(bar, 4) for five in split(quarter, 3) for minute in split(five, 5)]

    assert len(minutes) == 60
    assert merge(minutes, bar.open_ms) == bar


@given(bar=bars())
def test_the_same_bar_is_always_built_the_same_way(bar):
    first = split(bar, 5)
    split(FLAT, 5)

    assert split(bar, 5) == first


def test_another_symbol_goes_another_way():
    bar = UnitBar(HOUR_MS, 500, 900, 100, 600, Flow(1000, 500_000), Flow(1000, 500_000), 40)

    there = refine(bar, parts=5, span_ms=MINUTE_MS, worth=1, name="ETHUSDT")

    assert there != split(bar, 5)


@given(minute=bars())
@example(minute=FLAT)
def test_a_minute_is_the_aggregate_of_its_points(minute):
    path = points(minute, "BTCUSDT")

    prices = [point.price for point in path]
    assert (prices[0], max(prices), min(prices), prices[-1]) == (minute.open, minute.high, minute.low, minute.close)
    assert sum(point.quantity for point in path) == minute.quantity
    assert path[0].at_ms == minute.open_ms
    assert all(before.at_ms < after.at_ms for before, after in pairwise(path))
    assert path[-1].at_ms < minute.open_ms + MINUTE_MS


@given(minute=bars())
@example(minute=FLAT)
def test_an_open_minute_shows_only_the_points_that_have_been(minute):
    path = points(minute, "BTCUSDT")

    for count, point in enumerate(path, start=1):
        shown = so_far(minute, path, now_ms=point.at_ms, worth=1)
        prices = [seen.price for seen in path[:count]]
        assert (shown.high, shown.low, shown.close) == (max(prices), min(prices), point.price)
        assert shown.quantity == sum(seen.quantity for seen in path[:count])
        assert 0 <= shown.buys.quantity <= minute.buys.quantity
        assert 0 <= shown.sells.quantity <= minute.sells.quantity
        assert shown.low * shown.quantity <= shown.buys.quote + shown.sells.quote <= shown.high * shown.quantity


@given(minute=bars())
def test_the_last_point_completes_the_minute(minute):
    path = points(minute, "BTCUSDT")

    assert so_far(minute, path, now_ms=path[-1].at_ms, worth=1) == minute


@given(total=st.integers(0, 10**12), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_apportioned_parts_sum_to_the_total_and_stay_near_their_share(total, weights):
    parts = apportion(total, weights)

    assert sum(parts) == total
    if whole := sum(weights):
        assert all(abs(part * whole - total * weight) <= whole for part, weight in zip(parts, weights, strict=True))


@given(trades=st.integers(0, 50), quantities=st.lists(st.integers(0, 20), min_size=1, max_size=9))
def test_a_part_that_traded_has_a_trade_where_there_are_enough(trades, quantities):
    numbers = apportion_trades(trades, quantities)

    assert sum(numbers) == trades
    if trades >= sum(quantity > 0 for quantity in quantities):
        assert all(number > 0 for number, quantity in zip(numbers, quantities, strict=True) if quantity)


def test_the_dear_part_trades_more_when_the_average_is_high():
    worths = [(10, 20), (20, 30)]

    at_the_middle = split_flow(Flow(100, 2000), worths, [1000, 1000])
    above_the_middle = split_flow(Flow(100, 2200), worths, [1000, 1000])

    assert at_the_middle == [Flow(50, 750), Flow(50, 1250)]
    assert above_the_middle == [Flow(30, 450), Flow(70, 1750)]


def test_a_flow_at_the_top_price_is_gathered_where_the_top_is():
    parts = split_flow(Flow(7, 210), [(10, 20), (20, 30)], [1000, 1000])

    assert parts == [Flow(0, 0), Flow(7, 210)]


@given(data=st.data())
def test_quote_spreads_within_every_parts_prices(data):
    worths = [
        tuple(sorted(pair))
        for pair in data.draw(st.lists(st.tuples(*[st.integers(1, 99)] * 2), min_size=4, max_size=4))
    ]
    quantities = data.draw(st.lists(st.integers(0, 50), min_size=4, max_size=4))
    least, most = (sum(q * worth[side] for q, worth in zip(quantities, worths, strict=True)) for side in (0, 1))
    quote = data.draw(st.integers(least, most))

    parts = spread_quote(quote, quantities, worths)

    assert is_within(quote, quantities, worths)
    assert sum(parts) == quote
    assert all(q * low <= part <= q * high for part, q, (low, high) in zip(parts, quantities, worths, strict=True))


HOUR = UnitBar(HOUR_MS, 100, 130, 90, 120, Flow(60, 6600), Flow(40, 4300), 30)
QUARTERS = [
    Quarter(100, 115, 95, 110, 30),
    Quarter(110, 130, 105, 125, 20),
    Quarter(125, 126, 90, 100, 40),
    Quarter(100, 121, 99, 120, 10),
]


def test_recorded_quarters_keep_their_prices_and_volumes_and_sum_to_the_hour():
    fitted = fitted_quarters(HOUR, QUARTERS, worth=1)

    assert [(bar.open, bar.high, bar.low, bar.close, bar.quantity) for bar in fitted] == QUARTERS
    assert merge(fitted, HOUR_MS) == HOUR
    assert all(bar.low * bar.buys.quantity <= bar.buys.quote <= bar.high * bar.buys.quantity for bar in fitted)


def test_quarters_that_contradict_the_hour_are_not_used():
    contradictions = [
        QUARTERS[:3],
        [QUARTERS[0]._replace(open=101), *QUARTERS[1:]],
        [*QUARTERS[:3], QUARTERS[3]._replace(close=119)],
        [QUARTERS[0], QUARTERS[1]._replace(high=129), *QUARTERS[2:]],
        [*QUARTERS[:2], QUARTERS[2]._replace(low=91), QUARTERS[3]],
        [QUARTERS[0]._replace(quantity=31), *QUARTERS[1:]],
    ]

    assert [fitted_quarters(HOUR, quarters, worth=1) for quarters in contradictions] == [None] * 6


def test_quarters_whose_prices_cannot_have_cost_the_quote_volume_are_not_used():
    hour = HOUR._replace(buys=Flow(60, 130 * 60))

    assert fitted_quarters(hour, QUARTERS, worth=1) is None
