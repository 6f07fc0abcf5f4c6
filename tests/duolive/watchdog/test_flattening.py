"""The last word of the owner: everything of ours closed, whatever else is dead."""

from decimal import Decimal

import pytest
from django.db import DatabaseError

from desk.models import Installation
from duolive.watchdog import flattening
from duolive.watchdog.flattening import Flattened, flatten_all
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.test_outside import resting


def flatten(lockstep: Lockstep) -> tuple[bool, list[Flattened]]:
    said: list[Flattened] = []
    nonce = Installation.current().nonce
    return flatten_all(lockstep.venue, nonce=nonce, author="owner", say=said.append), said


def test_everything_is_closed_by_the_desks_own_procedure(lockstep: Lockstep) -> None:
    position = lockstep.open_position()

    is_flat, said = flatten(lockstep)

    position.refresh_from_db()
    assert is_flat
    assert said == [Flattened(symbol=SYMBOL, left=Decimal(0))]
    assert (position.status, position.exit_reason) == ("closed", "manual")
    assert lockstep.open_at_exchange() == 0
    assert lockstep.venue.trading.open_algo_orders() == []


def test_working_entries_go_first(lockstep: Lockstep) -> None:
    nonce = Installation.current().nonce
    lockstep.venue.trading.place_order(resting(f"dl{nonce}-77-e1"))

    assert flatten(lockstep) == (True, [])
    assert lockstep.venue.trading.open_orders() == []


def test_one_that_refuses_is_reported_and_keeps_its_stop(lockstep: Lockstep) -> None:
    lockstep.open_position()
    for _ in range(flattening.ROUNDS):
        lockstep.wire.refuse("POST", "/fapi/v1/order", -2019, "Margin is insufficient.")

    is_flat, [result] = flatten(lockstep)

    assert not is_flat
    assert result.left == abs(lockstep.open_at_exchange()) > 0
    assert lockstep.stops_at_exchange()


def test_without_a_database_it_closes_what_our_stops_stand_on(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()

    def away(venue: object) -> list[object]:
        raise DatabaseError("the database is away")

    monkeypatch.setattr(flattening, "_ours", away)

    assert flatten(lockstep) == (True, [Flattened(symbol=SYMBOL, left=Decimal(0))])
    assert lockstep.open_at_exchange() == 0


def test_a_position_of_somebody_else_is_left_alone(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    lockstep.venue.trading.place_order(_market_sell())

    assert flatten(lockstep) == (True, [])
    assert lockstep.open_at_exchange() == Decimal(-10)


def _market_sell() -> object:
    from dataclasses import replace

    from exchange.types import OrderType

    return replace(resting("by-hand"), order_type=OrderType.MARKET, price=None, time_in_force=None)
