"""The matrix: faults x kill points x position states, as data in a fixed order with stable names.

Cases of one round run at the same time, each on a contract of its own, and share the kill and the position mode.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

from tests.chaos.faults import FAULTS, Fault


class State(StrEnum):
    """Where the position stands and what is asked of the desk when the fault and the kill strike."""

    MARKET_ENTRY = "market_entry"  # an order by hand, sent twice with one key
    SIGNAL_ENTRY = "signal_entry"  # a signal as a scan leaves it
    RESTING_ENTRY = "resting_entry"  # a limit order that waits, and a price that jumps through it
    HELD = "held"  # open and protected, nothing is asked
    CLOSING = "closing"  # open, and a close by hand, sent twice
    CANCELLING = "cancelling"  # a limit order that waits, and is cancelled by hand
    STOP_MOVING = "stop_moving"  # open, and the stop moved by hand
    STOP_FIRING = "stop_firing"  # open, and a price that jumps over the stop
    TARGET_REACHED = "target_reached"  # open, and a price that jumps over the take-profit
    DELEVERAGED = "deleveraged"  # open, and closed by the exchange itself
    FOREIGN = "foreign"  # a position of somebody else, and a signal on its contract
    ADDING = "adding"  # open and gaining, and an ADD at market, asked for twice with one key
    ADDING_SLICED = "adding_sliced"  # the same in slices
    REDUCING = "reducing"  # open, and a part closed at market, asked for twice with one key
    REDUCING_SLICED = "reducing_sliced"  # the same in slices
    ADJUSTING = "adjusting"  # open, and both exits moved by one change
    SLICED_ENTRY = "sliced_entry"  # an order by hand in slices
    GIVING_WAY = "giving_way"  # a limit order by hand that gives way to the market


ADDS = frozenset({State.ADDING, State.ADDING_SLICED})
REDUCES = frozenset({State.REDUCING, State.REDUCING_SLICED})
CHANGES = ADDS | REDUCES | {State.ADJUSTING}
IN_SLICES = frozenset({State.ADDING_SLICED, State.REDUCING_SLICED, State.SLICED_ENTRY, State.GIVING_WAY})
IN_STEPS = CHANGES | {State.SLICED_ENTRY, State.GIVING_WAY}
STARTS_OPEN = CHANGES | {
    State.HELD,
    State.CLOSING,
    State.STOP_MOVING,
    State.STOP_FIRING,
    State.TARGET_REACHED,
    State.DELEVERAGED,
}
STARTS_RESTING = frozenset({State.RESTING_ENTRY, State.CANCELLING})
ENDS_FLAT = frozenset({State.CLOSING, State.CANCELLING, State.STOP_FIRING, State.TARGET_REACHED, State.DELEVERAGED})


class Moment(StrEnum):
    """When the process dies. The last four are met inside the process itself, on the case's own contract."""

    NEVER = "never"
    SOON = "soon"  # at a drawn instant within two seconds of the act
    HELD = "while held"  # when the fault has struck: an answer is held back, or the request not yet carried out
    BEFORE_SEND = "before send"  # the intent is committed, nothing has left
    AFTER_ANSWER = "after answer"  # the exchange has accepted, our row does not know
    AFTER_FILL = "after fill"  # the fill is committed, nothing protects it yet
    MID_WRITE = "mid write"  # at a drawn one of the writes that follow


