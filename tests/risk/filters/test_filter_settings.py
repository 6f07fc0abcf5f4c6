"""The filters' settings: the reference's names and defaults, what they choose, and what they refuse."""

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from risk.filters import FILTERS
from signals.strategies.filter_settings import FilterSettings

DEFAULTS = {
    "enable_risk_filters": True,
    "filter_missing_data": "pass",
    "premium_24h_enabled": False,
    "premium_24h_drop_threshold": "-40.0",
    "entry_gain_enabled": True,
    "entry_gain_max_pct": "9.04",
    "entry_gain_min_pct": "-3.0",
    "cvd_new_low_enabled": False,
    "cvd_lookback_hours": 24,
    "premium_realtime_enabled": False,
    "premium_min_threshold": "-0.003",
    "basis_enabled": False,
    "basis_min_pct": "-1.0",
    "basis_change_24h_enabled": False,
    "basis_change_24h_min_pct": "-1.0",
    "buy_acceleration_enabled": False,
    "buy_accel_danger_ranges": [["-0.05", "-0.042"], ["0.118", "0.12"], ["0.0117", "0.03"], ["0.2", "0.99"]],
    "consecutive_buy_ratio_enabled": False,
    "consecutive_buy_ratio_hours": 3,
    "consecutive_buy_ratio_threshold": "2.5",
    "buy_sell_ratio_enabled": False,
    "buy_sell_ratio_danger_ranges": [["0.94", "1.12"]],
    "intraday_buy_ratio_enabled": False,
    "intraday_buy_ratio_danger_ranges": [["2.78", "3.71"], ["25", "29"]],
}
SWITCHES = [name for name in DEFAULTS if name.endswith("_enabled")]
ALL_ON = dict.fromkeys(SWITCHES, True)


def test_the_defaults_are_those_of_the_reference() -> None:
    assert {name: FilterSettings().model_dump(mode="json")[name] for name in DEFAULTS} == DEFAULTS


def test_by_default_only_the_entry_gain_runs_in_its_two_parts() -> None:
    assert FilterSettings().filters() == {
        "entry_gain": {"max_gain_pct": Decimal("9.04")},
        "entry_gain_min": {"min_gain_pct": Decimal("-3.0")},
    }


def test_with_everything_on_every_filter_is_chosen_in_the_order_they_run() -> None:
    assert list(FilterSettings(**ALL_ON).filters()) == list(FILTERS)


def test_the_master_switch_turns_all_of_them_off() -> None:
    assert FilterSettings(**ALL_ON, enable_risk_filters=False).filters() == {}


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        ({"premium_24h_enabled": True}, {"price_change_24h": {"min_change_pct": Decimal("-40.0")}}),
        ({"cvd_new_low_enabled": True, "cvd_lookback_hours": 12}, {"cvd_new_low": {"lookback_hours": 12}}),
        ({"premium_realtime_enabled": True}, {"premium_realtime": {"min_premium_ratio": Decimal("-0.003")}}),
        ({"basis_enabled": True, "basis_min_pct": "-0.5"}, {"basis": {"min_basis_pct": Decimal("-0.5")}}),
        (
            {"buy_acceleration_enabled": True, "buy_accel_danger_ranges": [[1, 2]]},
            {"buy_acceleration": {"danger_ranges": ((1, 2),)}},
        ),
        (
            {"consecutive_buy_ratio_enabled": True, "consecutive_buy_ratio_hours": 4},
            {"consecutive_buy_ratio": {"run_hours": 4, "min_growth": Decimal("2.5")}},
        ),
        (
            {"buy_sell_ratio_enabled": True},
            {"buy_sell_ratio": {"danger_ranges": ((Decimal("0.94"), Decimal("1.12")),)}},
        ),
        (
            {"buy_sell_ratio_enabled": True, "intraday_buy_ratio_enabled": True},
            {
                "buy_sell_ratio": {"danger_ranges": ((Decimal("0.94"), Decimal("1.12")),)},
                "intraday_buy_ratio": {"danger_ranges": ((Decimal("2.78"), Decimal("3.71")), (25, 29))},
            },
        ),
    ],
)
def test_a_switch_chooses_its_filter_with_its_bounds(values: dict[str, Any], chosen: dict[str, Any]) -> None:
    assert FilterSettings(entry_gain_enabled=False, **values).filters() == chosen


def test_settings_survive_json_unchanged() -> None:
    settings = FilterSettings(
        **ALL_ON, buy_accel_danger_ranges=[["-0.1", "0.30"], ["1", "1"]], filter_missing_data="reject"
    )

    stored = json.dumps(settings.model_dump(mode="json"))

    assert FilterSettings.model_validate(json.loads(stored)) == settings


def test_numbers_of_a_form_keep_their_digits() -> None:
    settings = FilterSettings.model_validate(
        {"entry_gain_max_pct": 9.05, "buy_sell_ratio_danger_ranges": [[0.94, 1.13]]}
    )

    assert settings.entry_gain_max_pct == Decimal("9.05")
    assert settings.buy_sell_ratio_danger_ranges == ((Decimal("0.94"), Decimal("1.13")),)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"intraday_buy_ratio_enabled": True}, "a part of buy_sell_ratio: switch both on, or both off"),
        ({"buy_accel_danger_ranges": [["0.2", "0.1"]]}, "from its lower bound to its upper, not from 0.2 to 0.1"),
        ({"buy_accel_danger_ranges": []}, "at least one range is needed"),
        ({"buy_accel_danger_ranges": [["1"]]}, "Field required"),
        ({"buy_sell_ratio_danger_ranges": [["NaN", "1"]]}, "finite number"),
        ({"intraday_buy_ratio_danger_ranges": [["1", "Infinity"]]}, "finite number"),
        ({"cvd_lookback_hours": 1}, "greater than or equal to 2"),
        ({"cvd_lookback_hours": 26}, "less than or equal to 25"),
        ({"consecutive_buy_ratio_hours": 12}, "less than or equal to 11"),
        ({"consecutive_buy_ratio_threshold": "0.5"}, "greater than or equal to 1"),
        ({"premium_min_threshold": "-0.3"}, "greater than or equal to -0.1"),
        ({"premium_24h_drop_threshold": "40"}, "less than or equal to 0"),
        ({"entry_gain_max_pct": "-1"}, "greater than or equal to 0"),
        ({"entry_gain_min_pct": "3"}, "less than or equal to 0"),
        ({"filter_missing_data": "maybe"}, "'pass' or 'reject'"),
        ({"moon_phase_enabled": True}, "Extra inputs are not permitted"),
    ],
)
def test_values_without_sense_are_refused_with_a_reason(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FilterSettings.model_validate(values)
