"""Faults of the market itself: gaps, halts, settlements, other filters."""

from functools import cache

import pytest

from exchange.paper.core.refusals import VenueError
from exchange.paper.faults.market import DisturbedVenue
from exchange.paper.faults.reading import FaultError, read_spec
from exchange.paper.faults.table import FaultTable
from exchange.paper.faults.timing import window_of
from tests.exchange.paper.faults.faulty import FaultyDesk, market_buy, set_fault
from tests.exchange.paper.scripted import HOUR_MS, T0, D, ScriptedMarket

PATH = [(0, "100", "10"), (1000, "101", "10"), (2000, "102", "10"), (3000, "103", "10")]


def disturbed(*rows, now_ms=0):
    """The scripted market with faults that were set ``now_ms`` after T0."""
    table = FaultTable()
    for row in rows:
        spec = read_spec({"symbol": "BTCUSDT"} | row)
        table.add(spec, window_of(spec, market_ms=T0 + now_ms, wall_ms=0), market_ms=T0 + now_ms)
    return DisturbedVenue(ScriptedMarket({"BTCUSDT": PATH, "ETHUSDT": PATH}), table)


def path(venue, symbol="BTCUSDT", after=-1, until=5000):
    return [(point.at_ms - T0, str(point.price)) for point in venue.path(symbol, T0 + after, T0 + until)]


def gap(percent, **fields):
    return {"fault": "price_gap", "percent": percent} | fields


class TestPriceGap:
    def test_path_jumps_at_its_moment_and_goes_on_from_there(self):
        venue = disturbed(gap("-10", at=T0 + 1500))

        assert path(venue) == [(0, "100"), (1000, "101"), (1500, "90.9"), (2000, "91.8"), (3000, "92.7")]
        assert [venue.last_price("BTCUSDT", T0 + ms) for ms in (1499, 1500, 2500)] == [D("101"), D("90.9"), D("91.8")]

    def test_path_jumps_back_when_the_gap_ends(self):
        venue = disturbed(gap("-10", at=T0 + 1500, for_market_s=1))

        assert path(venue)[-4:] == [(1500, "90.9"), (2000, "91.8"), (2500, "102"), (3000, "103")]

    def test_other_symbols_go_their_own_way(self):
        venue = disturbed(gap("-10"))

        assert path(venue, "ETHUSDT") == [(ms, price) for ms, price, _ in PATH]

    def test_path_is_the_same_in_whatever_steps_it_is_asked_for(self):
        venue = disturbed(gap("7", at=T0 + 1000), gap("-3", at=T0 + 2200, for_market_s="0.3"))

        pieces = [point for at in range(-1, 5000, 100) for point in path(venue, after=at, until=at + 100)]

        assert pieces == path(venue, until=5099)

    def test_prices_stay_on_the_tick_and_above_zero(self):
        venue = disturbed(gap("-99.99"))

        assert path(venue, after=0)[0] == (1, "0.1")

    def test_bar_of_the_jump_spans_both_sides_and_later_ones_are_moved(self):
        venue = disturbed(gap("-50", at=T0 + 1500))

        first, second = venue.bars("BTCUSDT", "1h", T0, T0 + HOUR_MS, T0 + HOUR_MS + 5000)

        assert (first.high, first.low, first.close) == (D("103"), D("50.5"), D("51.5"))
        assert (second.open, second.close) == (D("51.5"), D("51.5"))

    def test_stop_fires_at_the_far_side(self):
        desk = FaultyDesk([(5000, "100", "10")])
        desk.market_order("BUY", "1")
        desk.algo(triggerPrice="95")
        desk.fault("price_gap", symbol="BTCUSDT", percent="-12", in_market_s=2)

        desk.after(1999)
        before = desk.position().quantity
        desk.after(2000)

        assert (before, desk.position().quantity) == (1, 0)
        assert desk.account.fills[-1].price == D("88")

    def test_gap_through_a_resting_order_fills_nothing_by_itself(self):
        desk = FaultyDesk([(5000, "100", "10")])
        desk.order(price="95")
        desk.fault("price_gap", symbol="BTCUSDT", percent="-12", in_market_s=2)

        desk.after(2000)

        assert desk.account.fills == []

    def test_removing_it_brings_the_price_back_and_keeps_the_history(self):
        desk = FaultyDesk([])
        desk.fault("price_gap", symbol="BTCUSDT", percent="-12")
        desk.after(1000)

        desk.do("clear_faults")
        desk.after(2000)

        prices = [desk.engine.state.venue.last_price("BTCUSDT", T0 + ms) for ms in (0, 1, 1000, 1001)]
        assert prices == [D("100"), D("88"), D("88"), D("100")]

    def test_rest_shows_the_gap_everywhere(self, exchange):
        set_fault(exchange, "price_gap", symbol="BTCUSDT", percent="-20", in_market_s=1)
        exchange.clock(step_ms=1000)

        price = exchange.get("/fapi/v1/ticker/price", symbol="BTCUSDT").json()["price"]
        bar = exchange.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=1).json()[0]

        assert float(price) == float(bar[4]) == 80


