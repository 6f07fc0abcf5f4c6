"""Limits of the contract, of the age of data, of adding and reducing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from risk.limit_settings import RiskSettings
from risk.limits import LimitCode, LimitRefusal
from risk.limits_changes import Changes, add_refusal, reduce_refusal
from risk.limits_contract import TRADFI, ContractState, Session, contract_refusal
from risk.limits_freshness import DataClass, freshness_refusal

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SETTINGS = RiskSettings()
DOT = ContractState(symbol="DOTUSDT")


def code(found: LimitRefusal | None) -> LimitCode | None:
    return found.code if found else None


@pytest.mark.parametrize("status", ["SETTLING", "PENDING_TRADING", "CLOSE", "PRE_DELIVERING", "SOMETHING_NEW"])
def test_only_a_contract_that_trades_is_entered(status: str) -> None:
    assert code(contract_refusal(replace(DOT, status=status), SETTINGS, now=NOON)) is LimitCode.CONTRACT_STATUS
    assert contract_refusal(DOT, SETTINGS, now=NOON) is None


@pytest.mark.parametrize(
    ("left", "expected"),
    [(48 * HOUR + SECOND, None), (48 * HOUR, None), (48 * HOUR - SECOND, LimitCode.CONTRACT_DELISTING)],
)
def test_a_contract_that_ends_soon_is_left_alone(left: timedelta, expected: LimitCode | None) -> None:
    assert code(contract_refusal(replace(DOT, delivery_at=NOON + left), SETTINGS, now=NOON)) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [(NOON - SECOND, LimitCode.TRADING_HOURS), (NOON, None), (NOON + HOUR, LimitCode.TRADING_HOURS)],
)
def test_a_contract_with_hours_is_entered_within_them(now: datetime, expected: LimitCode | None) -> None:
    gold = replace(DOT, contract_type=TRADFI, sessions=[Session(start=NOON, end=NOON + HOUR)])

    assert code(contract_refusal(gold, SETTINGS, now=now)) is expected


def test_hours_that_are_not_known_are_closed() -> None:
    found = contract_refusal(replace(DOT, contract_type=TRADFI), SETTINGS, now=NOON)

    assert str(found) == "trading_hours (unknown, limit open)"


def test_a_symbol_the_desk_has_set_aside_is_refused_with_its_reason() -> None:
    found = contract_refusal(replace(DOT, blocked_by="foreign_position"), SETTINGS, now=NOON)

    assert found == LimitRefusal(LimitCode.SYMBOL_BLOCKED, "foreign_position", "-")


@pytest.mark.parametrize(
    ("allow", "deny", "expected"),
    [
        ((), (), None),
        (("DOTUSDT",), (), None),
        (("XRPUSDT",), (), LimitCode.SYMBOL_NOT_ALLOWED),
        ((), ("DOTUSDT",), LimitCode.SYMBOL_DENIED),
        (("DOTUSDT",), ("DOTUSDT",), LimitCode.SYMBOL_DENIED),
    ],
)
def test_the_lists_of_the_owner(allow: tuple[str, ...], deny: tuple[str, ...], expected: LimitCode | None) -> None:
    settings = RiskSettings(symbol_allow=allow, symbol_deny=deny)

    assert code(contract_refusal(DOT, settings, now=NOON)) is expected


@pytest.mark.parametrize(
    ("data", "limit", "expected"),
    [
        (DataClass.BALANCE, "max_balance_age_minutes", LimitCode.BALANCE_STALE),
        (DataClass.PRICE, "max_price_age_minutes", LimitCode.PRICE_STALE),
    ],
)
def test_data_of_each_class_may_be_so_old(data: DataClass, limit: str, expected: LimitCode) -> None:
    settings = RiskSettings.model_validate({limit: 5})
    allowed = timedelta(minutes=5)

    found = [code(freshness_refusal({data: age}, settings)) for age in (allowed - SECOND, allowed, allowed + SECOND)]

    assert found == [None, None, expected]
    assert code(freshness_refusal({data: None}, settings)) is expected
    assert freshness_refusal({data: None}, RiskSettings.model_validate({limit: 0})) is None


def test_a_fast_replay_has_its_least_age() -> None:
    settings, ages = RiskSettings(max_price_age_minutes=5), {DataClass.PRICE: timedelta(minutes=25)}

    assert freshness_refusal(ages, settings, least=timedelta(minutes=30)) is None


CHANGES = Changes(initial_quantity=Decimal(10), quantity=Decimal(10), gain_pct=Decimal(2))
ADD = Decimal(50)


@pytest.mark.parametrize(("adds", "expected"), [(1, None), (2, LimitCode.MAX_ADDS), (3, LimitCode.MAX_ADDS)])
def test_adds_are_counted(adds: int, expected: LimitCode | None) -> None:
    assert code(add_refusal(replace(CHANGES, adds=adds), SETTINGS, add_pct=ADD)) is expected


@pytest.mark.parametrize(("gain", "expected"), [("1.49", LimitCode.ADD_GAIN), ("1.5", None), ("1.51", None)])
def test_only_a_position_in_profit_is_added_to(gain: str, expected: LimitCode | None) -> None:
    assert code(add_refusal(replace(CHANGES, gain_pct=Decimal(gain)), SETTINGS, add_pct=ADD)) is expected


@pytest.mark.parametrize(
    ("quantity", "expected"), [("16.6", None), ("16.66666666", None), ("16.7", LimitCode.ADD_MULTIPLE)]
)
def test_adds_are_measured_on_what_the_position_began_with(quantity: str, expected: LimitCode | None) -> None:
    grown = replace(CHANGES, quantity=Decimal(quantity), adds=1)

    assert code(add_refusal(grown, SETTINGS, add_pct=ADD)) is expected


def test_two_adds_of_half_fit() -> None:
    assert add_refusal(replace(CHANGES, quantity=Decimal(15), adds=1), SETTINGS, add_pct=ADD) is None


@pytest.mark.parametrize(("reduces", "expected"), [(2, None), (3, LimitCode.MAX_REDUCES), (4, LimitCode.MAX_REDUCES)])
def test_reduces_are_counted(reduces: int, expected: LimitCode | None) -> None:
    assert code(reduce_refusal(replace(CHANGES, reduces=reduces), SETTINGS)) is expected
