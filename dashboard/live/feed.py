"""One look at the database for all pages of this process: new events and changed states, posted to the mailboxes."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import structlog
from channels.db import database_sync_to_async

from dashboard import snapshots
from dashboard.ai.pairs import watched_symbols
from dashboard.ai.ticker_bar import read_tickers
from dashboard.live.mailbox import Mailbox
from dashboard.market_time import MarketTime, market_time
from dashboard.snapshots import StateType
from desk.models import Event

log = structlog.get_logger(__name__)

EVENT_SECONDS = 0.1  # between two looks for events
STATE_SECONDS = 1.0  # between two looks at the states while no event comes
PRICE_SECONDS = 3.0  # between two readings of the ticker bar
FAILURE_SECONDS = 2.0
LATE_COMMITS = 200  # ids looked at again: PostgreSQL may show event 11 before event 10


class LiveFeed:
    """Runs while somebody is joined. Belongs to one event loop."""

    def __init__(self) -> None:
        self.seq = 0
        self.market: MarketTime | None = None
        self._mailboxes: set[Mailbox] = set()
        self._task: asyncio.Task[None] | None = None
        self._seen: set[int] = set()
        self._known: dict[StateType, Any] = {}
        self._states_due = 0.0
        self._has_looked = asyncio.Event()

    async def is_watching(self) -> None:
        """Wait until every later event will be posted."""
        await self._has_looked.wait()

    def join(self, mailbox: Mailbox) -> None:
        """Post to ``mailbox`` from now on."""
        self._mailboxes.add(mailbox)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def leave(self, mailbox: Mailbox) -> None:
        self._mailboxes.discard(mailbox)
        if not self._mailboxes and self._task is not None:
            self._task.cancel()
            self._task = None
            self._seen, self._known = set(), {}
            self._has_looked.clear()

    async def _run(self) -> None:
        venue = [asyncio.create_task(follow()) for follow in (self._follow_clock, self._follow_prices)]
        pause = 0.0
        try:
            while True:
                await asyncio.sleep(pause)
                pause = await self._look_safely()
        finally:
            for task in venue:
                task.cancel()

    async def _look_safely(self) -> float:
        """One look; seconds until the next."""
        try:
            await self._look()
        except Exception:
            log.exception("live_feed_failed")
            return FAILURE_SECONDS
        return EVENT_SECONDS

    async def _look(self) -> None:
        events = await database_sync_to_async(self._new_events)()
        self._has_looked.set()
        self._post(events=events)
        if events or time.monotonic() >= self._states_due:
            self._states_due = time.monotonic() + STATE_SECONDS
            self._post(states=await database_sync_to_async(self._changed_states)())

    def _post(self, *, states: Mapping[StateType, Any] = MappingProxyType({}), events: Iterable[Event] = ()) -> None:
        if not states and not events:
            return
        for mailbox in self._mailboxes:
            mailbox.post(states=states, events=events)

    def _new_events(self) -> list[Event]:
        if not self._seen:
            return self._first_look()
        found = snapshots.events().filter(id__gt=self.seq - LATE_COMMITS).values_list("id", flat=True)
        fresh = set(found) - self._seen
        if not fresh:
            return []
        self._remember(fresh)
        return list(snapshots.events().filter(id__in=fresh).order_by("id"))

    def _first_look(self) -> list[Event]:
        """Pages read the past themselves; the feed begins with what is newer than its first look."""
        past = list(snapshots.events().values_list("id", flat=True)[:LATE_COMMITS])
        self._remember([0, *past])
        return []

    def _remember(self, ids: Iterable[int]) -> None:
        self._seen.update(ids)
        self.seq = max(self._seen)
        self._seen = {pk for pk in self._seen if pk > self.seq - 2 * LATE_COMMITS}

    def _changed_states(self) -> dict[StateType, Any]:
        """States that somebody wants and that differ from what was posted before."""
        present = snapshots.read(sorted(self._wanted()), self.market)
        changed = {name: state for name, state in present.items() if has_changed(self._known.get(name), state)}
        self._known |= changed
        return changed

    def _wanted(self) -> frozenset[StateType]:
        return frozenset[StateType]().union(*(mailbox.states for mailbox in self._mailboxes))

    async def _follow_prices(self) -> None:
        """Apart from the looks, as the clock; only while somebody wants prices."""
        while True:
            if StateType.TICKERS in self._wanted():
                try:
                    symbols = await database_sync_to_async(watched_symbols)()
                    await asyncio.to_thread(read_tickers, symbols)
                except Exception:
                    log.exception("ticker_bar_failed")
            await asyncio.sleep(PRICE_SECONDS)

    async def _follow_clock(self) -> None:
        """Apart from the looks, because a venue that does not answer would hold them up."""
        while True:
            try:
                self.market = await asyncio.to_thread(market_time)
            except Exception:
                log.exception("market_clock_failed")
            await asyncio.sleep(STATE_SECONDS)


def has_changed(known: Any, present: Any) -> bool:
    """Market time alone is no change: pages carry it on themselves."""
    return bool(_without_clock(known) != _without_clock(present))


def _without_clock(state: Any) -> Any:
    if isinstance(state, Mapping):
        return {name: value for name, value in state.items() if name != "market_time"}
    return state


_feeds: dict[asyncio.AbstractEventLoop, LiveFeed] = {}


def live_feed() -> LiveFeed:
    """The feed of the running event loop."""
    loop = asyncio.get_running_loop()
    for ended in [known for known in _feeds if known.is_closed()]:
        del _feeds[ended]
    return _feeds.setdefault(loop, LiveFeed())
