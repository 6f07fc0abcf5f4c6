"""The crowd's child: answers a line of JSON a question, and forks worker processes that enter all at once.

``python -m tests.system.crowd_worker [GUARD …]``: the named guards are taken away in here, and so in its workers.
"""

import itertools
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bench.child import answer_questions

Words = Mapping[str, Any]
FORK = multiprocessing.get_context("fork")  # as Celery's worker makes its children
TIMED_OUT = 3  # exit code
POLLED_EVERY_S = 2.0  # work_entries in the schedule


@contextmanager
def _nobody_waits(name: str, *, seconds: float) -> Iterator[bool]:
    """A lock that everybody holds."""
    yield True


def take_away(guard: str) -> None:
    """``lock``: the Redis lock. ``recount``: the limits as counted again in the transaction that commits an entry."""
    if guard == "lock":
        import desk.locks
        import trading.tasks

        desk.locks.only_one = trading.tasks.only_one = _nobody_waits
    elif guard == "recount":
        import trading.services.entry

        trading.services.entry.check_limits = lambda *args, **details: None
    else:
        raise SystemExit(f"no guard {guard}")


def set_up(words: Words) -> Any:
    """An account with its bot."""
    from duolive.setup.accounts import write_account, write_bot

    account = write_account(api_key=words["api_key"], api_secret=words["api_secret"])
    return write_bot(account, auto_trade=True, values=words["settings"]).pk


def signals(words: Words) -> Any:
    """A signal on each of ``symbols``, found a moment ago; how many are new."""
    from django.conf import settings

    from desk.models import Bot
    from desk.venue import clock
    from exchange.binance.client import BinanceClient
    from exchange.binance.market import BinanceMarketData
    from exchange.rate_budget import LocalBudget
    from signals.models import ScanRun, Signal, pack_readings

    clock().refresh()  # the exchange's clock may have been moved
    # Not by the desk's budget: the crowd may have used up what the minute allows a scan.
    prices = BinanceMarketData(BinanceClient(settings.BINANCE_REST_URL, budget=LocalBudget())).tickers()
    now = clock().now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    scan = ScanRun.objects.create(
        strategy="surge_short", hour=hour, finished_at=now, symbols=1, seconds=0.1, readings_packed=pack_readings({})
    )
    made = [
        Signal(
            bot=Bot.objects.get(),
            scan=scan,
            symbol=symbol,
            day=hour.date(),
            candle_open=hour,
            surge_ratio=Decimal(100 - place),
            price=prices[symbol].last_price,
            sell_volume=Decimal(20000),
            mean_sell_volume=Decimal(1000),
            found_at=now - timedelta(seconds=1),
        )
        for place, symbol in enumerate(words["symbols"])
    ]
    return len(Signal.objects.bulk_create(made))


