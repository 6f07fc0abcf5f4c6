"""Playing one round: positions, faults, kills, recovery, the way back to flat, and the verdicts."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zlib import crc32

import httpx2

from tests.chaos.act import Scene
from tests.chaos.desk import BY_HAND, SPEED, DrillDesk, NotPlayed
from tests.chaos.dying import arm, disarm
from tests.chaos.faults import specs_for
from tests.chaos.judge import RECOVERY_SECONDS, Evidence, Verdict, entries_accepted, judge
from tests.chaos.matrix import CHANGES, EVERYTHING, IN_SLICES, INSIDE, Case, Moment, Round, State
from tests.chaos.sight import Row

SET_UP_SECONDS = 60.0
FLAT_SECONDS = 60.0
UNKNOWN_ENTRY_SECONDS = 60.0  # the window in which an entry of unknown outcome blocks its symbol
LOOK_SECONDS = 0.25
SLICED_SECONDS = BY_HAND["twap_seconds"] / SPEED
_STEPS = {
    State.ADDING,
    State.ADDING_SLICED,
    State.REDUCING,
    State.REDUCING_SLICED,
    State.SLICED_ENTRY,
    State.GIVING_WAY,
}
_SENDS = _STEPS | {
    State.ADJUSTING,
    State.MARKET_ENTRY,
    State.SIGNAL_ENTRY,
    State.RESTING_ENTRY,
    State.CLOSING,
    State.STOP_MOVING,
}
_FILLS = _STEPS | {State.MARKET_ENTRY, State.SIGNAL_ENTRY, State.RESTING_ENTRY, State.CLOSING, State.STOP_FIRING}
COMES_TO = {
    Moment.BEFORE_SEND: _SENDS,
    Moment.AFTER_ANSWER: _SENDS,
    Moment.AFTER_FILL: _FILLS,
    Moment.MID_WRITE: _SENDS | _FILLS,
}
PURPOSES = {
    State.MARKET_ENTRY: ("entry", "stop", "take_profit"),
    State.SIGNAL_ENTRY: ("stop", "entry", "take_profit"),
    State.RESTING_ENTRY: ("stop", "take_profit"),
    State.ADDING: ("add", "add", "inner_stop"),
    State.ADDING_SLICED: ("add", "add", "inner_stop"),
    State.REDUCING: ("reduce",),
    State.REDUCING_SLICED: ("reduce",),
    State.ADJUSTING: ("inner_stop", "stop", "take_profit"),
    State.SLICED_ENTRY: ("entry", "stop"),
    State.GIVING_WAY: ("entry",),
}


@dataclass(slots=True)
class Played:
    """A round while it is played; times are Unix seconds. What is broken on purpose is not waited for so long."""

    desk: DrillDesk
    plan: Round
    scenes: Sequence[Scene]
    since_seq: int = 0
    since_ms: int = 0
    disturbed_at: float = 0.0
    outage: float = 0.0
    is_broken: bool = False
    nobody_died: bool = False
    acted_seq: int = 0
    recovered_seq: int = 0
    agreed_at: dict[str, float] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)

    def play(self) -> list[tuple[Case, Verdict]]:
        self.desk.look()
        self.since_seq, self.since_ms = len(self.desk.sight.records), self.desk.control("clock")["market_ms"]
        self._all(lambda scene: scene.set_up())
        rows = self._until(lambda scene, row: scene.is_set_up(row), seconds=SET_UP_SECONDS)
        waiting = [scene.case.name for scene in self.scenes if not scene.is_set_up(rows[scene.symbol])]
        if waiting:
            raise NotPlayed(f"never stood as they begin: {', '.join(waiting)}")
        self._set_faults()
        self._strike()
        self._recover()
        left = self._flatten()
        return [(scene.case, self._judged(scene, left[scene.symbol])) for scene in self.scenes]

    def _all(self, do: Callable[[Scene], object]) -> None:
        with ThreadPoolExecutor(len(self.scenes)) as pool:
            list(pool.map(do, self.scenes))

    def _rows(self) -> dict[str, Any]:
        rows: dict[str, Any] = self.desk.ask(do="state", symbols=[scene.symbol for scene in self.scenes])
        return rows

    def _until(self, is_so: Callable[[Scene, Any], bool], *, seconds: float) -> dict[str, Any]:
        """Look until it is so for every scene, or the time is over; the rows as seen last."""
        deadline = time.monotonic() + seconds
        while True:
            is_seen, rows = self.desk.look(), self._rows()
            if is_seen and sum(is_so(scene, rows[scene.symbol]) for scene in self.scenes) == len(self.scenes):
                return rows
            if time.monotonic() > deadline:
                return rows
            time.sleep(LOOK_SECONDS)

    def _set_faults(self) -> None:
        of_desk = [scene for scene in self.scenes if scene.case.fault.is_of_desk][:1]
        for scene in of_desk or self.scenes:
            specs = specs_for(scene.case.fault, scene.symbol, is_short=scene.case.is_short)
            if specs:
                self.desk.set_control("POST", "faults", {"seed": scene.case.seed % 1000, "faults": specs})
        if self.plan.kill.moment in INSIDE:
            self._arm()

    def _arm(self) -> None:
        """One process dies over the work of one contract; the others of the round are in the middle of theirs."""
        scene = self._doomed()
        chance = scene.case.chance()
        arm(
            self.desk.armed,
            scene.symbol,
            self.plan.kill.moment,
            purpose=chance.choice(PURPOSES.get(scene.case.state, ("",))),
            writes=chance.randint(1, 14),
            whole=chance.random() < 0.5,
        )

    def _strike(self) -> None:
        """Ask what is to be asked, and let die who is to die."""
        faults = [scene.case.fault for scene in self.scenes]
        seconds = max(fault.locks for fault in faults)
        locking = threading.Thread(target=self.desk.lock_database, args=(seconds,), kwargs={"once": self._are_filled})
        if any(fault.locks for fault in faults):
            locking.start()
        self.acted_seq = len(self.desk.sight.records)
        began = self.disturbed_at = time.time()
        killing = threading.Thread(target=self._kill)
        killing.start()
        self._all(lambda scene: scene.act())
        killing.join()
        if locking.ident:
            locking.join()
        self.disturbed_at = max(self.disturbed_at, time.time(), began + max(fault.window for fault in faults))

    def _are_filled(self) -> bool:
        """Whether every order that waited has met its price."""
        self.desk.look()
        resting = [scene.symbol for scene in self.scenes if scene.case.state is State.RESTING_ENTRY]
        return all(self.desk.sight.open_quantity(symbol) for symbol in resting)

    def _kill(self) -> None:
        kill, case = self.plan.kill, self.scenes[0].case
        if kill.moment is Moment.SOON:
            time.sleep(case.chance().uniform(0.2, 2.5))
        elif kill.moment is Moment.HELD:
            self._await_strike()
        else:
            return
        died_at = time.time()
        for victim in kill.victims:
            self.desk.kill(victim)
        if "paper" in kill.victims:
            self._await(self._exchange_answers)
            self.outage = time.time() - died_at
        if kill.victims == EVERYTHING:
            self._await(lambda: bool(self.desk.ask(do="pulse") > died_at))
            self.outage = time.time() - died_at

    def _await_strike(self) -> None:
        self._await(lambda: any(row["met"] for row in self.desk.control("faults")["faults"]))
        time.sleep(0.3)

    def _exchange_answers(self) -> bool:
        try:
            self.desk.control("clock")
        except httpx2.HTTPError:
            return False
        return True

    @staticmethod
    def _await(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _recover(self) -> None:
        """Look until every scene is where it must end and the desk says that it is ready."""

        def is_done(scene: Scene, row: Any) -> bool:
            if not scene.is_done(row):
                self.agreed_at.pop(scene.symbol, None)
                return False
            self.agreed_at.setdefault(scene.symbol, time.time())
            return True

        longest = SLICED_SECONDS + (1 if self.is_broken else UNKNOWN_ENTRY_SECONDS)
        deadline = self.disturbed_at + RECOVERY_SECONDS + longest
        while time.time() < deadline:
            self._until(is_done, seconds=deadline - time.time())
            if time.time() >= self.disturbed_at and self.desk.is_ready():
                break
            time.sleep(LOOK_SECONDS)
        self.changed = {symbol: row["changes"] for symbol, row in self._rows().items()}
        if self.plan.kill.moment in INSIDE:
            self.nobody_died = disarm(self.desk.armed, self._doomed().symbol) is None

    def _doomed(self) -> Scene:
        """Whose work kills: one that comes to the kill's moment at all."""
        coming = [scene for scene in self.scenes if scene.case.state in COMES_TO[self.plan.kill.moment]]
        return coming[crc32(self.plan.name.encode()) % len(coming)]

    def _flatten(self) -> dict[str, list[str]]:
        """Everything back to nothing, by the desk itself; what is left by contract."""
        self.recovered_seq = len(self.desk.sight.records)
        self.desk.set_control("DELETE", "faults")
        rows = self._rows()
        self._all(lambda scene: scene.go_flat(rows[scene.symbol]))
        rows = self._until(lambda scene, row: not scene.left(row), seconds=FLAT_SECONDS / (3 if self.is_broken else 1))
        return {scene.symbol: scene.left(rows[scene.symbol]) for scene in self.scenes}

    def _judged(self, scene: Scene, left: Sequence[str]) -> Verdict:
        case, records = scene.case, self.desk.sight.of(scene.symbol, after=self.since_seq)
        agreed_at = self.agreed_at.get(scene.symbol)
        meant, asked = 0 if case.state is State.FOREIGN else 1, scene.asked
        books = self.desk.ask(do="fills", symbol=scene.symbol, since=self.since_ms)
        return judge(
            Evidence(
                records=records,
                ended_ns=time.time_ns(),
                is_short=case.is_short,
                entries_meant=asked.entries if asked else meant,
                entries_due=0 if case.may_miss_entry else meant,
                is_ours=case.state is not State.FOREIGN,
                moves_stop=case.state is State.STOP_MOVING or (case.state in CHANGES and not case.fault.upsets),
                excused=max(case.fault.outage, self.outage),
                patience=self._patience(case, records),
                recovered=None if agreed_at is None else max(0.0, agreed_at - self.disturbed_at),
                books={trade: Decimal(text) for trade, text in books.items()},
                left=[*left, *self._undone(scene)],
                changes_meant=asked.changes if asked else 0,
                sizes=(asked.least, asked.most) if asked else None,
                sizes_from=self.acted_seq,
                sizes_until=self.recovered_seq,
            )
        )

    @staticmethod
    def _patience(case: Case, records: Sequence[Row]) -> float:
        """Besides the law's: the time of all slices, and the window of an order that may still appear."""
        is_lost = not entries_accepted(records) or case.may_lose_a_step
        slices = SLICED_SECONDS if case.state in IN_SLICES else 0.0
        return RECOVERY_SECONDS + slices + (UNKNOWN_ENTRY_SECONDS if is_lost else 0.0)

    def _undone(self, scene: Scene) -> list[str]:
        """What the case was to prove and did not: nobody died, or a change came to nothing without a cause."""
        said = ["nobody died"] if self.nobody_died and scene is self._doomed() else []
        if scene.case.state in CHANGES and not scene.case.may_come_to_nothing:
            said += [f"the change ended {status}" for status in self.changed[scene.symbol] if status != "done"]
            said += [] if self.changed[scene.symbol] else ["no change was written down"]
        return said
