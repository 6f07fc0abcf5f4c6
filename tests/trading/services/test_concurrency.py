"""Racing entries: whatever the Redis lock does, the database lets no limit be exceeded."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from signals.models import Signal
from tests.lockstep import InProcessClient, Lockstep
from trading.models import Order, Position
from trading.services.entry import work_signal
from trading.services.tending import tend

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
SYMBOLS = [f"RACE{number}USDT" for number in range(8)]


@pytest.fixture
def racing(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    """A desk whose in-process exchange takes one request at a time, as a server's event loop does."""
    one_at_a_time = threading.RLock()
    answer = InProcessClient._exchange

    def locked(self: InProcessClient, call: object) -> object:
        with one_at_a_time:
            return answer(self, call)

    monkeypatch.setattr(InProcessClient, "_exchange", locked)
    lockstep = Lockstep(tmp_path)
    for symbol in SYMBOLS:
        lockstep.market.trade(symbol, lockstep.host.clock.now_ms() - 1, "8.500")
    return lockstep


def at_once(*works: object) -> None:
    """Run every function in a thread and a database connection of its own, all let go together."""
    gate = threading.Barrier(len(works))

    def run(work: object) -> None:
        gate.wait()
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_workers_with_eight_signals_never_exceed_the_entries_of_a_day(racing: Lockstep) -> None:
    signals = [racing.signal(symbol) for symbol in SYMBOLS]

    at_once(*(lambda signal=signal: work_signal(signal, racing.venue) for signal in signals))

    assert Order.objects.filter(purpose="entry").count() == 2
    assert racing.wire.count("POST", "/fapi/v1/order") == 2
    assert len(racing.venue.trading.positions()) == 2
    assert Signal.objects.filter(status="refused", reason_code="max_entries_per_day").count() == 6


def test_eight_workers_with_the_same_signal_send_one_order(racing: Lockstep) -> None:
    signal = racing.signal(SYMBOLS[0])
    copies = [Signal.objects.select_related("bot__account").get(pk=signal.pk) for _ in range(8)]

    at_once(*(lambda copy=copy: work_signal(copy, racing.venue) for copy in copies))

    assert racing.wire.count("POST", "/fapi/v1/order") == 1


def test_two_bots_never_enter_the_same_symbol(racing: Lockstep) -> None:
    first = racing.signal(SYMBOLS[0])
    second = racing.signal(SYMBOLS[0], day=racing.now().date() + timedelta(days=1))

    at_once(lambda: work_signal(first, racing.venue), lambda: work_signal(second, racing.venue))

    assert Position.objects.count() == 1
    assert racing.wire.count("POST", "/fapi/v1/order") == 1


def test_eight_processes_that_protect_at_once_place_one_stop_and_one_take_profit(racing: Lockstep) -> None:
    racing.enter()
    events = list(racing.events())
    racing.wire.tampering.clear()
    from trading.services.fills import record_trade

    fill = next(event for event in events if getattr(event, "trade", None))
    record_trade(fill.trade, position=racing.position(), order=racing.orders("entry")[0], now=racing.now())

    at_once(*(lambda: tend(Position.objects.get(), racing.venue) for _ in range(8)))

    assert racing.wire.count("POST", "/fapi/v1/algoOrder") == 2
    assert len(racing.stops_at_exchange()) == 1
