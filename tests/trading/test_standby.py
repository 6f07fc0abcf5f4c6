"""Standing in: the stream checks while worker, beat or Redis is away, enters nothing, and stands down again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event, Heartbeat
from risk.breaker_store import breaker_of
from risk.models import RiskVersion
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import ask, look
from trading import standby
from trading.core.states import ChangeKind, ChangeStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services import breaker_watch
from trading.services.emergency_stop import emergency_stop
from trading.services.position_changes import WantedChange, request_change
from trading.standby import CHECK_SECONDS, ENTRIES_LATE_SECONDS, Standby

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """A protected short, a Redis that may be away, and hands on the wall's seconds."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1000.0
        self._beats = 0
        self.has_redis = True
        self.is_locked = False
        self.locks: list[str] = []
        self.lockstep = Lockstep(home)
        monkeypatch.setattr(standby, "only_one", self._only_one)
        self.standby = Standby(
            open_venue=lambda account: self.lockstep.venue,
            redis_answers=lambda: self.has_redis,
            monotonic=lambda: self.seconds,
        )

    @contextmanager
    def _only_one(self, name: str, *, seconds: float) -> Iterator[bool]:
        self.locks.append(name)
        yield not self.is_locked

    def lose_stop(self) -> None:
        (stop,) = self.lockstep.stops_at_exchange()
        self.lockstep.venue.trading.cancel_algo_order(SYMBOL, stop)
        self.lockstep.lose_events()

    def is_protected(self) -> bool:
        return not self.lockstep.naked_at_exchange()

    def others_check(self) -> None:
        Heartbeat.objects.update_or_create(loop="check", defaults={"beat_at": timezone.now() + timedelta(seconds=1)})

    def others_enter(self) -> None:
        self._beats += 1
        beat_at = timezone.now() + timedelta(seconds=self._beats)
        Heartbeat.objects.update_or_create(loop="entries", defaults={"beat_at": beat_at})

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_while_the_others_check_nothing_is_done(world: World) -> None:
    world.lockstep.open_position()
    world.lose_stop()

    for _ in range(10):
        world.others_check()
        world.standby.turn()
        world.wait(CHECK_SECONDS)

    assert not world.is_protected()
    assert world.locks == []


def test_a_check_that_is_late_is_made_here_under_the_lock(world: World) -> None:
    world.lockstep.open_position()
    world.lose_stop()
    world.others_check()
    world.standby.turn()

    world.wait(CHECK_SECONDS * 1.5 + 1)
    world.standby.turn()

    assert world.is_protected()
    assert world.locks == ["check"]


def test_without_redis_the_check_is_made_at_once_and_without_a_lock(world: World) -> None:
    world.lockstep.open_position()
    world.lose_stop()
    world.others_check()
    world.has_redis = False

    world.standby.turn()

    assert world.is_protected()
    assert world.locks == []


def test_a_check_beats_and_its_own_beat_is_not_taken_for_that_of_the_others(world: World) -> None:
    world.lockstep.open_position()
    world.standby.turn()
    world.wait(CHECK_SECONDS * 1.5 + 1)

    beats = set()
    for _ in range(5):
        world.standby.turn()
        beats.add(Heartbeat.objects.get(loop="check").beat_at)
        world.wait(CHECK_SECONDS)

    assert len(beats) == 5
    assert world.locks == ["check"] * 5


def test_it_stands_down_when_the_others_check_again(world: World) -> None:
    world.lockstep.open_position()
    world.has_redis = False
    world.standby.turn()

    world.has_redis = True
    world.others_check()
    world.standby.turn()
    world.lose_stop()
    world.wait(CHECK_SECONDS)
    world.standby.turn()

    assert not world.is_protected()


def test_redis_back_without_a_worker_goes_on_being_stood_in_for(world: World) -> None:
    world.lockstep.open_position()
    world.has_redis = False
    for _ in range(3):
        world.standby.turn()
        world.wait(CHECK_SECONDS)

    world.has_redis = True
    world.lose_stop()
    world.standby.turn()

    assert world.is_protected()


def test_redis_back_after_a_moment_alone_ends_nothing(world: World) -> None:
    world.lockstep.open_position()
    world.has_redis = False
    world.standby.turn()

    world.has_redis = True
    world.wait(1.0)
    world.standby.turn()
    world.lose_stop()
    world.wait(CHECK_SECONDS)
    world.standby.turn()

    assert world.is_protected(), "nobody else has checked since"


