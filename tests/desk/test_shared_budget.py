"""The rate budget of a venue, counted by all processes together, and how the desk does without Redis."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from desk import shared_budget
from desk.shared_budget import SharedBudget
from exchange.errors import RateLimited
from exchange.rate_budget import ORDERS_1M, ORDERS_10S, WEIGHT, Cost, Limits, Urgency
from tests.valkey import Valkey

Connect = Callable[[str], None]
NOW = datetime(2030, 11, 23, 12, 0, 30, tzinfo=UTC)
LIMITS: Limits = {WEIGHT: 100, ORDERS_10S: 20, ORDERS_1M: 40}


@pytest.fixture
def connect(settings: Any) -> Iterator[Connect]:
    def to(url: str) -> None:
        settings.REDIS_URL = url
        shared_budget._connection.cache_clear()

    yield to
    shared_budget._connection.cache_clear()


@pytest.fixture
def redis_up(valkey_url: str, connect: Connect) -> None:
    connect(valkey_url)
    shared_budget._connection().flushdb()


@pytest.fixture
def redis_down(free_port: int, connect: Connect) -> None:
    connect(f"redis://127.0.0.1:{free_port}/0")


def budget(venue: str = "http://venue", *, now: datetime = NOW, **options: object) -> SharedBudget:
    return SharedBudget(venue, limits=LIMITS, now=lambda: now, **options)  # type: ignore[arg-type]


def reads(weight: int) -> Cost:
    return Cost(urgency=Urgency.SCAN, weight=weight)


def stop_order(account: str = "one") -> Cost:
    return Cost(urgency=Urgency.PROTECT, orders=1, account=account)


def entry(account: str = "one") -> Cost:
    return Cost(urgency=Urgency.ENTER, orders=1, account=account)


def soon() -> datetime:
    return (datetime.now(UTC) + timedelta(minutes=1)).replace(microsecond=0)


@pytest.mark.usefixtures("redis_up")
class TestTogether:
    """Several processes, one count."""

    def test_what_one_process_used_the_others_have_no_more(self) -> None:
        budget().admit(reads(50))
        other = budget()
        other.admit(reads(25))

        with pytest.raises(RateLimited) as refused:
            other.admit(reads(1))

        assert NOW + timedelta(seconds=30) <= refused.value.until < NOW + timedelta(seconds=31)

    def test_a_refused_cost_is_not_counted(self) -> None:
        budget().admit(reads(70))
        with pytest.raises(RateLimited):
            budget().admit(reads(6))

        budget().admit(reads(5))

    def test_a_scan_leaves_room_for_what_protects(self) -> None:
        budget().admit(reads(75))

        budget().admit(Cost(urgency=Urgency.PROTECT, weight=25))

    def test_entries_leave_orders_for_stops(self) -> None:
        for _ in range(17):
            budget().admit(entry())
        with pytest.raises(RateLimited):
            budget().admit(entry())

        for _ in range(3):
            budget().admit(stop_order())

    def test_orders_count_by_account_and_weight_by_venue(self) -> None:
        for _ in range(20):
            budget().admit(stop_order("one"))

        budget().admit(stop_order("two"))
        budget("http://other").admit(reads(75))

    def test_the_next_window_is_empty(self) -> None:
        budget().admit(reads(75))

        budget(now=NOW + timedelta(seconds=30)).admit(reads(75))

    def test_what_others_on_the_address_used_counts_once_the_venue_says_so(self) -> None:
        seen = budget()
        seen.admit(reads(1))
        seen.correct(74)

        with pytest.raises(RateLimited):
            budget().admit(reads(2))

    def test_the_venues_count_never_lowers_ours(self) -> None:
        seen = budget()
        seen.admit(reads(70))
        seen.correct(3)

        with pytest.raises(RateLimited):
            budget().admit(reads(6))

    def test_eight_processes_at_once_never_take_more_than_there_is(self) -> None:
        def one_process(number: int) -> int:
            mine, admitted = budget(), 0
            for _ in range(40):
                try:
                    mine.admit(reads(1))
                except RateLimited:
                    break
                admitted += 1
            return admitted

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(one_process, range(8))) == 75

    def test_a_wait_that_one_process_was_told_holds_for_all(self) -> None:
        until = soon()

        SharedBudget("http://venue").stop_until(until)

        with pytest.raises(RateLimited) as told:
            SharedBudget("http://venue").admit(stop_order())
        assert told.value.until == until
        SharedBudget("http://other").admit(stop_order())

    def test_a_shorter_wait_does_not_end_a_longer_one(self) -> None:
        until = soon()
        SharedBudget("http://venue").stop_until(until)

        SharedBudget("http://venue").stop_until(until - timedelta(seconds=40))

        with pytest.raises(RateLimited) as told:
            SharedBudget("http://venue").admit(stop_order())
        assert told.value.until == until

    def test_a_wait_that_has_passed_holds_nobody(self) -> None:
        SharedBudget("http://venue").stop_until(datetime.now(UTC) - timedelta(seconds=1))

        SharedBudget("http://venue").admit(entry())


@pytest.mark.usefixtures("redis_down")
class TestAlone:
    """Redis cannot be reached."""

    def test_what_protects_goes_at_once(self) -> None:
        budget().admit(stop_order())

    def test_nothing_is_entered(self) -> None:
        with pytest.raises(RateLimited, match="cannot be reached"):
            budget().admit(entry())

    def test_only_a_tenth_of_the_limit_is_used_by_one_process(self) -> None:
        alone = budget()
        alone.admit(Cost(urgency=Urgency.PROTECT, weight=10))

        with pytest.raises(RateLimited):
            alone.admit(Cost(urgency=Urgency.PROTECT, weight=1))

    def test_a_command_without_a_desk_beside_it_may_use_the_whole_share_of_reading(self) -> None:
        command = budget(reserve=100)
        command.admit(reads(75))

        with pytest.raises(RateLimited):
            command.admit(reads(1))

    def test_a_scan_of_the_market_is_refused(self) -> None:
        with pytest.raises(RateLimited):
            budget().admit(reads(50))

    def test_a_wait_is_remembered(self) -> None:
        alone, until = SharedBudget("http://venue"), soon()

        alone.stop_until(until)

        with pytest.raises(RateLimited) as told:
            alone.admit(stop_order())
        assert told.value.until == until


def test_a_redis_that_hangs_is_not_waited_for_by_every_request(connect: Connect) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        connect(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        hung = budget(monotonic=lambda: 5.0)

        with capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(RateLimited, match="cannot be reached"):
                    hung.admit(entry())

        assert [line["event"] for line in logs] == ["rate_budget_unreachable"]


def test_redis_that_comes_back_counts_again(tmp_path: Path, connect: Connect) -> None:
    seconds = [0.0]
    with Valkey(tmp_path) as server:
        connect(server.url)
        mine = budget(monotonic=lambda: seconds[0])
        server.stop()
        with pytest.raises(RateLimited):
            mine.admit(entry())
        server.start()
        seconds[0] = 1.5

        mine.admit(entry())

        assert shared_budget._connection().keys("duolive:budget:*")


@pytest.mark.parametrize("look", ["admit", "fits_at"])
def test_a_wait_told_while_redis_was_away_holds_for_all_once_it_is_back(
    tmp_path: Path, connect: Connect, look: str
) -> None:
    seconds, until = [0.0], soon()
    with Valkey(tmp_path) as server:
        connect(server.url)
        told, other = SharedBudget("http://venue", monotonic=lambda: seconds[0]), SharedBudget("http://venue")
        server.stop()
        told.stop_until(until)
        server.start()
        seconds[0] = 1.5

        if look == "fits_at":
            assert told.fits_at(stop_order()) == until
        else:
            with pytest.raises(RateLimited) as refused:
                told.admit(stop_order())
            assert refused.value.until == until

        assert other.fits_at(stop_order()) == until


def test_a_wait_that_redis_has_lost_still_holds_who_was_told(valkey_url: str, connect: Connect) -> None:
    connect(valkey_url)
    told, until = SharedBudget("http://venue"), soon()
    told.stop_until(until)
    shared_budget._connection().flushdb()

    with pytest.raises(RateLimited) as refused:
        told.admit(stop_order())

    assert refused.value.until == until


def test_a_wait_told_while_redis_was_away_ends_in_its_time(redis_down: None) -> None:
    now = [NOW]
    told = SharedBudget("http://venue", limits=LIMITS, now=lambda: now[0])
    told.stop_until(NOW + timedelta(seconds=20))

    now[0] += timedelta(seconds=20)

    told.admit(stop_order())
