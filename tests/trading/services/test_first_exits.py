"""The first fill's short way: how much is done before its stop leaves, and what happens where it cannot be gone."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import OrderUpdate
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Fill, Order, Position
from trading.services import first_exits, intents, reconcile
from trading.services.ingest import take_in
from trading.services.tending import tend

PLACE_ALGO = ("POST", "/fapi/v1/algoOrder")
WOULD_TRIGGER = -2021
STATEMENTS_BEFORE_STOP = 19


@pytest.fixture
def committing(transactional_db: None, tmp_path: Path) -> Lockstep:
    """A desk whose transactions end, as they do in its processes."""
    return Lockstep(tmp_path)


@contextmanager
def watched_sending(lockstep: Lockstep) -> Iterator[list[tuple[int, int, bool]]]:
    """For each conditional order that leaves: statements so far, commits so far, whether a transaction was open."""
    seen: list[tuple[int, int, bool]] = []
    with CaptureQueriesContext(connection) as statements:

        def note(send: Callable[[], httpx2.Response]) -> httpx2.Response:
            sent = [query["sql"] for query in statements.captured_queries]
            seen.append((len(sent), sent.count("COMMIT"), connection.in_atomic_block))
            return send()

        for _ in range(2):
            lockstep.wire._next(*PLACE_ALGO, note)
        yield seen


def fill_event(lockstep: Lockstep) -> OrderUpdate:
    """The trade of the entry, all that came before it taken in."""
    for event in lockstep.events():
        if isinstance(event, OrderUpdate) and event.trade is not None:
            return event
        take_in(event, lockstep.venue)
    raise AssertionError("nothing was filled")


def statuses() -> dict[str, str]:
    return {order.purpose: order.status for order in Order.objects.order_by("id")}


def test_a_bounded_number_of_statements_and_one_commit_come_before_both_exits(committing: Lockstep) -> None:
    committing.enter()
    event = fill_event(committing)

    with watched_sending(committing) as sent:
        take_in(event, committing.venue)

    (stop, stop_commits, _), (take_profit, take_profit_commits, _) = sent
    assert stop <= STATEMENTS_BEFORE_STOP
    assert take_profit == stop
    assert stop_commits == take_profit_commits == 1


def test_nothing_is_sent_inside_a_transaction(committing: Lockstep) -> None:
    committing.enter()
    event = fill_event(committing)

    with watched_sending(committing) as sent:
        take_in(event, committing.venue)

    assert [is_open for _statements, _commits, is_open in sent] == [False, False]


def test_both_exits_stand_and_all_rows_say_so(either_mode: Lockstep) -> None:
    either_mode.enter()
    take_in(fill_event(either_mode), either_mode.venue)

    position = either_mode.position()
    assert statuses() == {"entry": "FILLED", "stop": "NEW", "take_profit": "NEW"}
    assert (position.status, position.naked_since) == (PositionStatus.OPEN, None)
    assert position.protected_at is not None
    assert position.take_profit_price == position.orders.get(purpose="take_profit").trigger_price


def test_the_case_tells_the_same_as_by_the_ordinary_way(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    lockstep.open_position()
    short = told(SYMBOL)
    monkeypatch.setattr("trading.services.ingest.is_first_fill", lambda order: False)
    lockstep.market.trade("XRPUSDT", lockstep.host.clock.now_ms() - 1, "8.500")
    lockstep.enter(symbol="XRPUSDT")
    lockstep.deliver()

    assert Counter(short) == Counter(told("XRPUSDT"))
    assert short.index((EventKind.STOP_PLACED, "")) < short.index((EventKind.ORDER_ACCEPTED, "take_profit"))


def told(symbol: str) -> list[tuple[str, str]]:
    """Kinds of events on a symbol, with the order they are about, in their order."""
    rows = Event.objects.filter(symbol=symbol).order_by("id")
    return [(row.kind, row.facts.get("purpose", "")) for row in rows]


def test_seconds_without_a_stop_end_with_its_answer_however_long_the_take_profit_takes(lockstep: Lockstep) -> None:
    lockstep.enter()
    event = fill_event(lockstep)

    def dawdle(send: Callable[[], httpx2.Response]) -> httpx2.Response:
        time.sleep(0.6)
        return send()

    lockstep.wire._next(*PLACE_ALGO, lambda send: send())
    lockstep.wire._next(*PLACE_ALGO, dawdle)

    take_in(event, lockstep.venue)

    stop, take_profit = Order.objects.get(purpose="stop"), Order.objects.get(purpose="take_profit")
    assert lockstep.position().worst_naked_seconds < 0.5
    assert (take_profit.sent_at - stop.answered_at).total_seconds() < 0.5
    assert (take_profit.answered_at - take_profit.sent_at).total_seconds() >= 0.6


def test_what_only_says_that_an_order_was_accepted_costs_one_statement(lockstep: Lockstep) -> None:
    lockstep.enter()
    take_in(fill_event(lockstep), lockstep.venue)
    accepted = list(lockstep.events())

    with CaptureQueriesContext(connection) as statements:
        for event in accepted:
            take_in(event, lockstep.venue)

    assert len(statements) <= len(accepted)


def test_killed_after_the_first_commit_the_stop_is_asked_for_by_its_id(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.enter()
    event = fill_event(lockstep)
    monkeypatch.setattr(first_exits, "dispatch", die)
    with pytest.raises(KeyboardInterrupt):
        take_in(event, lockstep.venue)
    Order.objects.filter(purpose="stop").update(sent_at=timezone.now() - timedelta(minutes=1))

    for _ in range(2):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.wire.count("GET", "/fapi/v1/algoOrder") == 1
    assert len(lockstep.stops_at_exchange()) == 1


def test_killed_between_the_two_the_stop_is_found_and_the_take_profit_placed_anew(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.enter()
    event = fill_event(lockstep)
    monkeypatch.setattr(first_exits, "_complete", die)
    with pytest.raises(KeyboardInterrupt):
        take_in(event, lockstep.venue)
    lockstep.deliver()
    Order.objects.filter(purpose="take_profit").update(sent_at=timezone.now() - timedelta(minutes=1))

    for _ in range(2):
        reconcile.check(lockstep.venue)

    assert len(lockstep.stops_at_exchange()) == 1
    assert [order.status for order in lockstep.orders("take_profit")] == [OrderStatus.REJECTED, OrderStatus.NEW]
    assert lockstep.wire.count(*PLACE_ALGO) == 2


def die(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


def test_an_unknown_outcome_is_asked_for_at_once_and_nothing_is_sent_twice(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE_ALGO)

    lockstep.open_position()

    assert lockstep.wire.count(*PLACE_ALGO) == 2
    assert statuses()["stop"] == OrderStatus.NEW
    assert len(lockstep.stops_at_exchange()) == 1


def test_a_price_beyond_the_stop_closes_at_market(lockstep: Lockstep) -> None:
    lockstep.wire.refuse(*PLACE_ALGO, WOULD_TRIGGER)

    lockstep.open_position()
    lockstep.deliver()

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)


def test_a_price_beyond_the_take_profit_closes_at_market(lockstep: Lockstep) -> None:
    lockstep.wire._next(*PLACE_ALGO, lambda send: send())
    lockstep.wire.refuse(*PLACE_ALGO, WOULD_TRIGGER)

    lockstep.open_position()
    lockstep.deliver()

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.TAKE_PROFIT)
    assert lockstep.wire.count(*PLACE_ALGO) == 2


def test_a_take_profit_of_unknown_outcome_is_asked_for_at_once(lockstep: Lockstep) -> None:
    lockstep.wire._next(*PLACE_ALGO, lambda send: send())
    lockstep.wire.lose_answer(*PLACE_ALGO)

    lockstep.open_position()

    assert statuses()["take_profit"] == OrderStatus.NEW
    assert lockstep.position().take_profit_price is not None


def test_rules_that_cannot_be_read_hold_up_the_take_profit_only(lockstep: Lockstep) -> None:
    lockstep.enter()
    event = fill_event(lockstep)
    lockstep.venue.rules._rules.clear()  # type: ignore[attr-defined]
    for _ in range(3):
        lockstep.wire.swallow("GET", "/fapi/v1/exchangeInfo")

    take_in(event, lockstep.venue)

    assert len(lockstep.stops_at_exchange()) == 1
    assert statuses() == {"entry": "FILLED", "stop": "NEW"}
    tend(lockstep.position(), lockstep.venue)
    assert statuses()["take_profit"] == OrderStatus.NEW


def test_a_take_profit_waits_where_its_stop_does_not_stand(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE_ALGO)

    lockstep.open_position()
    waiting = statuses()
    tend(lockstep.position(), lockstep.venue)

    assert (waiting["stop"], waiting["take_profit"]) == (OrderStatus.PENDING, OrderStatus.PENDING)
    assert (statuses()["stop"], statuses()["take_profit"]) == (OrderStatus.NEW, OrderStatus.NEW)


def test_the_same_fill_told_twice_is_one_fill_and_one_stop(lockstep: Lockstep) -> None:
    lockstep.enter()
    event = fill_event(lockstep)

    for _ in range(2):
        take_in(event, lockstep.venue)

    assert Fill.objects.count() == 1
    assert lockstep.wire.count(*PLACE_ALGO) == 2


def test_a_position_that_is_to_be_closed_already_gets_no_exits_but_its_close(lockstep: Lockstep) -> None:
    lockstep.enter()
    event = fill_event(lockstep)
    Position.objects.update(status=PositionStatus.CLOSING, exit_reason=ExitReason.MANUAL, closing_at=lockstep.now())

    take_in(event, lockstep.venue)
    lockstep.deliver()

    assert lockstep.wire.count(*PLACE_ALGO) == 0
    assert lockstep.position().status == PositionStatus.CLOSED


def test_where_another_process_made_the_stop_first_the_fill_is_kept_all_the_same(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.enter()
    event = fill_event(lockstep)

    def lose_the_race(*_: Any, **__: Any) -> Order:
        raise IntegrityError

    monkeypatch.setattr(intents, "first_leg", lose_the_race)

    take_in(event, lockstep.venue)

    assert Fill.objects.count() == 1
    assert len(lockstep.stops_at_exchange()) == 1
