"""The check and its loops: one position's, bot's or account's trouble is its own."""

import contextlib
import dataclasses
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from desk.models import Account
from exchange.errors import BadCredentials, ExchangeError
from tests.factories import make_account
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading import tasks
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.exit_requests import request_close
from trading.services.ingest import take_in
from trading.services.tending import tend
from trading.venue import Venue

OTHER = "XRPUSDT"


def two_positions(lockstep: Lockstep) -> tuple[Position, Position]:
    lockstep.market.trade(OTHER, lockstep.host.clock.now_ms() - 1, "8.500")
    first = lockstep.open_position()
    lockstep.enter(symbol=OTHER)
    lockstep.deliver()
    return first, lockstep.position()


def cancel_by_hand(lockstep: Lockstep, position: Position, purpose: str) -> None:
    order = position.orders.get(purpose=purpose, parent=None)
    lockstep.host.execute("cancel_algo_order", KEY, {"clientAlgoId": order.client_order_id})
    lockstep.lose_events()


def check_in_spite_of_all(lockstep: Lockstep) -> None:
    """The check as its task runs it: an error ends this run and the next one starts anew."""
    for _ in range(3):
        with contextlib.suppress(Exception):
            reconcile.check(lockstep.venue)


def test_a_contract_no_longer_listed_does_not_end_the_check_of_the_others(lockstep: Lockstep) -> None:
    first, second = two_positions(lockstep)
    listed = lockstep.market.listed
    lockstep.market.listed = lambda now_ms: [symbol for symbol in listed(now_ms) if symbol != SYMBOL]
    lockstep.venue.rules._read_at = None
    request_close(first, reason=ExitReason.MANUAL, author="tests", now=lockstep.now())
    cancel_by_hand(lockstep, second, "stop")

    check_in_spite_of_all(lockstep)

    assert lockstep.stops_at_exchange(OTHER)


def test_an_entry_filled_beyond_its_own_stop_does_not_end_the_check_of_the_others(lockstep: Lockstep) -> None:
    """The price jumped above the stop before the order arrived, and came back before the stop was sent."""
    lockstep.market.trade(OTHER, lockstep.host.clock.now_ms() - 1, "8.500")

    def jump(send: Any) -> httpx2.Response:
        lockstep.price("10.200")
        return send()

    lockstep.wire._next("POST", "/fapi/v1/order", jump)
    lockstep.enter()
    lockstep.price("9.500")
    for event in lockstep.events():
        with contextlib.suppress(ValueError):  # what the stream's loop does
            take_in(event, lockstep.venue)
    lockstep.enter(symbol=OTHER)
    lockstep.deliver()
    cancel_by_hand(lockstep, lockstep.position(), "stop")

    check_in_spite_of_all(lockstep)

    assert lockstep.stops_at_exchange(OTHER)


def test_a_triggered_stop_that_the_exchange_has_forgotten_does_not_hold_up_the_end(lockstep: Lockstep) -> None:
    """Its last event was lost, and the algo service is done with it (-20124)."""
    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.lose_events()
    Order.objects.filter(purpose="stop").update(status=OrderStatus.TRIGGERED)

    for _ in range(3):
        for _ in range(9):
            lockstep.wire.refuse("GET", "/fapi/v1/algoOrder", -20124)
        check_in_spite_of_all(lockstep)

    assert lockstep.position().status == PositionStatus.CLOSED


def test_a_strategy_whose_settings_are_no_longer_valid_does_not_keep_others_beyond_their_time(
    lockstep: Lockstep,
) -> None:
    """Bounds may become narrower with a new version of the desk, while positions of the old one are open."""
    first, second = two_positions(lockstep)
    frozen = first.bot.config_versions.create(number=2, values={"max_hold_hours": 100_000}, author="an older desk")
    Position.objects.filter(pk=first.pk).update(config_version=frozen)
    lockstep.step(timedelta(hours=73).total_seconds())

    check_in_spite_of_all(lockstep)
    lockstep.deliver()

    second.refresh_from_db()
    assert second.exit_reason == ExitReason.TIME_LIMIT


def test_balances_that_cannot_be_read_do_not_keep_a_position_beyond_its_time(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.step(timedelta(hours=73).total_seconds())
    for _ in range(30):
        lockstep.wire.swallow("GET", "/fapi/v3/account")

    check_in_spite_of_all(lockstep)

    assert lockstep.position().exit_reason == ExitReason.TIME_LIMIT


class NoOneElse:
    """The lock of a desk with one worker."""

    def __init__(self, name: str, *, seconds: float) -> None: ...

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None: ...


def test_an_account_whose_key_was_revoked_does_not_end_the_check_of_the_others(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = lockstep.open_position()
    cancel_by_hand(lockstep, position, "stop")
    revoked = make_account()

    class Revoked:
        def positions(self, symbol: str | None = None) -> None:
            raise BadCredentials("-2015")

    def open_venue(account: Account) -> Venue:
        sick = dataclasses.replace(lockstep.venue, account=revoked, trading=Revoked())
        return sick if account == revoked else lockstep.venue

    monkeypatch.setattr(tasks, "open_venue", open_venue)
    monkeypatch.setattr(tasks, "only_one", NoOneElse)
    monkeypatch.setattr(tasks, "accounts_of_this_environment", lambda: [revoked, lockstep.account])

    with contextlib.suppress(BadCredentials):  # what a worker does with a task that fails
        tasks.check_positions()

    assert lockstep.stops_at_exchange()


def test_an_orphan_that_is_gone_already_does_not_end_the_cancelling_of_the_others(lockstep: Lockstep) -> None:
    lockstep.open_position()
    Position.objects.update(status="closed", exit_reason="manual", closed_at=lockstep.now(), quantity=0)
    lockstep.wire.refuse("DELETE", "/fapi/v1/algoOrder", -2011, "Unknown order sent.")

    with contextlib.suppress(ExchangeError):  # what the stream's loop does; the next connect may be a day away
        reconcile.reconcile(lockstep.venue)

    assert len(lockstep.venue.trading.open_algo_orders(SYMBOL)) <= 1


def test_a_request_limit_is_waited_out_before_anything_is_sent_again(lockstep: Lockstep) -> None:
    """Going on after a 429 leads to a ban of two minutes to three days (418), and then nothing can be protected."""

    def limited(send: Any) -> httpx2.Response:
        return httpx2.Response(429, json={"code": -1003, "msg": "Too many requests"}, headers={"Retry-After": "60"})

    for _ in range(10):
        lockstep.wire._next("POST", "/fapi/v1/algoOrder", limited)
    lockstep.open_position()

    for _ in range(5):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.wire.count("POST", "/fapi/v1/algoOrder") == 1
