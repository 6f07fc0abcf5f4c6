"""An entry at market that pays more than was decided on: its stop keeps its distance to the price paid."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import ask, by_hand, look, styled
from trading.core.states import ChangeKind, Purpose
from trading.models import Position
from trading.services import reconcile
from trading.services.climbing import correct_trigger
from trading.services.manual_changes import request_stop
from trading.services.tending import tend

DECIDED, PAID = Decimal("8.700"), Decimal("8.500")
RATIO = Decimal("0.18")
PLANNED, BY_PRICE_PAID = Decimal("10.266"), Decimal("10.030")


def decided_above_the_market(lockstep: Lockstep, style: str = "market", **values: object) -> None:
    """The bot reckons from its signal's price, and sells lower."""
    styled(lockstep, style, entry_reference="signal", **values)


def entered(lockstep: Lockstep) -> Position:
    lockstep.enter(price=str(DECIDED))
    assert lockstep.position().stop_price == PLANNED
    lockstep.deliver()
    return lockstep.position()


def base_stops(lockstep: Lockstep) -> list[Decimal | None]:
    standing = lockstep.venue.trading.open_algo_orders(SYMBOL)
    return [state.trigger_price for state in standing if state.order_type == "STOP_MARKET"]


def told() -> list[Event]:
    return list(Event.objects.filter(kind=EventKind.STOP_BY_PRICE_PAID))


def test_the_first_stop_lies_at_its_distance_from_the_price_paid(either_mode: Lockstep) -> None:
    decided_above_the_market(either_mode)

    position = entered(either_mode)

    assert position.entry_price == PAID
    assert position.stop_price == BY_PRICE_PAID
    assert position.worst_entry_price == DECIDED
    assert base_stops(either_mode) == [BY_PRICE_PAID]
    assert not either_mode.naked_at_exchange()
    [event] = told()
    assert (event.facts["price"], event.facts["paid"], event.facts["decided"]) == ("10.03", "8.5", "8.7")


