"""The user-stream worker: takes events in as they come and protects a fill at once, in this very process."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from desk import events
from desk.guarding import guarded
from desk.models import Account
from desk.venue import client
from exchange.binance.stream import BinanceUserStream
from exchange.types import StreamConnected, UserEvent
from trading.models import Position
from trading.services.ingest import take_in
from trading.services.reconcile import reconcile
from trading.services.tending import tend
from trading.venue import Venue, open_venue

QUEUE_LENGTH = 10_000
SWEEP_SECONDS = 1.0  # wall: how often naked positions are looked after, whatever events come
PULSE_SECONDS = 3.0  # wall


async def run(account: Account) -> None:
    """Serve ``account`` until cancelled. The socket is read while rows are written: a slow database stalls no ping."""
    queue: asyncio.Queue[UserEvent] = asyncio.Queue(maxsize=QUEUE_LENGTH)
    venue = await sync_to_async(open_venue)(account)
    stream = await sync_to_async(_user_stream)(account)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_read(stream, queue))
        tasks.create_task(_work(queue, venue))
        tasks.create_task(_pulse())


def _user_stream(account: Account) -> BinanceUserStream:
    return BinanceUserStream(client(account), settings.BINANCE_WS_URL)


async def _read(stream: BinanceUserStream, queue: asyncio.Queue[UserEvent]) -> None:
    async with contextlib.aclosing(aiter(stream)) as incoming:
        async for event in incoming:
            await queue.put(event)


async def _work(queue: asyncio.Queue[UserEvent], venue: Venue) -> None:
    """Take events in one by one; between them, look after positions without a stop."""
    sweep_due = time.monotonic() + SWEEP_SECONDS
    while True:
        event: UserEvent | None = None
        with contextlib.suppress(TimeoutError):
            event = await asyncio.wait_for(queue.get(), timeout=max(0.0, sweep_due - time.monotonic()))
        if event is not None:
            await _in_thread(_step_for(event), venue)
        if time.monotonic() >= sweep_due:
            await _in_thread(_sweep, venue)
            sweep_due = time.monotonic() + SWEEP_SECONDS


def _step_for(event: UserEvent) -> Callable[[Venue], None]:
    if isinstance(event, StreamConnected):
        return reconcile
    return lambda venue: take_in(event, venue)


async def _in_thread(step: Callable[[Venue], None], venue: Venue) -> None:
    await sync_to_async(_guarded, thread_sensitive=True)(step, venue)


def _guarded(step: Callable[[Venue], None], venue: Venue) -> None:
    """What goes wrong is logged; the next event and the checks heal it."""
    close_old_connections()
    with guarded("stream"):
        step(venue)


def _sweep(venue: Venue) -> None:
    naked = Position.objects.filter(account=venue.account, naked_since__isnull=False).select_related("account", "bot")
    for position in naked:
        tend(position, venue)


async def _pulse() -> None:
    """The heartbeat says that events are being worked: it takes its turn in the same thread as they do."""
    while True:
        await sync_to_async(events.beat, thread_sensitive=True)("stream")
        await asyncio.sleep(PULSE_SECONDS)
