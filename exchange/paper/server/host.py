"""The running exchange: engine, clock and journal as one. Nothing leaves it that a restart would not know."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

import structlog

from exchange.paper.clock import NS_PER_MS, PaperClock, WallClock
from exchange.paper.core.engine import Engine
from exchange.paper.core.known_bars import KnownBars
from exchange.paper.core.state import Record, State
from exchange.paper.core.terms import Terms
from exchange.paper.core.venue import Venue
from exchange.paper.faults.market import undisturbed
from exchange.paper.faults.post import Post
from exchange.paper.intake import Feed, Intake
from exchange.paper.journal import Journal, JournalError
from exchange.paper.server import snapshots
from exchange.paper.server.commits import GroupCommits
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.protection import Protection
from exchange.paper.server.resume import ClockState, clock_line, intake_line, opening_line, resume

log = structlog.get_logger(__name__)

RESERVE_WALL_MS = 2000


class Listener(Protocol):
    """Somebody who wants records as they come."""

    def record(self, record: Record) -> None: ...

    def key_expired(self, listen_key: str, market_ms: int) -> None: ...

    def disconnect(self, account: str | None, code: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSetting:
    """How market time starts. A journal that was not closed cleanly overrides all of it, a clean one the start.

    ``is_wall``: it is the time of day whatever the journal says; then the speed is 1 and it is never held.
    """

    start_ms: int
    speed: Decimal
    is_held: bool
    is_wall: bool = False


class Host:
    """All access to the engine. Synchronous, for one thread."""

    def __init__(
        self,
        *,
        engine: Engine,
        clock: PaperClock,
        journal: Journal,
        listen_keys: ListenKeys,
        stamps: list[int],
        feed: Feed | None = None,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.journal = journal
        self.listen_keys = listen_keys
        self.stamps = stamps
        self.feed = feed
        self.listeners: list[Listener] = []
        self.on_advance: list[Callable[[], None]] = []
        self.protection = Protection()
        self.post = Post(self)
        self.has_failed = False
        self._commits: GroupCommits | None = None
        self._ceiling_ms = engine.now_ms
        self._begin()

    @property
    def state(self) -> State:
        return self.engine.state

    @property
    def venue(self) -> Venue:
        return self.engine.state.venue

    def commit_in_groups(self) -> None:
        """From now on, in the running event loop, lines are synced together, and what they lead to leaves after that.

        Answers must wait for ``settled`` then. Without this each line is on disk before the call that wrote it returns.
        """
        self._commits = GroupCommits(self.journal, on_failure=self._fail)

    async def settled(self) -> None:
        """Return when all that was done so far is on disk. Raises JournalError when it cannot be put there."""
        if self._commits is not None:
            await self._commits.settled()

    async def end_groups(self) -> None:
        """Back to lines that are on disk at once."""
        commits, self._commits = self._commits, None
        if commits is not None:
            await commits.close()

    def advance(self) -> int:
        """Bring the engine to the clock's time, tell the listeners, and return it in ms."""
        if self.feed is not None:
            self._take_in(self.feed.due(self.engine, self.clock.now_ms()))
        if self.clock.now_ms() > self._ceiling_ms:
            self._reserve(is_clean=False)
        now_ms = max(self.engine.now_ms, min(self.clock.now_ms(), self._ceiling_ms))
        self.engine.advance(now_ms)
        self._publish(time.time_ns())
        for observe in self.on_advance:
            observe()
        return now_ms

    def execute(self, name: str, api_key: str, values: Mapping[str, str]) -> dict[str, Any]:
        """Carry out a command now; what follows from it leaves once it is on disk. Raises VenueError when it is
        refused."""
        if self.feed is not None:
            self._take_in(self.feed.needed_for(self.engine, name, values, now_ms=self.clock.now_ms()))
        at_ms = self.advance()
        answer = self.engine.execute(name, api_key, values)
        wall_ns = time.time_ns()
        line = {
            "op": "command",
            "at": at_ms,
            "wall": wall_ns,
            "seq": len(self.engine.records),
            "name": name,
            "account": api_key,
            "params": dict(values),
        }
        self._write(line)
        self._publish(wall_ns)
        return answer

    def open_account(self, *, api_key: str, api_secret: str, deposit: str, public_key: str = "") -> None:
        values = {"api_key": api_key, "api_secret": api_secret, "deposit": deposit}
        self.execute("open_account", api_key, values | ({"public_key": public_key} if public_key else {}))

    def renew_listen_key(self, listen_key: str, api_key: str) -> None:
        self._keep(self.listen_keys.renewal(listen_key, api_key, wall_ns=time.time_ns()))

    def remove_listen_key(self, api_key: str) -> None:
        self._keep(self.listen_keys.removal(api_key))

    def expire_listen_key(self, account: str) -> None:
        """End the account's listen key, if it has one, and tell the listeners."""
        listen_key = self.listen_keys.of(account)
        if listen_key is None:
            return
        self.remove_listen_key(account)
        self._after_sync(partial(self._tell_expired, listen_key, self.engine.now_ms))

    def expire_listen_keys(self) -> None:
        """Tell the listeners of keys whose time is over."""
        for listen_key, _ in self.listen_keys.expire(time.time_ns()):
            self._after_sync(partial(self._tell_expired, listen_key, self.engine.now_ms))

    def change_clock(self, change: Callable[[PaperClock], None]) -> None:
        """Hold, release, speed or jump, written down at once. Raises ValueError for what the clock refuses."""
        self.advance()
        change(self.clock)
        self._reserve(is_clean=False)
        self.advance()

    def keep_snapshot(self, name: str) -> str:
        """Keep the exchange as it is now under a name. Raises SnapshotError for a bad one."""
        self.advance()
        self._reserve(is_clean=True)
        snapshots.keep(self.journal, name)
        self._reserve(is_clean=False)
        return name

    def restore_snapshot(self, name: str) -> None:
        """Become what was kept under a name, with the clock held where it can be. SnapshotError when there is none.

        Listen keys stay as they are; a client must read the account anew, as after any reconnect.
        """
        self.advance()
        snapshots.restore(self.journal, name)
        venue = undisturbed(self.venue)
        past = resume(self.journal, venue, listen_keys=self.listen_keys, wall_ns=time.time_ns, feed=self.feed)
        assert past is not None
        self.engine, self.stamps, self.protection = past.engine, past.wall_ns, Protection()
        self.clock = self.clock.restarted(self.engine.now_ms)
        self._begin()

    def close(self) -> None:
        """Shut down cleanly: market time resumes exactly here."""
        if not self.has_failed:
            self.advance()
            self._reserve(is_clean=True)
        self.journal.close()

    def _take_in(self, intake: Intake | None) -> None:
        """Let the engine learn what the feed has, on disk before it counts."""
        if intake is None or self.feed is None:
            return
        if intake.at_ms > self._ceiling_ms:
            self._reserve(is_clean=False)
        self._write(intake_line(intake, since_ms=self.engine.now_ms, wall_ns=time.time_ns()))
        self.feed.take(intake.rows)
        self.engine.advance(intake.at_ms)

    def _begin(self) -> None:
        for record, stamp in zip(self.engine.records, self.stamps, strict=True):
            self.protection.follow(record, stamp)
        self._reserve(is_clean=False)

    def _write(self, line: Mapping[str, Any]) -> None:
        """Raises JournalError, then and ever after: what the engine did is not on disk, so nothing may leave."""
        if self.has_failed:
            raise JournalError("the journal cannot be written")
        try:
            if self._commits is None:
                self.journal.append(line)
            else:
                self.journal.write(line)
                self._commits.wrote()
        except OSError as error:
            self._fail()
            raise JournalError(f"the journal cannot be written: {error}") from error

    def _fail(self) -> None:
        self.has_failed = True

    def _keep(self, line: dict[str, Any]) -> None:
        self._write(line)
        self.listen_keys.apply(line)

    def _reserve(self, *, is_clean: bool) -> None:
        now_ms = max(self.engine.now_ms, self.clock.now_ms())
        ahead_ms = 0 if is_clean else int(self.clock.speed * RESERVE_WALL_MS)
        ceiling_ms = self.engine.now_ms if is_clean else min(now_ms + ahead_ms, self.venue.last_ms)
        clock = ClockState(ceiling_ms, self.clock.nominal_speed, self.clock.is_held, is_clean)
        at_ms = self.engine.now_ms
        self._write(clock_line(at_ms=at_ms, ceiling_ms=ceiling_ms, clock=clock, wall_ns=time.time_ns()))
        self._ceiling_ms = ceiling_ms

    def _publish(self, wall_ns: int) -> None:
        if self.has_failed:
            raise JournalError("the journal cannot be written")
        new = self.engine.records[len(self.stamps) :]
        for record in new:
            self.stamps.append(wall_ns)
            self.protection.follow(record, wall_ns)
        if new:
            self._after_sync(partial(self._send, new))

    def _after_sync(self, leave: Callable[[], None]) -> None:
        if self._commits is None:
            leave()
        else:
            self._commits.after(leave)

    def _tell_expired(self, listen_key: str, market_ms: int) -> None:
        for listener in self.listeners:
            listener.key_expired(listen_key, market_ms)

    def _send(self, records: Sequence[Record]) -> None:
        for record in records:
            if self.state.disturbances is not None:
                self.post.send(record)
                continue
            for listener in self.listeners:
                listener.record(record)


