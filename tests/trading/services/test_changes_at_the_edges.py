"""Changes and plans at their edges: what is left over, what is gone meanwhile, and who else is at work."""

from decimal import Decimal

import pytest

from desk.models import Bot, ConfigVersion
from risk.limits import LimitCode
from risk.settings_store import change_risk_settings
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import KEY, SYMBOL, Lockstep
from tests.trading.services.plans import add_in_slices, ask, look, sliced_entry
from trading import tasks
from trading.core.execution_style import Form
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, PositionStatus, Purpose
from trading.models import Execution
from trading.risk_report import risk_report
from trading.services import executions, intents
from trading.services.emergency_stop import emergency_stop
from trading.services.exit_requests import request_close
from trading.services.position_changes import WantedChange, request_change
from trading.services.tending import tend
from trading.venue import ContractRules

ORDERS = "/fapi/v1/order"


def test_an_add_that_filled_nothing_leaves_the_margin_as_it_was(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    lockstep.price("8.300")
    lockstep.wire.refuse("POST", ORDERS, -2019, "Margin is insufficient.")

    change = ask(lockstep, ChangeKind.ADD)
    look(lockstep)

    change.refresh_from_db()
    assert change.status == ChangeStatus.FAILED
    assert lockstep.position().margin == before.margin


def test_an_add_that_was_ended_half_way_counts_the_half(lockstep: Lockstep) -> None:
    change = add_in_slices(lockstep)
    meant = lockstep.position().margin
    added = sum((order.executed_quantity for order in lockstep.orders(Purpose.ADD)), Decimal(0))
    lockstep.step(1200)
    look(lockstep)

    change.refresh_from_db()
    position = lockstep.position()
    assert change.quantity == added
    assert change.status == ChangeStatus.DONE
    assert position.margin < meant
    per_unit = position.margin / position.entered_quantity * position.leverage
    assert abs(per_unit / (position.entry_price or 1) - 1) < Decimal("0.02")


class Delisted(ContractRules):
    """The exchange does not list the contract any more."""

    def _read(self, symbol: str, now: object) -> None:
        self._rules = {}


def delist(lockstep: Lockstep) -> None:
    object.__setattr__(lockstep.venue, "rules", Delisted(lockstep.venue.market))


@pytest.mark.parametrize("kind", [ChangeKind.REDUCE, ChangeKind.ADJUST])
def test_a_change_on_a_contract_that_is_gone_is_refused(lockstep: Lockstep, kind: ChangeKind) -> None:
    lockstep.open_position()
    delist(lockstep)
    wanted = WantedChange(kind=kind, key="gone", author="anna", share_pct=Decimal(50), stop_price=Decimal("9.0"))
    change = request_change(lockstep.position(), wanted, now=lockstep.now())

    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, "unknown_symbol")


def test_a_piece_that_was_written_meanwhile_keeps_its_plan_from_ending(lockstep: Lockstep) -> None:
    change = add_in_slices(lockstep)
    execution = change.execution
    other = intents.piece(
        Execution.objects.get(pk=execution.pk), form=Form.BOUNDED, quantity=Decimal(1), after=1, now=lockstep.now()
    )
    assert other is not None

    ended = executions.end_execution(execution, "stopped", now=lockstep.now())

    assert not ended
    assert Execution.objects.get().ended_at is None
    assert lockstep.position().is_executing


def stop_everything(lockstep: Lockstep) -> None:
    """The emergency stop, and five minutes after it."""
    emergency_stop(lockstep.account, author="anna", reason="enough", now=lockstep.now())
    for _ in range(5):
        lockstep.step(61)
        look(lockstep)
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()


@pytest.mark.parametrize("kind", [ChangeKind.ADD, ChangeKind.REDUCE])
def test_an_emergency_stop_in_the_middle_of_slices_closes_all_and_sends_no_more(
    either_mode: Lockstep, kind: ChangeKind
) -> None:
    either_mode.open_position()
    either_mode.price("8.300")
    change = ask(either_mode, kind, style=ExecutionStyle.TWAP)
    look(either_mode)
    sent = either_mode.wire.count("POST", ORDERS)

    stop_everything(either_mode)

    change.refresh_from_db()
    assert either_mode.wire.count("POST", ORDERS) == sent + 1
    assert either_mode.open_at_exchange() == 0
    assert (change.status, change.execution.ending) == (ChangeStatus.DONE, "stopped")
    assert either_mode.position().status == PositionStatus.CLOSED


