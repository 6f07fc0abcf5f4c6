"""The committed rules agree with every recorded price, and the script that corrects them does what the README says."""

import importlib.util
import json
from decimal import Decimal

import pytest


@pytest.fixture(scope="module")
def selection(data_dir):
    spec = importlib.util.spec_from_file_location("select_recorded", data_dir / "select_recorded.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def info(data_dir):
    return json.loads((data_dir / "rules/exchange_info.json").read_text(encoding="utf-8"))


def rule(row, filter_type):
    return next(rule for rule in row["filters"] if rule["filterType"] == filter_type)


def test_every_recorded_price_lies_on_its_tick_and_within_its_bounds(selection, info, data_dir):
    prices = selection.recorded_values(data_dir, selection.PRICES)

    assert len(info["symbols"]) == len(prices) == 26
    for row in info["symbols"]:
        bounds = rule(row, "PRICE_FILTER")
        tick, lowest, highest = (Decimal(bounds[name]) for name in ("tickSize", "minPrice", "maxPrice"))
        assert lowest % tick == 0
        for price in prices[row["symbol"]]:
            exact = Decimal(repr(price))
            assert exact % tick == 0, (row["symbol"], price)
            assert lowest <= exact <= highest


def test_every_recorded_volume_lies_on_its_step(selection, info, data_dir):
    volumes = selection.recorded_values(data_dir, selection.VOLUMES)

    for row in info["symbols"]:
        step = Decimal(rule(row, "LOT_SIZE")["stepSize"])
        assert all(Decimal(repr(volume)) % step == 0 for volume in volumes[row["symbol"]]), row["symbol"]


def test_price_precision_never_hides_a_digit_of_the_tick(info):
    for row in info["symbols"]:
        tick = Decimal(rule(row, "PRICE_FILTER")["tickSize"]).normalize()
        assert row["pricePrecision"] >= -tick.as_tuple().exponent


def test_limits_are_mainnets_and_the_old_algo_filter_is_gone(info):
    weight = next(limit for limit in info["rateLimits"] if limit["rateLimitType"] == "REQUEST_WEIGHT")

    assert weight["limit"] == 2400
    assert not any(item["filterType"] == "MAX_NUM_ALGO_ORDERS" for row in info["symbols"] for item in row["filters"])


def test_a_settled_contract_that_still_has_bars_trades(info):
    agix = next(row for row in info["symbols"] if row["symbol"] == "AGIXUSDT")

    assert (agix["status"], agix["deliveryDate"]) == ("TRADING", 4133404800000)


def recorded_row(**changed):
    row = {
        "symbol": "AVAXUSDT",
        "status": "TRADING",
        "deliveryDate": 4133404800000,
        "pricePrecision": 2,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.29", "maxPrice": "498.866", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "100", "stepSize": "1"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "1", "maxQty": "100", "stepSize": "1"},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        ],
    }
    return row | changed


def test_a_tick_coarser_than_the_prices_is_made_finer_and_precision_follows(selection):
    row = selection.corrected_row(recorded_row(), {21.123, 21.5}, {7.0})

    assert rule(row, "PRICE_FILTER") == {
        "filterType": "PRICE_FILTER",
        "minPrice": "0.290",
        "maxPrice": "498.866",
        "tickSize": "0.001",
    }
    assert row["pricePrecision"] == 3


def test_a_tick_finer_than_all_prices_is_made_coarser_and_bounds_rounded_inward(selection):
    row = selection.corrected_row(recorded_row(), {21.1, 21.5}, {7.0})

    assert rule(row, "PRICE_FILTER") == {
        "filterType": "PRICE_FILTER",
        "minPrice": "0.30",
        "maxPrice": "498.80",
        "tickSize": "0.10",
    }


def test_a_price_that_never_moved_says_nothing_of_the_tick(selection):
    row = selection.corrected_row(recorded_row(), {21.5}, {0.0})

    assert rule(row, "PRICE_FILTER")["tickSize"] == "0.01"


def test_volumes_finer_than_the_step_are_refused(selection):
    with pytest.raises(ValueError, match="volumes are finer than LOT_SIZE"):
        selection.corrected_row(recorded_row(), {21.1}, {7.5})


def test_a_row_that_was_settled_is_put_back_to_trading(selection):
    row = selection.corrected_row(recorded_row(status="SETTLING", deliveryDate=1), {21.1, 21.5}, {7.0})

    assert (row["status"], row["deliveryDate"]) == ("TRADING", 4133404800000)