def test_by_the_ordinary_way_it_is_the_same(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.services.ingest.is_first_fill", lambda order: False)
    decided_above_the_market(lockstep)

    assert entered(lockstep).stop_price == BY_PRICE_PAID
    assert base_stops(lockstep) == [BY_PRICE_PAID]


def test_tending_again_changes_nothing_more(lockstep: Lockstep) -> None:
    decided_above_the_market(lockstep)
    entered(lockstep)
    sent = len(lockstep.orders(Purpose.STOP))

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert len(lockstep.orders(Purpose.STOP)) == sent
    assert len(told()) == 1


def test_slices_move_the_stop_once_without_a_gap_when_the_last_is_filled(lockstep: Lockstep) -> None:
    styled(lockstep, "twap", twap_slices=3, twap_seconds=90, max_slippage_pct="5")
    lockstep.enter()
    lockstep.deliver()
    first = lockstep.position().stop_price
    lockstep.price("8.400", after=31)
    look(lockstep)
    assert base_stops(lockstep) == [first]

    lockstep.price("8.300", after=31)
    look(lockstep)
    tend(lockstep.position(), lockstep.venue)

    position = lockstep.position()
    assert position.entry_price is not None
    assert position.entry_price < Decimal("8.5")
    assert base_stops(lockstep) == [position.stop_price]
    assert position.stop_price < first
    assert len(told()) == 1
    assert position.stop_price - position.entry_price <= position.entry_price * RATIO
    assert not lockstep.naked_at_exchange()
    assert position.naked_since is None


def test_the_first_of_several_slices_moves_nothing_though_it_paid_more(lockstep: Lockstep) -> None:
    styled(lockstep, "twap", twap_slices=2, twap_seconds=60, max_slippage_pct="5")
    lockstep.enter()
    Position.objects.update(worst_entry_price=DECIDED, stop_price=PLANNED)

    lockstep.deliver()
    position = lockstep.position()

    assert (position.entry_price, position.is_executing) == (PAID, True)
    assert base_stops(lockstep) == [PLANNED]
    assert not told()


def test_trouble_with_it_keeps_no_stop_from_leaving(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_facts: object) -> Decimal:
        raise ArithmeticError("broken by the test")

    monkeypatch.setattr("trading.services.price_paid.stop_by_price_paid", fail)
    decided_above_the_market(lockstep)

    entered(lockstep)
    tend(lockstep.position(), lockstep.venue)

    assert base_stops(lockstep) == [PLANNED]
    assert lockstep.position().naked_since is None


def test_where_the_rules_came_late_a_check_moves_the_stop(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    decided_above_the_market(lockstep)
    with monkeypatch.context() as patched:
        patched.setattr(type(lockstep.venue.rules), "known", lambda self, symbol: None)
        entered(lockstep)
    tend(lockstep.position(), lockstep.venue)

    for _ in range(3):
        reconcile.check(lockstep.venue)
        lockstep.deliver()

    assert base_stops(lockstep) == [BY_PRICE_PAID]


def test_an_entry_in_several_trades_moves_its_stop_once_and_never_past_the_decision(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.enter()
    lockstep.price("8.585", quantity="10")
    lockstep.deliver()
    part = lockstep.position()
    assert 0 < part.quantity < Decimal("69")
    Position.objects.update(worst_entry_price=DECIDED, stop_price=PLANNED)

    tend(lockstep.position(), lockstep.venue)
    assert lockstep.position().stop_price == PLANNED

    lockstep.price("8.585")
    lockstep.deliver()
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    position = lockstep.position()
    assert position.entry_price is not None
    assert position.stop_price - position.entry_price <= position.entry_price * RATIO
    assert position.worst_entry_price == DECIDED
    assert len(told()) == 1


def test_a_fill_at_the_price_decided_on_or_better_leaves_the_stop(lockstep: Lockstep) -> None:
    styled(lockstep, "market")

    position = lockstep.open_position()

    assert position.stop_price == Decimal("10.030")
    assert not told()


def test_a_stop_that_somebody_moved_stays_where_it_was_put(lockstep: Lockstep) -> None:
    decided_above_the_market(lockstep)
    entered(lockstep)
    position = lockstep.position()
    request_stop(
        position, price=Decimal("9.500"), rules=lockstep.venue.rules(SYMBOL), author="anna", now=lockstep.now()
    )

    tend(lockstep.position(), lockstep.venue)

    assert lockstep.position().stop_price == Decimal("9.500")


def test_a_stop_that_advice_asked_for_as_a_price_stays(lockstep: Lockstep) -> None:
    decided_above_the_market(lockstep)
    lockstep.enter(price=str(DECIDED), terms={"stop_price": str(PLANNED)})
    lockstep.deliver()

    assert lockstep.position().stop_price == PLANNED
    assert not told()


def test_an_add_at_a_worse_price_is_no_matter_of_the_first_stop(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    ask(lockstep, ChangeKind.ADD)
    look(lockstep)
    look(lockstep)
    added = lockstep.position()
    assert added.entry_price is not None
    assert added.entry_price < added.worst_entry_price

    tend(lockstep.position(), lockstep.venue)

    assert not told()


def test_an_order_by_hand_at_market_keeps_the_distance_that_was_asked_for(lockstep: Lockstep) -> None:
    position = by_hand(lockstep, ExecutionStyle.MARKET)
    Position.objects.filter(pk=position.pk).update(worst_entry_price=DECIDED, stop_price=PLANNED)
    look(lockstep)

    assert lockstep.position().stop_price == BY_PRICE_PAID
    assert base_stops(lockstep) == [BY_PRICE_PAID]


def test_without_the_rules_at_hand_the_stop_leaves_where_it_was_planned_and_is_moved_later(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided_above_the_market(lockstep)
    with monkeypatch.context() as patched:
        patched.setattr(type(lockstep.venue.rules), "known", lambda self, symbol: None)
        assert entered(lockstep).stop_price == PLANNED
        assert base_stops(lockstep) == [PLANNED]

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert base_stops(lockstep) == [BY_PRICE_PAID]
    assert not lockstep.naked_at_exchange()


def test_a_corrected_trigger_follows_no_older_wish(lockstep: Lockstep) -> None:
    read_before = lockstep.open_position()
    Position.objects.update(stop_price=Decimal("8.900"))  # moved by another process

    correct_trigger(read_before, lockstep.venue)

    assert lockstep.position().stop_price == Decimal("8.900")