class TestHalted:
    def test_nothing_trades_and_the_price_stands(self):
        venue = disturbed({"fault": "symbol_halted", "at": T0 + 1000, "for_market_s": "1.5"})

        assert path(venue) == [(0, "100"), (1000, "101"), (2500, "102"), (3000, "103")]
        assert venue.last_price("BTCUSDT", T0 + 2400) == 101
        assert venue.symbol_info("BTCUSDT", T0 + 2400)["status"] == "BREAK"

    def test_orders_are_refused_and_stand(self):
        desk = FaultyDesk([(1000, "90", "1000")])
        desk.order(price="95")
        desk.market_order("BUY", "1")
        desk.fault("symbol_halted", symbol="BTCUSDT")

        codes = [desk.refusal("place_order", **market_buy(side=side)) for side in ("BUY", "SELL")]
        codes.append(desk.refusal("place_algo_order", algoType="CONDITIONAL", symbol="BTCUSDT", side="SELL",
                                  type="STOP_MARKET", triggerPrice="95", closePosition="true"))  # fmt: skip
        desk.after(2000)

        assert codes == [-1122] * 3
        assert len(desk.account.open_orders) == 1

    def test_order_cannot_be_modified_but_cancelled(self):
        desk = FaultyDesk([])
        placed = desk.order(price="95")
        desk.fault("symbol_halted", symbol="BTCUSDT")

        named = {"symbol": "BTCUSDT", "orderId": str(placed["orderId"])}
        code = desk.refusal("amend_order", **named, side="BUY", quantity="1", price="105")
        desk.do("cancel_order", **named)

        assert code == -1122
        assert desk.account.open_orders == {}

    def test_stop_waits_for_the_end_of_the_halt(self):
        desk = FaultyDesk([(1000, "90", "1000")])
        desk.market_order("BUY", "1")
        desk.algo(triggerPrice="95")
        desk.fault("symbol_halted", symbol="BTCUSDT", for_market_s=2)

        desk.after(1999)
        during = desk.position().quantity
        desk.after(2000)

        assert (during, desk.position().quantity) == (1, 0)

    def test_bars_of_a_halt_are_flat(self):
        venue = disturbed({"fault": "symbol_halted", "at": T0 + 10 * HOUR_MS})

        bar = venue.bars("BTCUSDT", "1h", T0 + 12 * HOUR_MS, T0 + 12 * HOUR_MS, T0 + 20 * HOUR_MS)[0]

        assert (bar.open, bar.close, bar.volume, bar.trades) == (D("103"), D("103"), 0, 0)


def test_settling_symbol_only_lets_close():
    desk = FaultyDesk([])
    desk.market_order("BUY", "1")
    desk.fault("symbol_settling", symbol="BTCUSDT")

    code = desk.refusal("place_order", **market_buy())
    desk.market_order("SELL", "1", reduceOnly="true")

    assert code == -4140
    assert desk.position().quantity == 0
    rows = desk.engine.state.venue.exchange_info(desk.engine.now_ms)["symbols"]
    assert [row["status"] for row in rows] == ["SETTLING", "TRADING"]


def test_delisted_symbol_is_settled_and_gone():
    desk = FaultyDesk([])
    desk.market_order("BUY", "1")
    desk.algo()
    desk.order(price="90")
    desk.fault("symbol_delisted", symbol="BTCUSDT", in_market_s=60)

    desk.after(60_000)

    assert desk.position().quantity == 0
    assert (desk.account.open_orders, desk.account.open_algos) == ({}, {})
    assert list(desk.account.orders.values())[-1].client_order_id.startswith("settlement_autoclose-")
    assert desk.refusal("place_order", **market_buy()) == -4141


class TestFilters:
    def test_new_tick_step_and_notional_count_at_once(self, exchange):
        set_fault(
            exchange, "filters_changed", symbol="BTCUSDT", tick_size="0.5", step_size="0.01", min_notional="50",
            min_quantity="0.01",
        )  # fmt: skip
        limit = market_buy(type="LIMIT", timeInForce="GTC")

        changes = ({"price": "99.3"}, {"price": "99.6", "quantity": "0.015"}, {"price": "98.6", "quantity": "0.1"})
        codes = [exchange.signed("POST", "/fapi/v1/order", **(limit | change)).json().get("code") for change in changes]

        assert codes == [-4014, -4023, -4164]
        row = exchange.get("/fapi/v1/exchangeInfo").json()["symbols"][0]
        filters = {entry["filterType"]: entry for entry in row["filters"]}
        assert filters["PRICE_FILTER"]["tickSize"] == "0.5"
        assert filters["LOT_SIZE"]["stepSize"] == filters["MARKET_LOT_SIZE"]["stepSize"] == "0.01"
        assert filters["MIN_NOTIONAL"]["notional"] == "50"

    def test_finer_tick_raises_the_precision(self):
        desk = FaultyDesk([])
        desk.fault("filters_changed", symbol="BTCUSDT", tick_size="0.0001")

        desk.order(price="99.0001")

        assert next(iter(desk.account.open_orders.values())).price == D("99.0001")

    def test_instrument_is_read_once_as_long_as_nothing_changes(self):
        desk = FaultyDesk([])
        desk.market.symbol_info = cache(desk.market.symbol_info)
        desk.fault("filters_changed", symbol="BTCUSDT", tick_size="0.5")
        state = desk.engine.state

        assert state.instrument("BTCUSDT") is state.instrument("BTCUSDT")
        assert state.instrument("BTCUSDT").rules.tick_size == D("0.5")

    def test_removed_they_are_as_before(self):
        desk = FaultyDesk([])
        desk.fault("filters_changed", symbol="BTCUSDT", tick_size="0.5")

        desk.do("clear_faults")
        desk.after(1)

        assert desk.engine.state.instrument("BTCUSDT").rules.tick_size == D("0.1")


def test_unknown_symbol_is_refused():
    with pytest.raises(FaultError, match="no symbol NOPEUSDT"):
        FaultyDesk([]).fault("price_gap", symbol="NOPEUSDT", percent=1)


def test_market_without_faults_is_the_market_itself():
    desk = FaultyDesk([])
    desk.fault("fills_split")

    assert desk.engine.state.venue is desk.market
    with pytest.raises(VenueError):
        desk.engine.execute("place_order", "nobody", {})
