"""Many workers and few places: eight processes, fifty signals at once, and limits that the exchange's records prove."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.child import Child
from tests.system.crowd import crowd, environment_of, own_database
from tests.system.wide_exchange import WideExchange, entries_by_day, most_positions, noon_after, wide_exchange

pytestmark = [pytest.mark.system, pytest.mark.ci, pytest.mark.timeout(300)]
WORKERS, SIGNALS = 8, 50
POSITIONS, ENTRIES_A_DAY = 6, 2
SECONDS_A_ROUND = 60.0  # wall; a deadlock or a queue that does not move takes longer
SETTINGS = {
    "max_positions": str(POSITIONS),
    "max_entries_per_day": str(ENTRIES_A_DAY),
    "collection_window_seconds": "0",
    "enable_risk_filters": "false",
    "daily_loss_limit_usdt": "10000",
    "live_fixed_margin_usdt": "300",  # above every least notional
    "entry_offset_pct": "-1",  # fills at once
    # Nothing closes within these days: what was entered is still there.
    "leverage": "1",
    "stop_loss_pct": "70",
    "strong_tp_pct": "90",
    "medium_tp_pct": "90",
    "weak_tp_pct": "90",
    "max_hold_hours": "720",
}
DATABASES = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgres", marks=[pytest.mark.postgres, pytest.mark.postgres_only]),
]
both_databases = pytest.mark.parametrize("database", DATABASES)
both_modes = pytest.mark.parametrize(
    "is_hedge", [pytest.param(False, id="one-way"), pytest.param(True, id="hedge", marks=pytest.mark.long)]
)
Desk = Callable[..., "Round"]


class Round:
    """One desk before the exchange, on an account of its own."""

    def __init__(self, crowd: Child, exchange: WideExchange, account: str) -> None:
        self.crowd, self.exchange, self.account = crowd, exchange, account

    def play(self) -> float:
        """Fifty signals, eight workers; how many wall seconds until each signal was decided."""
        self.crowd.ask("signals", symbols=self.exchange.symbols[:SIGNALS])
        begin = time.monotonic()
        codes = self.crowd.ask("crowd", workers=WORKERS, seconds=SECONDS_A_ROUND)
        assert codes == [0] * WORKERS, self.crowd.log()[-5000:]
        seconds = time.monotonic() - begin
        self.crowd.ask("tend", seconds=SECONDS_A_ROUND)
        return seconds

    def next_day(self) -> None:
        """Noon of the next market day, with everything compared there."""
        self.exchange.jump_to(noon_after(self.exchange.now()))
        self.crowd.ask("check")

    def records(self) -> list[Any]:
        return self.exchange.records(self.account)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WideExchange]:
    with wide_exchange(tmp_path_factory.mktemp("crowd"), count=60, start="2024-11-23T12:00Z") as exchange:
        yield exchange


@pytest.fixture
def desk(exchange: WideExchange, tmp_path: Path, valkey_url: str, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A desk with the asked guards taken away; what it started ends with the test."""
    with ExitStack() as ends:

        def start(*, database: str, is_hedge: bool, guards: tuple[str, ...] = (), **settings: str) -> Round:
            account = request.node.name
            exchange.open_account(account, is_hedge=is_hedge)
            database_url = ends.enter_context(own_database(tmp_path, is_postgres=database == "postgres"))
            environment = environment_of(tmp_path, exchange, redis_url=valkey_url, database_url=database_url)
            child = ends.enter_context(crowd(tmp_path, environment, guards=guards))
            child.ask("set_up", api_key=account, api_secret=account, settings=SETTINGS | settings)
            return Round(child, exchange, account)

        yield start


@both_databases
@pytest.mark.parametrize(
    ("guards", "is_hedge"),
    [
        pytest.param((), False, id="locked-one-way", marks=pytest.mark.long),
        pytest.param(("lock",), True, id="lock-broken-hedge"),
        pytest.param((), True, id="locked-hedge", marks=pytest.mark.long),
        pytest.param(("lock",), False, id="lock-broken-one-way", marks=pytest.mark.long),
    ],
)
def test_no_limit_is_exceeded_over_four_days(
    desk: Desk, database: str, is_hedge: bool, guards: tuple[str, ...]
) -> None:
    round_ = desk(database=database, is_hedge=is_hedge, guards=guards)

    seconds = [round_.play()]
    for _ in range(3):
        round_.next_day()
        seconds.append(round_.play())

    records = round_.records()
    print(f"entries by day {dict(entries_by_day(records))}, rounds of {[f'{each:.1f}' for each in seconds]} s")
    assert list(entries_by_day(records).values()) == [ENTRIES_A_DAY] * 3  # and none on the fourth day
    assert most_positions(records) == POSITIONS
    every_signal_was_decided_once(round_, days=4)
    nothing_was_left_naked(round_)


@both_databases
@both_modes
def test_the_positions_limit_holds_alone_and_without_the_lock(desk: Desk, database: str, is_hedge: bool) -> None:
    round_ = desk(database=database, is_hedge=is_hedge, guards=("lock",), max_entries_per_day="50")

    round_.play()

    records = round_.records()
    assert sum(entries_by_day(records).values()) == most_positions(records) == POSITIONS
    every_signal_was_decided_once(round_, days=1)
    nothing_was_left_naked(round_)


def test_without_the_lock_and_the_count_in_the_database_the_limits_do_break(desk: Desk) -> None:
    """The proof that these workers race: what the other tests show is the work of the guards."""
    round_ = desk(database="sqlite", is_hedge=False, guards=("lock", "recount"))

    round_.play()

    assert sum(entries_by_day(round_.records()).values()) > ENTRIES_A_DAY


def every_signal_was_decided_once(round_: Round, *, days: int) -> None:
    """One outcome a signal, in its row and in its case; as many entered as the exchange took in; no lost commits."""
    state = round_.crowd.ask("state")
    entered = [each for each in state["signals"] if each["status"] == "entered"]
    assert len(state["signals"]) == days * SIGNALS
    assert Counter(tuple(each["told"]) for each in state["signals"]) == {
        ("entry_intended",): len(entered),
        ("signal_refused",): days * SIGNALS - len(entered),
    }
    assert len(entered) == sum(entries_by_day(round_.records()).values())
    refused = Counter(each["code"] for each in state["signals"] if each["status"] == "refused")
    assert set(refused) <= {"max_positions", "max_entries_per_day", "symbol_held"}, refused
    for trouble in ("step_failed", "database is locked", "deadlock", "OperationalError"):
        assert trouble not in round_.crowd.log()


def nothing_was_left_naked(round_: Round) -> None:
    rows = round_.exchange.protection(round_.account)
    assert [row["symbol"] for row in rows if row["is_open"] and row["current_seconds"]] == []