def open_host(
    *,
    journal: Journal,
    venue: Venue,
    setting: ClockSetting,
    listen_keys: ListenKeys,
    terms: Terms | None = None,
    feed: Feed | None = None,
) -> Host:
    """A new exchange, or the one the journal describes, whose terms then count. JournalError when that is another."""
    terms = terms or Terms()
    venue = venue if setting.is_wall else KnownBars(venue)
    latest_ms = time.time_ns() // NS_PER_MS if setting.is_wall else None
    past = resume(journal, venue, listen_keys=listen_keys, wall_ns=time.time_ns, latest_ms=latest_ms, feed=feed)
    if past is None:
        journal.append(opening_line(venue, start_ms=setting.start_ms, terms=terms))
        engine, stamps = Engine(venue, start_ms=setting.start_ms, terms=terms), []
    else:
        engine, stamps = past.engine, past.wall_ns
        log.info("paper_resumed", records=len(engine.records), market_ms=engine.now_ms)
    crashed = past.clock if past is not None and past.clock is not None and not past.clock.is_clean else None
    clock = _clock(setting, crashed, start_ms=engine.now_ms, last_ms=venue.last_ms)
    return Host(engine=engine, clock=clock, journal=journal, listen_keys=listen_keys, stamps=stamps, feed=feed)


def _clock(setting: ClockSetting, crashed: ClockState | None, *, start_ms: int, last_ms: int) -> PaperClock:
    if setting.is_wall:
        return WallClock(start_ms=start_ms, last_ms=last_ms)
    return PaperClock(
        start_ms=start_ms,
        last_ms=last_ms,
        speed=crashed.speed if crashed else setting.speed,
        is_held=crashed.is_held if crashed else setting.is_held,
    )
