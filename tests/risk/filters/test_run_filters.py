"""The order in which filters run, what ends it, what missing data means, and what the filters need to see."""

from decimal import Decimal

import pytest

from risk.filters import FILTERS, needs_hours, needs_mark, needs_premiums, run_filters
from risk.verdict import Outcome
from signals.strategies.filter_settings import FilterSettings
from tests.risk.filters.bars import context, hours_of

ALL_ON = {name: True for name in FilterSettings.model_fields if name.endswith("_enabled")}
ORDER = [
    "price_change_24h",
    "entry_gain",
    "cvd_new_low",
    "premium_realtime",
    "basis",
    "basis_change_24h",
    "buy_acceleration",
    "consecutive_buy_ratio",
    "buy_sell_ratio",
    "intraday_buy_ratio",
    "entry_gain_min",
]
CALM = hours_of(buys=[1] * 22 + [2, 2, 2], sells=[1] * 25)  # nothing that any filter rejects


def test_all_filters_run_in_the_references_order_and_a_calm_market_passes_them() -> None:
    chosen = FilterSettings(**ALL_ON).filters()
    seen = context(CALM, mark_price="1", index_price="1", premiums=CALM)

    verdicts = run_filters({**chosen, "buy_acceleration": {"danger_ranges": []}}, seen)

    assert [verdict.name for verdict in verdicts] == ORDER
    assert {verdict.outcome for verdict in verdicts} == {Outcome.PASS}
    assert all(verdict.metrics for verdict in verdicts)


def test_the_first_rejection_is_the_last_verdict() -> None:
    chosen = FilterSettings(**ALL_ON).filters()

    verdicts = run_filters(chosen, context(CALM, mark_price="0.9", index_price="1"))

    assert [verdict.name for verdict in verdicts] == ORDER[:4]
    assert [verdict.outcome for verdict in verdicts] == [Outcome.PASS] * 3 + [Outcome.REJECT]


def test_a_price_that_rose_too_far_is_rejected_before_the_other_filters_look() -> None:
    chosen = FilterSettings(cvd_new_low_enabled=True).filters()

    verdicts = run_filters(chosen, context(hours_of(buys=[1, 0]), entry_price="1.2"))

    assert [verdict.name for verdict in verdicts] == ["entry_gain"]


def test_a_price_that_fell_too_far_is_rejected_after_the_other_filters_looked() -> None:
    chosen = FilterSettings(cvd_new_low_enabled=True).filters()
    selling, buying = hours_of(buys=[1, 0]), hours_of(buys=[0, 2])

    first = run_filters(chosen, context(selling, entry_price="0.9"))
    last = run_filters(chosen, context(buying, entry_price="0.9"))

    assert [(verdict.name, verdict.outcome) for verdict in first][-1] == ("cvd_new_low", Outcome.REJECT)
    assert [(verdict.name, verdict.outcome) for verdict in last][-1] == ("entry_gain_min", Outcome.REJECT)
    assert len(last) == 3


def test_missing_data_passes_visibly() -> None:
    chosen = FilterSettings(**ALL_ON).filters()

    verdicts = run_filters(chosen, context(entry_price=None))

    assert [verdict.name for verdict in verdicts] == ORDER
    assert {verdict.outcome for verdict in verdicts} == {Outcome.UNAVAILABLE}
    assert all(verdict.reason for verdict in verdicts)


def test_missing_data_rejects_where_the_setting_says_so_and_the_reason_tells() -> None:
    chosen = FilterSettings(cvd_new_low_enabled=True).filters()

    verdicts = run_filters(chosen, context(), on_missing="reject")

    assert [verdict.outcome for verdict in verdicts] == [Outcome.PASS, Outcome.REJECT]
    assert verdicts[-1].reason == "no hourly bars; missing data is set to reject"
    assert verdicts[-1].metrics == {"hours": "0"}


def test_the_policy_for_missing_data_leaves_other_verdicts_alone() -> None:
    chosen = FilterSettings(cvd_new_low_enabled=True).filters()
    seen = context(hours_of(buys=[1, 2]), entry_price="1.02")

    assert run_filters(chosen, seen, on_missing="reject") == run_filters(chosen, seen, on_missing="pass")


def test_no_filter_chosen_gives_no_verdict() -> None:
    assert run_filters({}, context()) == []


def test_an_unknown_filter_is_an_error() -> None:
    with pytest.raises(KeyError):
        run_filters({"moon_phase": {}}, context())


def test_by_default_nothing_but_the_price_is_needed() -> None:
    chosen = FilterSettings().filters()

    assert not needs_hours(chosen)
    assert not needs_mark(chosen)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_that_needs_more_is_unavailable_without_it_and_one_that_does_not_is_not(name: str) -> None:
    parameters = FilterSettings(**ALL_ON).filters()[name]
    needs_more = needs_hours([name]) or needs_mark([name]) or needs_premiums([name])

    (verdict,) = run_filters({name: parameters}, context())

    assert (verdict.outcome is Outcome.UNAVAILABLE) is needs_more


@pytest.mark.parametrize("name", FILTERS)
def test_what_a_filter_says_it_needs_is_enough(name: str) -> None:
    parameters = FilterSettings(**ALL_ON).filters()[name]
    hours = CALM if needs_hours([name]) else ()
    premiums = CALM if needs_premiums([name]) else ()
    index = "1" if needs_mark([name]) else None
    seen = context(hours, mark_price=index, index_price=index, premiums=premiums)

    (verdict,) = run_filters({name: parameters}, seen)

    assert verdict.outcome is not Outcome.UNAVAILABLE


def test_metrics_are_plain_texts_that_fit_their_columns() -> None:
    extreme = hours_of(buys=[Decimal("1e-8"), Decimal("9e14")] * 12, closes=["1"] * 24)
    chosen = FilterSettings(**ALL_ON).filters()

    for name, parameters in chosen.items():
        (verdict,) = run_filters({name: parameters}, context(extreme, mark_price="0.5", index_price="1"))
        assert all(isinstance(value, str) and "E" not in value for value in verdict.metrics.values())
        assert len(verdict.reason) <= 200
        assert len(verdict.name) <= 40
