"""Each sizing mode by a table worked out by hand, and what holds whatever the mode and the limits are."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exchange.rules import BelowMinNotional
from risk.limit_settings import RiskSettings
from risk.limits import LimitCode
from risk.limits_exposure import Book, Carried, Stake, exposure_refusal
from risk.sizing_bounds import SizeRequest, size_within
from risk.sizing_modes import (
    NoSize,
    SizingFacts,
    SizingMode,
    SizingSettings,
    TradeRecord,
    half_kelly_ratio,
    streak_factor,
    wanted_notional,
)
from tests.rules_of_symbols import symbol_rules

D = Decimal
FACTS = SizingFacts(equity=D(1000), available=D(800), leverage=3, entry_price=D(4))
EDGE = TradeRecord(wins=12, losses=8, average_win=D(20), average_loss=D(10), streak=0)  # Kelly 0.4, half 0.2
OFF = {"max_position_pct": 0, "max_exposure_pct": 0, "min_liquidation_pct": 0, "max_leverage": 125}
BOOK = Book(equity=D(1000), available=D(1000))
amounts = st.decimals(min_value=1, max_value=100_000, places=2)


def wanted(mode: SizingMode, facts: SizingFacts = FACTS, **settings: Any) -> Decimal:
    return wanted_notional(SizingSettings.model_validate({"mode": mode, **settings}), facts)


@pytest.mark.parametrize(("margin", "notional"), [("5", "15"), ("100", "300")])
def test_fixed_is_margin_times_leverage(margin: str, notional: str) -> None:
    assert wanted(SizingMode.FIXED, fixed_margin_usdt=margin) == D(notional)


@pytest.mark.parametrize(
    ("pct", "available", "notional"), [("2", "800", "48"), ("50", "800", "1200"), ("2", "20", "3")]
)
def test_percent_is_of_what_is_available_and_at_least_one_usdt(pct: str, available: str, notional: str) -> None:
    assert wanted(SizingMode.PERCENT, replace(FACTS, available=D(available)), margin_pct=pct) == D(notional)


@pytest.mark.parametrize(
    ("record", "ratio"),
    [
        (TradeRecord(), "0.02"),
        (replace(EDGE, wins=11), "0.02"),  # 19 trades: one too few
        (EDGE, "0.2"),
        (replace(EDGE, average_win=D(5)), "0"),  # 0.6 - 0.4 / 0.5 is negative
        (replace(EDGE, wins=20, losses=0, average_loss=D(0)), "0.5"),
        (replace(EDGE, wins=0, losses=20, average_win=D(0)), "0"),
    ],
)
def test_half_kelly(record: TradeRecord, ratio: str) -> None:
    assert half_kelly_ratio(record, SizingSettings()) == D(ratio)


@pytest.mark.parametrize(
    ("streak", "factor"),
    [(0, "1"), (1, "1.1"), (5, "1.5"), (9, "1.5"), (-1, "0.8"), (-2, "0.6"), (-3, "0.5"), (-9, "0.5")],
)
def test_a_streak_moves_the_size_within_its_bounds(streak: int, factor: str) -> None:
    assert streak_factor(streak) == D(factor)


def test_half_kelly_takes_the_streak_and_stops_at_its_maximum() -> None:
    losing = replace(FACTS, record=replace(EDGE, streak=-3))

    assert wanted(SizingMode.HALF_KELLY, losing, kelly_max_pct=50) == D(240)  # 0.2 × 0.5 × 800 × 3
    assert wanted(SizingMode.HALF_KELLY, replace(FACTS, record=EDGE)) == D(240)  # 10 % at most


def test_a_record_without_an_edge_gets_no_size() -> None:
    with pytest.raises(NoSize, match="no edge"):
        wanted(SizingMode.HALF_KELLY, replace(FACTS, record=replace(EDGE, average_win=D(5))))


@pytest.mark.parametrize(("atr", "notional"), [("0.1", "200"), ("0.05", "400"), ("0.4", "50")])
def test_the_atr_stop_loses_the_risked_share_of_equity(atr: str, notional: str) -> None:
    found = wanted(SizingMode.ATR_RISK, replace(FACTS, atr=D(atr)))

    assert found == D(notional)
    assert found / 4 * 2 * D(atr) == D(10)  # 1 % of 1000


@pytest.mark.parametrize(("volatility", "notional"), [("0.05", "48"), ("0.10", "24"), ("0.01", "48")])
def test_volatility_scales_down_and_not_up(volatility: str, notional: str) -> None:
    assert wanted(SizingMode.VOLATILITY, replace(FACTS, volatility_ratio=D(volatility))) == D(notional)


@pytest.mark.parametrize("mode", [SizingMode.ATR_RISK, SizingMode.VOLATILITY])
def test_a_mode_without_its_number_gives_no_size(mode: SizingMode) -> None:
    with pytest.raises(NoSize):
        wanted(mode)


def test_unknown_and_out_of_range_settings_are_refused_by_name() -> None:
    with pytest.raises(ValidationError) as refused:
        SizingSettings.model_validate({"risk_pct": "11", "luck": 1})

    assert {error["loc"] for error in refused.value.errors()} == {("risk_pct",), ("luck",)}


@pytest.mark.parametrize(
    ("settings", "book", "bound_by", "notional"),
    [
        ({}, BOOK, "wanted", "900"),
        ({"max_position_pct": 10}, BOOK, "position_share", "300"),
        ({"max_exposure_pct": 50}, BOOK, "total_exposure", "500"),
        ({"max_exposure_pct": 20, "exposure_basis": "margin"}, BOOK, "total_exposure", "600"),
        ({"min_free_margin_pct": 90}, BOOK, "free_margin", "300"),
        ({"max_bot_margin_usdt": 50}, BOOK, "bot_margin", "150"),
        ({"max_cluster_pct": 40}, BOOK, "cluster_exposure", "400"),
        (
            {"max_cluster_pct": 40},
            replace(BOOK, carried=(Carried(symbol="XRPUSDT", notional=D(300), margin=D(100)),)),
            "cluster_exposure",
            "100",
        ),
    ],
)
def test_the_smallest_limit_binds_and_is_named(
    settings: dict[str, Any], book: Book, bound_by: str, notional: str
) -> None:
    request = SizeRequest(
        wanted=D(900), price=D(1), leverage=3, rules=symbol_rules(), cluster=frozenset({"XRPUSDT"})
    )  # fmt: skip

    size = size_within(request, book, RiskSettings.model_validate(OFF | settings))

    assert (size.bound_by, size.notional) == (bound_by, D(notional))


def test_too_little_room_is_refused_with_the_number() -> None:
    request = SizeRequest(wanted=D(900), price=D(1), leverage=3, rules=symbol_rules())

    with pytest.raises(BelowMinNotional, match=r"notional 4\.5 USDT is below the minimum of 5"):
        size_within(request, replace(BOOK, available=D("1.5")), RiskSettings.model_validate(OFF))


OF_SIZE = {
    LimitCode.POSITION_SHARE,
    LimitCode.TOTAL_EXPOSURE,
    LimitCode.FREE_MARGIN,
    LimitCode.BOT_MARGIN,
    LimitCode.CLUSTER_EXPOSURE,
}


@given(
    mode=st.sampled_from(SizingMode),
    equity=amounts,
    available=st.decimals(min_value=0, max_value=100_000, places=2),
    carried=st.decimals(min_value=0, max_value=50_000, places=2),
    price=st.decimals(min_value="0.001", max_value="5000", places=3),
    leverage=st.integers(1, 20),
    share=st.integers(0, 100),
    exposure=st.integers(0, 500),
    free=st.integers(0, 99),
    step=st.sampled_from(["0.001", "0.1", "1", "10"]),
)
def test_a_size_is_on_the_step_within_every_limit_and_above_the_least(
    mode: SizingMode,
    equity: Decimal,
    available: Decimal,
    carried: Decimal,
    price: Decimal,
    leverage: int,
    share: int,
    exposure: int,
    free: int,
    step: str,
) -> None:
    facts = SizingFacts(
        equity=equity,
        available=available,
        leverage=leverage,
        entry_price=price,
        record=EDGE,
        atr=price / 50,
        volatility_ratio=D("0.07"),
    )
    book = Book(
        equity=equity,
        available=available,
        carried=(Carried(symbol="XRPUSDT", notional=carried, margin=carried / 3, is_of_bot=True),),
    )
    limits = {"max_position_pct": share, "max_exposure_pct": exposure, "min_free_margin_pct": free}
    settings = RiskSettings.model_validate(OFF | limits)
    rules = symbol_rules(step=step)
    request = SizeRequest(
        wanted=wanted(mode, facts), price=price, leverage=leverage, rules=rules, cluster=frozenset({"XRPUSDT"})
    )
    try:
        size = size_within(request, book, settings)
    except BelowMinNotional:
        return

    refused = exposure_refusal(Stake(symbol="DOTUSDT", margin=size.margin, leverage=leverage), book, settings)
    assert size.quantity % rules.step_size == 0
    assert rules.min_notional <= size.notional <= min(size.bounds.values())
    assert refused is None or refused.code not in OF_SIZE
