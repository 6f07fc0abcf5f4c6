"""Limits of size: at, below and above each threshold."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from risk.limit_settings import ExposureBasis, RiskSettings
from risk.limits import LimitCode
from risk.limits_exposure import Book, Carried, Stake, exposure_refusal

OFF = {"max_position_pct": 0, "max_exposure_pct": 0, "min_liquidation_pct": 0, "max_leverage": 125}
STAKE = Stake(symbol="DOTUSDT", margin=Decimal(100), leverage=3)
BOOK = Book(equity=Decimal(1000), available=Decimal(1000))


def code(stake: Stake = STAKE, book: Book = BOOK, **settings: Any) -> LimitCode | None:
    found = exposure_refusal(stake, book, RiskSettings.model_validate(OFF | settings))
    return found.code if found else None


def carried(notional: str, *, symbol: str = "XRPUSDT", is_of_bot: bool = False) -> Carried:
    worth = Decimal(notional)
    return Carried(symbol=symbol, notional=worth, margin=worth / 3, is_of_bot=is_of_bot)


@pytest.mark.parametrize(
    ("leverage", "expected"), [(9, None), (10, None), (11, LimitCode.MAX_LEVERAGE)], ids=["below", "at", "above"]
)
def test_leverage(leverage: int, expected: LimitCode | None) -> None:
    assert code(replace(STAKE, leverage=leverage), max_leverage=10) is expected


@pytest.mark.parametrize(
    ("limit", "expected"), [("22.99", None), ("23", None), ("23.01", LimitCode.LIQUIDATION_DISTANCE)]
)
def test_the_distance_to_liquidation(limit: str, expected: LimitCode | None) -> None:
    four_times = replace(STAKE, leverage=4)  # 25 % less 2 % of maintenance

    assert code(four_times, min_liquidation_pct=limit) is expected


@pytest.mark.parametrize(("limit", "expected"), [("299", None), ("300", None), ("301", LimitCode.MIN_NOTIONAL)])
def test_the_least_notional(limit: str, expected: LimitCode | None) -> None:
    assert code(min_notional_usdt=limit) is expected


@pytest.mark.parametrize(("limit", "expected"), [("10.1", None), ("10", None), ("9.9", LimitCode.POSITION_SHARE)])
def test_the_share_of_one_position(limit: str, expected: LimitCode | None) -> None:
    assert code(max_position_pct=limit) is expected


@pytest.mark.parametrize(("leverage", "expected"), [(2, None), (3, LimitCode.TOTAL_EXPOSURE)])
def test_five_percent_of_margin_beside_a_fifth_carried(leverage: int, expected: LimitCode | None) -> None:
    book = replace(BOOK, carried=(carried("200"),))
    stake = replace(STAKE, margin=Decimal(50), leverage=leverage)  # 100 or 150 of notional: 30 % or 35 %

    assert code(stake, book, max_exposure_pct="30") is expected


@pytest.mark.parametrize(("limit", "expected"), [("50.1", None), ("50", None), ("49.9", LimitCode.TOTAL_EXPOSURE)])
def test_the_whole_exposure_by_notional(limit: str, expected: LimitCode | None) -> None:
    book = replace(BOOK, carried=(carried("200"),))  # 300 more make 50 %

    assert code(book=book, max_exposure_pct=limit) is expected


@pytest.mark.parametrize(("limit", "expected"), [("20.1", None), ("20", None), ("19.9", LimitCode.TOTAL_EXPOSURE)])
def test_the_whole_exposure_by_margin(limit: str, expected: LimitCode | None) -> None:
    book = replace(BOOK, carried=(carried("300"),))  # 100 and 100 of margin

    assert code(book=book, exposure_basis=ExposureBasis.MARGIN, max_exposure_pct=limit) is expected


@pytest.mark.parametrize(("limit", "expected"), [("19.9", None), ("20", None), ("20.1", LimitCode.FREE_MARGIN)])
def test_the_margin_that_must_stay_free(limit: str, expected: LimitCode | None) -> None:
    assert code(book=replace(BOOK, available=Decimal(300)), min_free_margin_pct=limit) is expected


@pytest.mark.parametrize(("available", "expected"), [("100.01", None), ("100", None), ("99.99", LimitCode.FREE_MARGIN)])
def test_more_than_is_available_is_never_put_in(available: str, expected: LimitCode | None) -> None:
    assert code(book=replace(BOOK, available=Decimal(available))) is expected


@pytest.mark.parametrize(("limit", "expected"), [("200.1", None), ("200", None), ("199.9", LimitCode.BOT_MARGIN)])
def test_the_margin_of_one_bot_counts_its_own_alone(limit: str, expected: LimitCode | None) -> None:
    book = replace(BOOK, carried=(carried("300", is_of_bot=True), carried("900", symbol="LTCUSDT")))

    assert code(book=book, max_bot_margin_usdt=limit) is expected


@pytest.mark.parametrize(("limit", "expected"), [("60.1", None), ("60", None), ("59.9", LimitCode.CLUSTER_EXPOSURE)])
def test_symbols_that_move_together_share_one_budget(limit: str, expected: LimitCode | None) -> None:
    together = replace(STAKE, cluster=frozenset({"XRPUSDT"}))
    book = replace(BOOK, carried=(carried("300"), carried("900", symbol="LTCUSDT")))

    assert code(together, book, max_cluster_pct=limit) is expected


def test_without_equity_nothing_is_small_enough() -> None:
    assert code(book=replace(BOOK, equity=Decimal(0)), max_position_pct=100) is LimitCode.POSITION_SHARE


def test_the_refusal_names_value_and_limit() -> None:
    found = exposure_refusal(STAKE, BOOK, RiskSettings(max_position_pct=Decimal(5)))

    assert str(found) == "position_share (10.00 %, limit 5 %)"