def test_an_emergency_stop_in_the_middle_of_an_entry_in_slices_closes_what_was_filled(either_mode: Lockstep) -> None:
    sliced_entry(either_mode)

    stop_everything(either_mode)

    position = either_mode.position()
    assert either_mode.open_at_exchange() == 0
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.MANUAL)
    assert (position.is_executing, Execution.objects.get().ending) == (False, "stopped")
    assert len(either_mode.orders(Purpose.ENTRY)) == 1


def test_an_add_that_filled_before_its_contract_went_is_done(lockstep: Lockstep) -> None:
    change = add_in_slices(lockstep)
    delist(lockstep)

    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.execution.ending) == (ChangeStatus.DONE, "stopped")


def test_a_move_of_the_exits_on_a_contract_that_went_meanwhile_fails(lockstep: Lockstep) -> None:
    lockstep.open_position()
    for _ in range(20):
        lockstep.wire.refuse("POST", "/fapi/v1/algoOrder", -1111, "Precision is over the maximum.")
    wanted = WantedChange(kind=ChangeKind.ADJUST, key="gone", author="anna", take_profit_price=Decimal("6.0"))
    change = request_change(lockstep.position(), wanted, now=lockstep.now())
    look(lockstep)
    change.refresh_from_db()
    began = change.status
    delist(lockstep)

    look(lockstep)

    change.refresh_from_db()
    assert (began, change.status) == (ChangeStatus.WORKING, ChangeStatus.FAILED)
    assert change.refusal_code == "unknown_symbol"


def test_the_report_of_a_bots_margin_shows_what_the_limit_counts(lockstep: Lockstep) -> None:
    change_risk_settings(lockstep.account, {"max_bot_margin_usdt": 300}, author="anna", now=lockstep.now())
    lockstep.open_position()
    before = margin_reported(lockstep)

    change = ask(lockstep, ChangeKind.REDUCE)
    look(lockstep)

    change.refresh_from_db()
    assert change.status == ChangeStatus.DONE
    assert abs(margin_reported(lockstep) / before - Decimal("0.5")) < Decimal("0.01")


def margin_reported(lockstep: Lockstep) -> Decimal:
    uses = risk_report(lockstep.account, now=lockstep.now()).limits
    return next(use.value for use in uses if use.code is LimitCode.BOT_MARGIN)


def test_the_tick_ends_the_plan_of_a_position_that_is_over_already(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    sliced_entry(lockstep)
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    for _ in range(2):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()
    monkeypatch.setattr(tasks, "open_venue", lambda account: lockstep.venue)

    tasks.work_entries()

    assert lockstep.position().status == PositionStatus.CLOSED
    assert Execution.objects.get().ending == "stopped"
    assert not lockstep.position().is_executing


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"max_exposure_pct": "8"}, "total_exposure"),
        ({"margin_pct": "0.9"}, "position_share"),
        ({"leverage": 2}, "max_leverage"),
        ({"max_exposure_pct": "10", "margin_pct": "1.1"}, ""),
    ],
)
def test_the_narrower_limits_of_the_bot_hold_for_an_add(
    lockstep: Lockstep, values: dict[str, object], code: str
) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    Bot.objects.update(strategy="ai_futures")
    ConfigVersion.objects.update(values=values)

    change = ask(lockstep, ChangeKind.ADD)
    look(lockstep)

    change.refresh_from_db()
    assert change.refusal_code == code
    assert (change.status == ChangeStatus.REFUSED) is bool(code)


def test_a_leverage_that_somebody_raised_meanwhile_refuses_an_add(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    lockstep.host.execute("set_leverage", KEY, {"symbol": SYMBOL, "leverage": "10"})

    change = ask(lockstep, ChangeKind.ADD)
    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, "account_not_ready")
    assert "10x" in change.refusal
    assert not lockstep.orders(Purpose.ADD)