def test_another_process_that_checks_at_this_moment_is_left_alone(world: World) -> None:
    world.lockstep.open_position()
    world.lose_stop()
    world.is_locked = True
    world.wait(CHECK_SECONDS * 2)

    world.standby.turn()

    assert not world.is_protected()
    assert not Heartbeat.objects.filter(loop="check").exists()


def test_a_check_that_fails_beats_nothing(world: World) -> None:
    world.lockstep.open_position()
    world.has_redis = False
    world.lockstep.wire.swallow("GET", "/fapi/v3/positionRisk")
    for _ in range(2):
        world.lockstep.wire.swallow("GET", "/fapi/v3/positionRisk")

    world.standby.turn()

    assert not Heartbeat.objects.filter(loop="check").exists()


def test_the_check_comes_at_its_period_and_the_entries_more_often(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    monkeypatch.setattr(standby.reconcile, "check", lambda venue: did.append("check"))
    monkeypatch.setattr(standby.working_entries, "work_entries", lambda venue, *, may_send: did.append("entries"))
    world.lockstep.open_position()
    world.has_redis = False

    for _ in range(60):
        world.standby.turn()
        world.wait(1)

    assert did.count("check") == 2
    assert did.count("entries") == 30


def test_in_a_fast_market_the_check_comes_every_two_seconds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []
    monkeypatch.setattr(standby.reconcile, "check", lambda venue: did.append("check"))
    monkeypatch.setattr(type(world.lockstep.venue.clock), "speed", Decimal(60))
    world.has_redis = False

    for _ in range(10):
        world.standby.turn()
        world.wait(1)

    assert did.count("check") == 5


def test_an_entry_that_has_not_left_is_not_sent(world: World) -> None:
    world.lockstep.wire.lose_request("POST", "/fapi/v1/order")
    world.lockstep.enter()
    Order.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    world.has_redis = False

    for _ in range(5):
        world.standby.turn()
        world.wait(CHECK_SECONDS)

    assert Order.objects.get(purpose="entry").status == "PENDING"
    assert world.lockstep.wire.count("POST", "/fapi/v1/order") == 1


def test_an_entry_that_was_filled_in_silence_is_found_and_protected(world: World) -> None:
    world.lockstep.enter()
    world.lockstep.lose_events()
    world.has_redis = False

    world.standby.turn()

    assert world.is_protected()
    assert world.lockstep.position().status == PositionStatus.OPEN


def test_an_entry_filled_in_silence_does_not_wait_for_the_check_of_a_worker_that_died(world: World) -> None:
    world.others_enter()
    world.others_check()
    world.standby.turn()
    world.lockstep.enter()
    world.lockstep.lose_events()

    world.wait(ENTRIES_LATE_SECONDS + 1)
    world.standby.turn()

    assert world.is_protected()
    assert world.locks == [], "checks are not late yet"


def test_while_the_worker_comes_to_its_entries_nobody_else_asks_about_them(world: World) -> None:
    world.lockstep.enter()
    world.lockstep.lose_events()

    for _ in range(5):
        world.others_enter()
        world.others_check()
        world.wait(ENTRIES_LATE_SECONDS - 1)
        world.standby.turn()

    assert not world.is_protected()


def test_a_worker_that_is_late_with_its_entries_is_asked_for_every_two_seconds_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    monkeypatch.setattr(standby.working_entries, "work_entries", lambda venue, *, may_send: did.append("entries"))
    world.lockstep.enter()
    world.wait(ENTRIES_LATE_SECONDS + 1)

    for _ in range(8):
        world.others_check()
        world.standby.turn()
        world.wait(1)

    assert len(did) == 4


def test_a_close_that_was_asked_for_goes_on(world: World) -> None:
    position = world.lockstep.open_position()
    Position.objects.filter(pk=position.pk).update(
        status=PositionStatus.CLOSING, exit_reason="manual", closing_at=world.lockstep.now()
    )
    world.has_redis = False

    for _ in range(3):
        world.standby.turn()
        world.wait(2)

    assert world.lockstep.open_at_exchange() == 0
    assert world.lockstep.position().status == PositionStatus.CLOSED


def test_a_dead_redis_is_seen_and_a_living_one_too(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby.settings, "REDIS_URL", valkey_url)
    standby._redis.cache_clear()
    assert standby.redis_answers()

    monkeypatch.setattr(standby.settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    standby._redis.cache_clear()
    assert not standby.redis_answers()
    standby._redis.cache_clear()


def test_before_the_first_check_the_others_have_their_time_to_begin(world: World) -> None:
    events.beat("stream")
    world.lockstep.open_position()
    world.lose_stop()

    world.standby.turn()
    assert not world.is_protected()

    world.wait(CHECK_SECONDS * 1.5 + 1)
    world.standby.turn()
    assert world.is_protected()


@pytest.mark.parametrize("kind", [ChangeKind.REDUCE, ChangeKind.ADJUST])
def test_what_risks_less_is_carried_out_here_too(world: World, kind: ChangeKind) -> None:
    before = world.lockstep.open_position()
    wanted = WantedChange(kind=kind, key="less", author="anna", share_pct=Decimal(50), stop_price=Decimal("9.000"))
    change = request_change(before, wanted, now=world.lockstep.now())
    world.has_redis = False

    for _ in range(5):
        world.standby.turn()
        world.wait(2)

    change.refresh_from_db()
    assert change.status == ChangeStatus.DONE
    assert world.is_protected()
    if kind is ChangeKind.REDUCE:
        assert world.lockstep.position().quantity == before.quantity - change.quantity
    else:
        assert world.lockstep.position().stop_price == Decimal("9.000")


@pytest.mark.parametrize("began", [False, True])
def test_nothing_is_added_to_here(world: World, began: bool) -> None:
    world.lockstep.open_position()
    world.lockstep.price("8.300")
    change = ask(world.lockstep, ChangeKind.ADD, style=ExecutionStyle.TWAP)
    if began:
        look(world.lockstep)
    sent = len(world.lockstep.orders(Purpose.ADD))
    world.has_redis = False

    for _ in range(5):
        world.lockstep.step(61)
        world.standby.turn()
        world.wait(2)

    change.refresh_from_db()
    assert change.status == (ChangeStatus.WORKING if began else ChangeStatus.ASKED)
    assert len(world.lockstep.orders(Purpose.ADD)) == sent == int(began)


def let_market_fall(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    """All symbols of the crash basket have fallen by more than is borne."""

    def fall(symbol: str, venue: object, *, minutes: int) -> Decimal:
        asked.append(symbol)
        return Decimal("9.9")

    monkeypatch.setattr(breaker_watch, "_fall", fall)


def test_a_crash_closes_everything_while_the_worker_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    RiskVersion.objects.create(account=world.lockstep.account, number=1, values={"crash_flatten": True}, author="tests")
    world.lockstep.open_position()
    let_market_fall(monkeypatch, [])
    world.has_redis = False

    for _ in range(5):
        world.standby.turn()
        world.lockstep.deliver()
        world.wait(2)

    assert world.lockstep.open_at_exchange() == 0
    assert world.lockstep.position().exit_reason == "breaker_flatten"


def test_the_breaker_is_watched_with_each_check_here_and_left_to_the_others_when_they_check_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[bool] = []
    monkeypatch.setattr(standby, "watch_breaker", lambda venue, *, is_ok: watched.append(is_ok))
    world.lockstep.open_position()
    world.has_redis = False
    for _ in range(60):
        world.standby.turn()
        world.wait(1)
    assert watched == [True, True]

    world.has_redis = True
    for _ in range(60):
        world.others_check()
        world.others_enter()
        world.standby.turn()
        world.wait(1)

    assert watched == [True, True]


def test_a_check_that_fails_here_counts_for_the_breaker(world: World) -> None:
    world.lockstep.open_position()
    world.has_redis = False
    for _ in range(3):
        world.lockstep.wire.swallow("GET", "/fapi/v3/positionRisk")

    world.standby.turn()

    assert breaker_of(world.lockstep.account).counters.api_failures == 1


def test_an_emergency_stop_is_reported_while_the_worker_is_away(world: World) -> None:
    world.lockstep.open_position()
    emergency_stop(world.lockstep.account, author="owner", reason="test", now=world.lockstep.now())
    world.has_redis = False

    for _ in range(40):
        world.standby.turn()
        world.lockstep.deliver()
        world.wait(1)

    assert world.lockstep.open_at_exchange() == 0
    assert Event.objects.get(kind=EventKind.EMERGENCY_STOP_REPORT).facts["left"] == 0


def test_the_lease_is_held_here_while_the_worker_is_away_and_only_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[float] = []
    monkeypatch.setattr(standby, "hold_lease_or_give_way", lambda: held.append(world.seconds))
    world.others_check()
    world.others_enter()
    world.standby.turn()
    assert held == []

    world.has_redis = False
    for _ in range(6):
        world.standby.turn()
        world.wait(1)

    assert len(held) == 3
