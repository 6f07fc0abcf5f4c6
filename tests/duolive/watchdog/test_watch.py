"""The watchdog beside a desk: what it tells, what it does, and what it leaves alone."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from django.db import DatabaseError

from desk.events import beat
from desk.models import Event, Heartbeat
from duolive.watchdog.alarms import Alarms
from duolive.watchdog.database import Answer, Database, PatientDatabase
from duolive.watchdog.loops import LOOPS
from duolive.watchdog.watch import Watch
from exchange.types import OrderRequest
from tests.duolive.watchdog.conftest import Seconds, check_was
from tests.lockstep import SYMBOL, Lockstep
from tests.notifications.bot_api import BotApi
from tests.trading.services.test_outside import join_by_hand, resting, unstopped
from trading.core.vigil import Alarm, Patience
from trading.models import Position


@pytest.fixture
def pass_time(look: Callable[[], None]) -> Callable[..., None]:
    """Let wall seconds pass, look after each five; checks that stopped leave their last heartbeat as it is."""

    def run(wall: float, *, checking: bool = True) -> None:
        check_was(0)
        for _ in range(0, int(wall), 5):
            if checking:
                check_was(1)
            look()

    return run


def entry_of(watch: Watch, number: int = 77) -> OrderRequest:
    return resting(f"dl{watch.nonce}-{number}-e1")


def test_a_desk_at_work_is_left_in_peace(lockstep: Lockstep, pass_time: Callable[..., None], chat: BotApi) -> None:
    lockstep.open_position()
    lockstep.venue.trading.place_order(resting("by-hand"))

    pass_time(200)

    assert chat.texts == []
    assert len(lockstep.venue.trading.open_orders()) == 1


def test_the_watch_has_a_pulse_of_its_own(pass_time: Callable[..., None]) -> None:
    pass_time(5)

    assert Heartbeat.objects.filter(loop="watchdog").exists()


def test_checks_that_stop_are_told_straight_to_the_chat_and_kept(pass_time: Callable[..., None], chat: BotApi) -> None:
    pass_time(110, checking=False)

    [text] = chat.texts
    assert "no check of the positions for" in text
    assert Event.objects.filter(kind="watchdog_checks_stopped").count() == 1


def test_a_clock_an_hour_ahead_of_ours_hides_no_death(
    look: Callable[[], None], watch: Watch, chat: BotApi, lockstep: Lockstep
) -> None:
    lockstep.venue.trading.place_order(entry_of(watch))
    check_was(-3600)

    for _ in range(26):
        look()

    assert [text for text in chat.texts if "no check" in text]
    assert lockstep.venue.trading.open_orders() == []


def test_a_worker_that_died_is_told_of_though_the_stream_process_checks(
    watch: Watch, seconds: Seconds, chat: BotApi
) -> None:
    watch = replace(watch, patience=Patience(loops=LOOPS))
    beat("scan")
    beat("entries")

    for _ in range(17):
        beat("stream")
        beat("advise")
        check_was(1)
        watch.round()
        watch.alarms.turn()
        seconds.now += 5

    assert sorted(text.split("Watchdog: ")[1].split(" has stopped")[0] for text in chat.texts) == [
        "entering on signals",
        "the search for signals",
    ]
    assert {event.facts["loop"] for event in Event.objects.filter(kind="watchdog_loop_stopped")} == {"scan", "entries"}


def test_a_position_that_the_desk_believes_safe_is_seen_naked(
    lockstep: Lockstep, pass_time: Callable[..., None], chat: BotApi
) -> None:
    lockstep.open_position()
    unstopped(lockstep)

    pass_time(35)

    [text] = chat.texts
    assert f"{SYMBOL}: NO STOP at the exchange" in text


def test_the_stop_that_comes_back_is_told_as_well(
    lockstep: Lockstep, pass_time: Callable[..., None], chat: BotApi
) -> None:
    from tests.trading.services.test_outside import stop_request

    lockstep.open_position()
    unstopped(lockstep)
    pass_time(35)

    lockstep.venue.trading.place_algo_order(stop_request(lockstep))
    pass_time(10)

    assert "right again: stop at the exchange DOTUSDT" in chat.texts[-1]


def test_a_shared_position_behind_its_stop_by_quantity_is_no_alarm(
    lockstep: Lockstep, pass_time: Callable[..., None], chat: BotApi
) -> None:
    position = lockstep.open_position()
    join_by_hand(lockstep)

    pass_time(40)

    position.refresh_from_db()
    assert (position.is_shared, position.quantity + 10) == (True, abs(lockstep.open_at_exchange()))
    assert chat.texts == []


def test_entries_of_a_dead_desk_are_cancelled_and_its_stops_stay(
    lockstep: Lockstep,
    watch: Watch,
    pass_time: Callable[..., None],
    look: Callable[[], None],
    seconds: Seconds,
    chat: BotApi,
) -> None:
    lockstep.open_position()
    legs = {order.client_order_id for order in lockstep.venue.trading.open_algo_orders()}
    lockstep.venue.trading.place_order(entry_of(watch))
    lockstep.venue.trading.place_order(resting("by-hand"))

    pass_time(110, checking=False)
    before = {order.client_order_id for order in lockstep.venue.trading.open_orders()}
    seconds.now += 15
    look()

    assert before == {entry_of(watch).client_order_id, "by-hand"}
    assert {order.client_order_id for order in lockstep.venue.trading.open_orders()} == {"by-hand"}
    assert {order.client_order_id for order in lockstep.venue.trading.open_algo_orders()} == legs
    assert "entries cancelled" in chat.texts[-1]


def test_an_entry_that_appears_after_the_death_is_cancelled_too(
    lockstep: Lockstep, watch: Watch, seconds: Seconds
) -> None:
    seconds.now += 125
    check_was(125)
    watch.round()
    lockstep.venue.trading.place_order(entry_of(watch, 78))

    seconds.now += 31
    watch.round()

    assert lockstep.venue.trading.open_orders() == []


def test_without_the_database_the_watch_goes_on_with_what_it_knows(
    lockstep: Lockstep,
    watch: Watch,
    pass_time: Callable[..., None],
    look: Callable[[], None],
    chat: BotApi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lockstep.open_position()
    pass_time(5)
    unstopped(lockstep)
    lockstep.venue.trading.place_order(entry_of(watch))
    for broken in ("desk.models.Event.save", "desk.events.beat"):
        monkeypatch.setattr(broken, _no_database)
    monkeypatch.setattr(Position.objects, "filter", _no_database)

    for _ in range(26):
        look()

    assert [text for text in chat.texts if "NO STOP" in text]
    assert [text for text in chat.texts if "no check" in text]
    assert lockstep.venue.trading.open_orders() == []


def test_a_database_that_never_answers_does_not_hold_the_watch(
    lockstep: Lockstep, watch: Watch, pass_time: Callable[..., None], look: Callable[[], None], chat: BotApi
) -> None:
    lockstep.open_position()
    pass_time(5)
    unstopped(lockstep)
    released = threading.Event()
    watch.database = _Hanging(PatientDatabase(patience=0.01), released)

    for _ in range(26):
        look()
    released.set()

    assert [text for text in chat.texts if "NO STOP" in text]
    assert [text for text in chat.texts if "no check" in text]


class _Hanging:
    """Whatever is asked hangs until it is released."""

    def __init__(self, database: Database, released: threading.Event) -> None:
        self._database, self._released = database, released

    def ask(self, work: Callable[[], Answer]) -> Answer:
        self._database.ask(self._released.wait)
        raise AssertionError("it hangs")


def _no_database(*args: Any, **options: Any) -> None:
    raise DatabaseError("the database is away")


def test_an_exchange_that_does_not_answer_is_told(lockstep: Lockstep, look: Callable[[], None], chat: BotApi) -> None:
    for _ in range(14):
        for _attempt in range(3):  # a read is repeated twice
            lockstep.wire.lose_request("GET", "/fapi/v3/positionRisk")
        check_was(1)
        look()

    [text] = chat.texts
    assert "the exchange has not answered" in text


def test_a_chat_that_does_not_answer_stops_nothing(
    lockstep: Lockstep, watch: Watch, pass_time: Callable[..., None], chat: BotApi
) -> None:
    for _ in range(50):
        chat.refuse_next(502, "Bad Gateway")
    lockstep.venue.trading.place_order(entry_of(watch))

    pass_time(130, checking=False)

    assert lockstep.venue.trading.open_orders() == []
    assert chat.texts == []
    assert Event.objects.filter(kind="watchdog_cancelled").exists()


def test_one_refused_message_leaves_the_owner_not_in_the_dark(
    lockstep: Lockstep, pass_time: Callable[..., None], chat: BotApi
) -> None:
    lockstep.open_position()
    unstopped(lockstep)
    chat.refuse_next(502, "Bad Gateway")

    pass_time(40)

    [text] = chat.texts
    assert f"{SYMBOL}: NO STOP at the exchange" in text


def test_entries_of_the_dead_go_before_anybody_is_told(lockstep: Lockstep, watch: Watch, seconds: Seconds) -> None:
    working: list[int] = []
    watch.alarms = cast(Alarms, _Noting(lambda: working.append(len(lockstep.venue.trading.open_orders()))))
    lockstep.venue.trading.place_order(entry_of(watch))
    seconds.now += 125

    watch.round()

    assert set(working) == {0}


class _Noting:
    """Alarms that only note when they were raised."""

    def __init__(self, note: Callable[[], None]) -> None:
        self._note = note

    def raise_alarm(self, alarm: Alarm) -> None:
        self._note()

    def tell(self, kind: str, **facts: Any) -> None:
        self._note()