def crowd(words: Words) -> Any:
    """``workers`` processes call the task at one moment, and again until no signal waits; their exit codes."""
    from django.db import connections

    connections.close_all()
    gate = FORK.Barrier(words["workers"])
    workers = [FORK.Process(target=_work, args=(number, gate, words["seconds"])) for number in range(words["workers"])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [worker.exitcode for worker in workers]


def _work(number: int, gate: Any, seconds: float) -> None:
    from signals.models import Signal, SignalStatus
    from trading.services import entry
    from trading.tasks import enter_due_signals

    _begin_elsewhere(entry, number)
    gate.wait()
    deadline = time.monotonic() + seconds
    while Signal.objects.filter(status=SignalStatus.PENDING).exists():
        if time.monotonic() > deadline:
            sys.exit(TIMED_OUT)
        enter_due_signals()
        time.sleep(0.02)


def _begin_elsewhere(entry: Any, number: int) -> None:
    """Each worker takes the signals in an order of its own: the hardest case for what counts."""
    import trading.tasks

    in_order = entry.due_signals

    def turned(*args: Any, **details: Any) -> Sequence[Any]:
        found = list(in_order(*args, **details))
        place = number * len(found) // 8
        return [*found[place:], *found[:place]]

    trading.tasks.due_signals = turned


def check(words: Words) -> Any:
    """The thirty-second check, once."""
    from trading.tasks import check_positions

    check_positions()
    return True


def busy(words: Words) -> Any:
    """``workers`` processes work and look about for ``seconds``, and this one scans; what the scan left in its row."""
    from django.db import connections

    connections.close_all()
    gate = FORK.Barrier(words["workers"] + 1)
    workers = [FORK.Process(target=_be_busy, args=(gate, words["seconds"])) for _ in range(words["workers"])]
    for worker in workers:
        worker.start()
    gate.wait()
    _scan_until(time.monotonic() + words["seconds"])
    for worker in workers:
        worker.join()
    return [worker.exitcode for worker in workers]


def _be_busy(gate: Any, seconds: float) -> None:
    """The schedule's tasks and an analyst's questions, as fast as the venue answers; no budget is no trouble."""
    from desk.models import Account
    from exchange.errors import RateLimited
    from trading.tasks import check_positions, enter_due_signals, work_entries
    from trading.venue import open_venue

    venue = open_venue(Account.objects.get())
    gate.wait()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for task in (enter_due_signals, work_entries, check_positions):
            task()
        for ask in (venue.market.mark_prices, venue.trading.account, venue.trading.positions):
            try:
                ask()
            except RateLimited:
                time.sleep(0.05)


def _scan_until(deadline: float) -> None:
    from signals.tasks import scan_due

    while time.monotonic() < deadline:
        scan_due()
        time.sleep(0.2)


def scan(words: Words) -> Any:
    """One scan of the hour that is due; how it went."""
    from signals.models import ScanRun
    from signals.tasks import scan_due

    scan_due()
    run = ScanRun.objects.exclude(seconds=0.1).latest("hour")
    return {"symbols": run.symbols, "failed": run.failed, "attempts": run.attempts, "seconds": run.seconds}


def hears(words: Words) -> Any:
    """Whether the stream process has begun to beat."""
    from desk.models import Heartbeat

    return Heartbeat.objects.filter(loop="stream").exists()


def exhaust(words: Words) -> Any:
    """Ask until nothing but what protects has room, early enough in a minute; which kinds of requests still have."""
    from desk.models import Account
    from desk.venue import client
    from exchange.errors import RateLimited
    from exchange.rate_budget import Cost, Urgency

    while time.time() % 60 > 30:
        time.sleep(0.1)
    door = client(Account.objects.get())
    for path, params, is_signed in (("/fapi/v1/ticker/24hr", {}, False), ("/fapi/v1/openOrders", {}, True)):
        try:
            while True:
                door.get(path, params, signed=is_signed)
        except RateLimited:
            continue
    budget = door._budget
    kinds = {"scan": Urgency.SCAN, "tend": Urgency.TEND, "protect": Urgency.PROTECT}
    return {name: budget.fits_at(Cost(urgency=kind, weight=40)) is None for name, kind in kinds.items()}


def tend(words: Words) -> Any:
    """The look at working entries, at the pace of the schedule, until none (on ``symbol``) is pending."""
    from trading.core.states import PositionStatus
    from trading.models import Position
    from trading.tasks import work_entries

    deadline = time.monotonic() + words["seconds"]
    pending = Position.objects.filter(status=PositionStatus.PENDING)
    if "symbol" in words:
        pending = pending.filter(symbol=words["symbol"])
    while pending.exists() and time.monotonic() < deadline:
        begun = time.monotonic()
        work_entries()
        time.sleep(max(0.0, POLLED_EVERY_S - (time.monotonic() - begun)))
    return True


def state(words: Words) -> Any:
    """Each signal with its status and what its case says became of it; and the positions that are not closed."""
    from desk.event_kinds import EventKind
    from desk.models import Event
    from signals.models import Signal
    from trading.core.states import PositionStatus
    from trading.models import Position

    ends = (EventKind.ENTRY_INTENDED, EventKind.SIGNAL_REFUSED)
    told = Event.objects.filter(kind__in=ends).order_by("case", "id").values_list("case", "kind")
    by_case = {case: [kind for _, kind in rows] for case, rows in itertools.groupby(told, key=lambda row: row[0])}
    return {
        "signals": [
            {"day": str(each.day), "status": each.status, "code": each.reason_code, "told": by_case.get(each.case, [])}
            for each in Signal.objects.order_by("pk")
        ],
        "positions": list(Position.objects.exclude(status=PositionStatus.CLOSED).values_list("symbol", flat=True)),
    }


QUESTIONS: Mapping[str, Callable[[Words], Any]] = {
    "set_up": set_up,
    "signals": signals,
    "crowd": crowd,
    "check": check,
    "busy": busy,
    "exhaust": exhaust,
    "hears": hears,
    "scan": scan,
    "tend": tend,
    "state": state,
}


def main(guards: Sequence[str]) -> None:
    import django

    django.setup()
    for guard in guards:
        take_away(guard)
    answer_questions(QUESTIONS)


if __name__ == "__main__":
    main(sys.argv[1:])