INSIDE = frozenset({Moment.BEFORE_SEND, Moment.AFTER_ANSWER, Moment.AFTER_FILL, Moment.MID_WRITE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Who dies when. ``victims`` are names of processes; whoever comes by dies at the moments inside a process."""

    victims: tuple[str, ...] = ()
    moment: Moment = Moment.NEVER

    def __str__(self) -> str:
        who = "+".join(self.victims) or "anyone"
        return "none" if self.moment is Moment.NEVER else f"{who} {self.moment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One cell of the matrix. ``seed`` draws direction, instants and counts."""

    name: str
    fault: Fault
    kill: Kill
    state: State
    is_hedge: bool
    seed: int

    @property
    def is_short(self) -> bool:
        """Signals are always short."""
        return self.state in (State.SIGNAL_ENTRY, State.FOREIGN) or self.seed % 3 > 0

    @property
    def may_miss_entry(self) -> bool:
        """The fault may keep the entry from the exchange, or the kill from being sent within its time."""
        is_lost = self.fault.name in ("entry_never_arrives", "entry_503_not_executed")
        return is_lost or self.state is State.FOREIGN or self.kill.moment is not Moment.NEVER

    @property
    def may_lose_a_step(self) -> bool:
        """One order of a change or plan may never reach the exchange, and is then waited for as long as it could."""
        is_killed = self.kill.moment is not Moment.NEVER
        return self.state in IN_STEPS and (is_killed or self.fault.loses)

    @property
    def may_come_to_nothing(self) -> bool:
        """The change may be refused or fail, and say so: its order is lost, or the position is not what it was."""
        return self.may_lose_a_step or self.fault.upsets

    def chance(self) -> random.Random:
        return random.Random(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Cases that run together."""

    name: str
    kill: Kill
    is_hedge: bool
    cases: Sequence[Case]


S = State
Pair = tuple[str, State]
THEMES: dict[str, tuple[Pair, ...]] = {
    "lost": (
        ("entry_answer_lost", S.MARKET_ENTRY),
        ("stop_answer_lost", S.RESTING_ENTRY),
        ("close_answer_lost", S.CLOSING),
        ("target_answer_lost", S.SIGNAL_ENTRY),
    ),
    "errors": (
        ("entry_503_executed", S.SIGNAL_ENTRY),
        ("stop_503_executed", S.MARKET_ENTRY),
        ("close_503_executed", S.CLOSING),
        ("orders_unreadable", S.STOP_MOVING),
    ),
    "refusals": (
        ("stop_refused_twice", S.MARKET_ENTRY),
        ("stop_refused", S.RESTING_ENTRY),
        ("close_refused", S.CLOSING),
        ("events_before_answer", S.MARKET_ENTRY),
    ),
    "stops": (
        ("stop_vanishes", S.MARKET_ENTRY),
        ("stop_vanishes_told", S.RESTING_ENTRY),
        ("stop_never_arrives", S.SIGNAL_ENTRY),
        ("stop_503_not_executed", S.STOP_MOVING),
    ),
    "fired": (
        ("stop_child_rejected", S.STOP_FIRING),
        ("stop_child_expired", S.STOP_FIRING),
        ("stop_child_partly_filled", S.STOP_FIRING),
        ("none", S.TARGET_REACHED),
    ),
    "fills": (
        ("fills_split", S.MARKET_ENTRY),
        ("fills_doubled", S.SIGNAL_ENTRY),
        ("fills_reordered", S.CLOSING),
        ("fills_rest_only", S.RESTING_ENTRY),
    ),
    "unheard": (
        ("order_events_lost", S.MARKET_ENTRY),
        ("algo_events_lost", S.STOP_FIRING),
        ("all_events_lost", S.DELEVERAGED),
        ("trades_unreadable", S.CLOSING),
    ),
    "plain": (
        ("none", S.MARKET_ENTRY),
        ("none", S.CLOSING),
        ("none", S.STOP_MOVING),
        ("none", S.STOP_FIRING),
    ),
    "calm": (
        ("none", S.SIGNAL_ENTRY),
        ("none", S.RESTING_ENTRY),
        ("none", S.CANCELLING),
        ("none", S.HELD),
    ),
    "late": (
        ("entry_answer_late", S.MARKET_ENTRY),
        ("stop_answer_late", S.RESTING_ENTRY),
        ("close_answer_late", S.CLOSING),
        ("events_before_answer", S.SIGNAL_ENTRY),
    ),
    "odd": (
        ("cancel_answer_lost", S.CLOSING),
        ("cancel_answer_lost", S.CANCELLING),
        ("halted", S.CLOSING),
        ("none", S.FOREIGN),
    ),
    "arriving": (
        ("entry_arrives_late", S.MARKET_ENTRY),
        ("entry_timeout_executed", S.SIGNAL_ENTRY),
        ("stop_arrives_late", S.RESTING_ENTRY),
        ("close_never_arrives", S.CLOSING),
    ),
    "stuck_target": (("target_stuck", S.MARKET_ENTRY),),
    "stuck_stop": (("base_stop_stuck", S.STOP_MOVING),),
    "waiting": (
        ("entry_never_arrives", S.MARKET_ENTRY),
        ("entry_never_arrives", S.SIGNAL_ENTRY),
        ("entry_503_not_executed", S.SIGNAL_ENTRY),
    ),
    "entry_late": (("entry_answer_late", S.MARKET_ENTRY),),
    "entry_before": (("entry_arrives_late", S.SIGNAL_ENTRY),),
    "stop_late": (("stop_answer_late", S.RESTING_ENTRY),),
    "stop_before": (("stop_arrives_late", S.MARKET_ENTRY),),
    "close_late": (("close_answer_late", S.CLOSING),),
    "first_stop": (("stop_never_arrives", S.RESTING_ENTRY),),
    "changes_plain": (
        ("none", S.ADDING),
        ("none", S.REDUCING),
        ("none", S.ADJUSTING),
        ("none", S.ADDING_SLICED),
    ),
    "changes_in_steps": (
        ("none", S.SLICED_ENTRY),
        ("none", S.GIVING_WAY),
        ("none", S.REDUCING_SLICED),
    ),
    "changes_add": (
        ("add_answer_lost", S.ADDING),
        ("add_503_executed", S.ADDING),
        ("add_answer_late", S.ADDING),
        ("add_arrives_late", S.ADDING),
    ),
    "changes_add_lost": (
        ("add_never_arrives", S.ADDING),
        ("add_503_not_executed", S.ADDING),
        ("second_add_never_arrives", S.ADDING_SLICED),
    ),
    "changes_reduce": (
        ("reduce_answer_lost", S.REDUCING),
        ("reduce_503_executed", S.REDUCING),
        ("reduce_answer_late", S.REDUCING),
        ("reduce_refused", S.REDUCING),
    ),
    "changes_reduce_lost": (
        ("reduce_never_arrives", S.REDUCING),
        ("reduce_503_not_executed", S.REDUCING),
        ("second_reduce_answer_lost", S.REDUCING_SLICED),
    ),
    "changes_adjust": (
        ("inner_answer_lost", S.ADJUSTING),
        ("inner_never_arrives", S.ADJUSTING),
        ("stop_503_executed", S.ADJUSTING),
        ("cancel_answer_lost", S.ADJUSTING),
    ),
    "changes_exits": (
        ("target_answer_lost", S.ADJUSTING),
        ("stop_503_not_executed", S.ADJUSTING),
        ("stop_refused_twice", S.ADJUSTING),
        ("orders_unreadable", S.ADJUSTING),
    ),
    "changes_slices": (
        ("second_entry_answer_lost", S.SLICED_ENTRY),
        ("second_entry_503_executed", S.SLICED_ENTRY),
        ("second_add_answer_lost", S.ADDING_SLICED),
        ("second_entry_answer_lost", S.GIVING_WAY),
    ),
    "changes_slices_lost": (
        ("second_entry_never_arrives", S.SLICED_ENTRY),
        ("second_entry_never_arrives", S.GIVING_WAY),
        ("entry_answer_lost", S.SLICED_ENTRY),
    ),
    "changes_stop_gone": (
        ("stop_vanishes", S.ADDING),
        ("stop_vanishes_told", S.ADJUSTING),
        ("stop_vanishes", S.SLICED_ENTRY),
        ("stop_refused", S.SLICED_ENTRY),
    ),
    "changes_gap": (
        ("gap_over_stop", S.ADDING_SLICED),
        ("gap_over_stop", S.REDUCING_SLICED),
        ("gap_over_stop", S.ADJUSTING),
        ("gap_over_stop", S.SLICED_ENTRY),
    ),
    "changes_fills": (
        ("fills_split", S.ADDING),
        ("fills_doubled", S.ADDING_SLICED),
        ("fills_reordered", S.REDUCING),
        ("fills_rest_only", S.SLICED_ENTRY),
    ),
    "changes_unheard": (
        ("all_events_lost", S.ADDING),
        ("order_events_lost", S.REDUCING_SLICED),
        ("algo_events_lost", S.ADJUSTING),
        ("trades_unreadable", S.GIVING_WAY),
    ),
    "changes_adding": (("none", S.ADDING),),
    "changes_reducing": (("none", S.REDUCING),),
    "changes_adjusting": (("none", S.ADJUSTING),),
    "changes_slicing": (("none", S.SLICED_ENTRY),),
    "changes_giving_way": (("none", S.GIVING_WAY),),
}
CHANGE_THEMES = ("plain", "in_steps", "add", "add_lost", "reduce", "reduce_lost", "adjust", "exits", "slices")
MORE_CHANGE_THEMES = ("slices_lost", "stop_gone", "gap", "fills", "unheard")
CHANGES_ALONE = ("adding", "reducing", "adjusting", "slicing", "giving_way")
FILLING_ALONE = ("adding", "reducing", "slicing", "giving_way")
OF_DESK = (S.MARKET_ENTRY, S.RESTING_ENTRY, S.CLOSING, S.STOP_FIRING)

NO_KILL = Kill()
EVERYTHING = ("worker", "stream", "beat", "watchdog")
KILLS = {
    name: Kill(victims=tuple(name.split("+")), moment=Moment.SOON)
    for name in ("worker", "child", "stream", "beat", "redis", "paper", "web", "watchdog", "worker+beat")
} | {"everything": Kill(victims=EVERYTHING, moment=Moment.SOON)}


def _inside(moment: Moment) -> Kill:
    return Kill(moment=moment)


def _held(victim: str) -> Kill:
    return Kill(victims=(victim,), moment=Moment.HELD)


def _plan() -> Iterator[tuple[str, Kill, bool]]:
    """Themes (or ``desk:`` and a fault of the whole desk), kills and mode, in the order in which they run.

    A short drill takes its cases from the front.
    """
    yield from (("plain", KILLS["worker"], False), ("stops", KILLS["stream"], False), ("unheard", NO_KILL, False))
    yield from ((theme, NO_KILL, False) for theme in ("refusals", "fired", "fills", "late"))
    yield from (("lost", _inside(Moment.AFTER_ANSWER), False), ("plain", NO_KILL, False))
    yield from ((theme, KILLS["worker"], False) for theme in ("lost", "fills", "fired", "odd"))
    yield from ((theme, NO_KILL, False) for theme in ("lost", "errors", "stops", "calm", "odd", "arriving"))
    yield from ((theme, NO_KILL, False) for theme in ("stuck_target", "stuck_stop", "waiting"))
    yield from ((f"desk:{fault.name}", NO_KILL, False) for fault in FAULTS.values() if fault.is_of_desk)
    yield from ((theme, KILLS["stream"], False) for theme in ("fills", "plain", "calm", "unheard"))
    yield from ((theme, KILLS["everything"], False) for theme in ("plain", "lost", "calm", "fired"))
    yield from ((theme, KILLS["paper"], False) for theme in ("plain", "errors"))
    yield from ((theme, KILLS["redis"], False) for theme in ("plain", "lost"))
    yield from (("late", KILLS["child"], False),)
    yield from (("plain", KILLS["beat"], False), ("calm", KILLS["web"], False), ("calm", KILLS["watchdog"], False))
    yield from ((theme, _inside(Moment.BEFORE_SEND), False) for theme in ("plain", "calm"))
    yield from ((theme, _inside(Moment.AFTER_ANSWER), False) for theme in ("plain", "calm"))
    yield from ((theme, _inside(Moment.AFTER_FILL), False) for theme in ("plain", "calm"))
    yield from ((theme, _inside(Moment.MID_WRITE), False) for theme in ("plain", "calm"))
    yield from ((theme, _held("worker"), False) for theme in ("entry_late", "entry_before", "close_late"))
    yield from ((theme, _held("stream"), False) for theme in ("stop_late", "stop_before"))
    yield ("first_stop", KILLS["worker+beat"], False)
    yield from ((theme, NO_KILL, True) for theme in ("plain", "lost", "refusals", "fired"))
    yield from (("plain", KILLS["worker"], True), ("fills", KILLS["stream"], True))
    yield from (("plain", KILLS["everything"], True), ("calm", _inside(Moment.MID_WRITE), True))
    yield from _changes()


def _changes() -> Iterator[tuple[str, Kill, bool]]:
    """Changes of open positions and orders in steps; ``--only changes`` plays these alone."""
    yield from ((f"changes_{theme}", NO_KILL, False) for theme in (*CHANGE_THEMES, *MORE_CHANGE_THEMES))
    for who in ("worker", "stream", "everything", "paper", "redis"):
        yield from (("changes_plain", KILLS[who], False), ("changes_in_steps", KILLS[who], False))
    for moment in Moment:
        if moment in INSIDE:
            alone = FILLING_ALONE if moment is Moment.AFTER_FILL else CHANGES_ALONE
            yield from ((f"changes_{theme}", _inside(moment), False) for theme in alone)
    yield from (("changes_plain", NO_KILL, True), ("changes_add", NO_KILL, True), ("changes_adjust", NO_KILL, True))
    yield from ((theme, KILLS["worker"], True) for theme in ("changes_plain", "changes_in_steps"))


def _pairs(theme: str) -> tuple[Pair, ...]:
    kind, _, fault = theme.partition(":")
    return tuple((fault, state) for state in OF_DESK) if kind == "desk" else THEMES[theme]


def _round(theme: str, kill: Kill, is_hedge: bool) -> Round:
    mode = "hedge" if is_hedge else "one-way"
    cases = [
        Case(
            name=(name := f"{fault}/{state}/{kill}/{mode}".replace(" ", "_")),
            fault=FAULTS[fault],
            kill=kill,
            state=state,
            is_hedge=is_hedge,
            seed=crc32(name.encode()),
        )
        for fault, state in _pairs(theme)
    ]
    return Round(name=f"{theme}/{kill}/{mode}".replace(" ", "_"), kill=kill, is_hedge=is_hedge, cases=cases)


def rounds() -> list[Round]:
    """The whole drill."""
    return [_round(*each) for each in _plan()]


def first(count: int, of: Sequence[Round]) -> list[Round]:
    """As many rounds from the front as hold ``count`` cases at least."""
    chosen: list[Round] = []
    for each in of:
        if sum(len(one.cases) for one in chosen) >= count:
            break
        chosen.append(each)
    return chosen
