"""What a change would do is what it then does, and what refuses it then refuses the question."""

from decimal import Decimal
from typing import Any

import pytest

from risk import breaker_store
from risk.breaker import stop_at_once
from risk.settings_store import change_risk_settings
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ChangeKind, ChangeStatus, ExitReason
from trading.models import PositionChange
from trading.services import reconcile
from trading.services.change_what_if import ChangeWhatIf, what_if_of_change
from trading.services.exit_requests import request_close
from trading.services.manual_changes import request_stop
from trading.services.position_changes import WantedChange, request_change, work_change


def wanted(kind: ChangeKind, **details: Any) -> WantedChange:
    share = {} if kind is ChangeKind.ADJUST else {"share_pct": Decimal(50)}
    return WantedChange(kind=kind, key="change-1", author="anna", **share | details)


def read_balance(lockstep: Lockstep) -> None:
    """A check reads it."""
    reconcile.check(lockstep.venue)


def ask(lockstep: Lockstep, change: WantedChange) -> ChangeWhatIf:
    return what_if_of_change(lockstep.position(), change, market=lockstep.venue.market, now=lockstep.now())


def carry_out(lockstep: Lockstep, change: WantedChange) -> PositionChange:
    row = request_change(lockstep.position(), change, now=lockstep.now())
    for _ in range(3):
        work_change(row, lockstep.venue)
        lockstep.deliver()
    row.refresh_from_db()
    return row


def test_an_add_comes_to_what_was_told(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    read_balance(lockstep)
    told = ask(lockstep, wanted(ChangeKind.ADD))

    change = carry_out(lockstep, wanted(ChangeKind.ADD))

    position, effect = lockstep.position(), told.effect
    assert told.refused is None and effect is not None
    assert (change.status, change.quantity) == (ChangeStatus.DONE, effect.quantity)
    assert position.quantity == effect.after.quantity
    assert abs(position.entry_price / effect.after.entry_price - 1) < Decimal("0.002")
    assert position.stop_price == effect.after.stop_price
    assert told.liquidation_after is None or told.liquidation_after != told.liquidation_before


def test_a_part_close_comes_to_what_was_told(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    lockstep.price("8.300")
    told = ask(lockstep, wanted(ChangeKind.REDUCE))

    change = carry_out(lockstep, wanted(ChangeKind.REDUCE))

    effect = told.effect
    assert effect is not None and not effect.is_whole
    assert change.quantity == effect.quantity
    assert lockstep.position().quantity == effect.after.quantity == before.quantity - effect.quantity
    assert effect.realized > 0


def test_a_rest_too_small_is_told_as_a_full_close(lockstep: Lockstep) -> None:
    lockstep.open_position()

    told = ask(lockstep, wanted(ChangeKind.REDUCE, share_pct=Decimal("99.9")))

    assert told.effect is not None and told.effect.is_whole
    assert told.refused is None


def test_a_tighter_stop_is_told_with_its_smaller_loss(lockstep: Lockstep) -> None:
    position = lockstep.open_position()

    told = ask(lockstep, wanted(ChangeKind.ADJUST, stop_price=position.entry_price * Decimal("1.05")))

    assert told.effect is not None and told.refused is None
    assert told.effect.before.result_at_stop < told.effect.after.result_at_stop < 0


def test_a_looser_stop_is_told_with_its_numbers_and_what_refuses_it(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    rules = lockstep.venue.rules(SYMBOL)
    tight = position.entry_price * Decimal("1.05")
    request_stop(position, price=tight, rules=rules, author="anna", now=lockstep.now())

    told = ask(lockstep, wanted(ChangeKind.ADJUST, stop_price=tight * Decimal("1.05")))

    assert told.effect is not None and told.refused is not None
    assert told.refused.code == "loosens_stop"


@pytest.mark.parametrize("exit_", ["stop_price", "take_profit_price"])
def test_an_exit_beyond_the_price_has_no_numbers(lockstep: Lockstep, exit_: str) -> None:
    position = lockstep.open_position()
    factor = {"stop_price": "0.9", "take_profit_price": "1.1"}[exit_]

    told = ask(lockstep, wanted(ChangeKind.ADJUST, **{exit_: position.entry_price * Decimal(factor)}))

    assert told.effect is None and told.refused is not None
    assert told.refused.code == "beyond_price"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"max_adds": 0}, "max_adds"),
        ({"min_add_gain_pct": "50"}, "add_gain"),
        ({"max_add_multiple": "1.2"}, "add_multiple"),
        ({"max_exposure_pct": "7"}, "total_exposure"),
        ({"symbol_deny": [SYMBOL]}, "symbol_denied"),
        ({"max_leverage": 2}, "max_leverage"),
    ],
)
def test_a_limit_in_the_way_is_told_beside_the_numbers(lockstep: Lockstep, settings: dict[str, Any], code: str) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    read_balance(lockstep)
    change_risk_settings(lockstep.account, settings, author="anna", now=lockstep.now())

    told = ask(lockstep, wanted(ChangeKind.ADD))

    assert told.effect is not None and told.refused is not None
    assert told.refused.code == code


def test_reduced_often_enough_is_told(lockstep: Lockstep) -> None:
    lockstep.open_position()
    change_risk_settings(lockstep.account, {"max_reduces": 0}, author="anna", now=lockstep.now())

    told = ask(lockstep, wanted(ChangeKind.REDUCE, share_pct=Decimal(30)))

    assert told.refused is not None and told.refused.code == "max_reduces"


def test_a_halted_desk_tells_the_numbers_and_the_breaker(lockstep: Lockstep) -> None:
    lockstep.open_position()
    breaker_store.change(lockstep.account, lambda breaker, _row: stop_at_once(breaker, now=lockstep.now()))

    told = ask(lockstep, wanted(ChangeKind.ADD))

    assert told.effect is not None and told.refused is not None
    assert told.refused.code == "breaker"


def test_a_position_that_closes_has_nothing_to_tell(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    request_close(position, reason=ExitReason.MANUAL, author="anna", now=lockstep.now())

    told = ask(lockstep, wanted(ChangeKind.ADD))

    assert told.effect is None and told.refused is not None
    assert told.refused.code == "not_open"


def test_asking_writes_nothing(lockstep: Lockstep) -> None:
    lockstep.open_position()
    before = list(lockstep.position().__class__.objects.values())

    for kind in ChangeKind:
        ask(lockstep, wanted(kind, **({"stop_price": Decimal(9)} if kind is ChangeKind.ADJUST else {})))

    assert not PositionChange.objects.exists()
    assert list(lockstep.position().__class__.objects.values()) == before
