"""The user-stream worker: takes events in as they come and protects a fill at once, in this very process."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from desk import events
from desk.guarding import guarded
from desk.models import Account
from desk.venue import client
from exchange.binance.stream import BinanceUserStream
from exchange.types import AlgoUpdate, OrderUpdate, StreamConnected, UserEvent
from trading.acknowledgements import HELD_SECONDS, Acknowledgements
from trading.intake import PULSE, Due, Intake, open_intake
from trading.lanes import Lanes, retire
from trading.services.listing import note_hearing
from trading.standby import Standby

QUEUE_LENGTH = 10_000
LANE_THREADS = 8  # a database that stalls one of them stalls no other symbol
EMERGENCY_THREADS = 4  # without a database
SWEEP_SECONDS = 1.0  # wall: how often naked positions are looked after, whatever events come
WATCH_SECONDS = 0.25  # wall
STANDBY_SECONDS = 1.0  # wall
PULSE_SECONDS = 3.0  # wall
STALLED_SECONDS = 12.0  # wall; longer than that an event waits only where nothing works any more
RULES_SECONDS = 60.0
RULES = "rules"  # the lane of reading them; no symbol
CONNECTING = "connecting"  # the lane of what is compared after each connect; no symbol


async def run(account: Account) -> None:
    """Serve ``account`` until cancelled. The socket is read while rows are written: a slow database stalls no ping.

    Raises a group with BadCredentials when the key is refused.
    """
    intake = await sync_to_async(open_intake)(account)
    stream = await sync_to_async(_user_stream)(account)
    held = Acknowledgements()
    async with Lanes(threads=LANE_THREADS, room=QUEUE_LENGTH) as lanes, asyncio.TaskGroup() as tasks:
        tasks.create_task(_read(stream, lanes, intake, held))
        tasks.create_task(_give_back(held, lanes, intake))
        tasks.create_task(_sweep(lanes, intake))
        tasks.create_task(_watch(intake))
        tasks.create_task(_keep_rules(lanes, intake))
        tasks.create_task(_pulse(lanes, partial(_beat, stream, account)))


def _user_stream(account: Account) -> BinanceUserStream:
    return BinanceUserStream(client(account), settings.BINANCE_WS_URL)


async def _read(stream: BinanceUserStream, lanes: Lanes, intake: Intake, held: Acknowledgements) -> None:
    async with contextlib.aclosing(aiter(stream)) as incoming:
        async for event in incoming:
            await _accept(event, lanes, intake, held)


async def _accept(event: UserEvent, lanes: Lanes, intake: Intake, held: Acknowledgements) -> None:
    """Give ``event`` its turn in the lane of its symbol, unless it may wait."""
    if isinstance(event, StreamConnected):
        await lanes.put(CONNECTING, intake.reconcile)
    elif isinstance(event, OrderUpdate | AlgoUpdate) and not held.hold_back(event):
        intake.expect(event)
        await lanes.put(event.order.symbol, partial(intake.take_in, event))


async def _give_back(held: Acknowledgements, lanes: Lanes, intake: Intake) -> None:
    while True:
        await asyncio.sleep(HELD_SECONDS)
        for event in held.take_due():
            await lanes.put(event.order.symbol, partial(intake.take_in, event))


async def _sweep(lanes: Lanes, intake: Intake) -> None:
    """Look after positions without a stop between their events, each symbol in its lane, none twice at a time."""
    waiting: set[str] = set()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for due in await lanes.ask(intake.due):
            await _put_once(due, lanes, waiting)
        if CONNECTING not in waiting and await lanes.ask(intake.is_behind):
            await _put_once(Due(CONNECTING, CONNECTING, intake.reconcile), lanes, waiting)


async def _put_once(due: Due, lanes: Lanes, waiting: set[str]) -> None:
    if due.name in waiting:
        return

    def step() -> None:
        try:
            due.step()
        finally:
            waiting.discard(due.name)

    waiting.add(due.name)
    await lanes.put(due.symbol, step)


async def _keep_rules(lanes: Lanes, intake: Intake) -> None:
    while True:
        await lanes.put(RULES, intake.keep_rules)
        await asyncio.sleep(RULES_SECONDS)


async def _watch(intake: Intake) -> None:
    """Where the database takes too long over a fill, its stop leaves without it."""
    pool = ThreadPoolExecutor(EMERGENCY_THREADS, thread_name_prefix="emergency")
    try:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for exposure in intake.watch.take_overdue():
                pool.submit(intake.resort, exposure)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


async def stand_by() -> None:
    """Stand in for the other processes until cancelled.

    In a thread of its own, so that a check of many positions delays no event.
    """
    pool, standby = ThreadPoolExecutor(1, thread_name_prefix="standby"), Standby()
    try:
        while True:
            await asyncio.get_running_loop().run_in_executor(pool, standby.turn)
            await asyncio.sleep(STANDBY_SECONDS)
    finally:
        await asyncio.to_thread(retire, pool, threads=1)


async def _pulse(lanes: Lanes, beat: Callable[[], None]) -> None:
    """The heartbeat says that events are being worked: it needs a thread of theirs, and no lane may stall."""
    while True:
        if lanes.longest_wait() < STALLED_SECONDS:
            await lanes.ask(beat)
        await asyncio.sleep(PULSE_SECONDS)


def _beat(stream: BinanceUserStream, account: Account) -> None:
    """Beat, and say so when the account's events come in."""
    close_old_connections()
    with guarded("pulse"):
        events.beat(PULSE)
        if stream.is_connected:
            note_hearing(account)
