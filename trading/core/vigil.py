"""What an outside observer makes of the desk: pure judgement over sights taken one after the other. Wall seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """What can be wrong with a desk as seen from outside."""

    CHECKS_STOPPED = "checks_stopped"
    UNPROTECTED = "unprotected"
    BLIND = "blind"
    LOOP_STOPPED = "loop_stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each trouble is watched before it is called one."""

    checks: float = 90.0  # three checks that did not come
    naked: float = 20.0  # four times the deadline of the desk itself
    blind: float = 60.0
    dead: float = 120.0  # after so long without a check the desk's entries are cancelled
    remind: float = 900.0
    loops: Mapping[str, float] = field(default_factory=dict)  # silence of each while the checks go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look. ``check_age`` None: the database did not answer; ``naked`` None: the exchange did not.

    ``beats`` says when each loop last finished a round, as far as is known.
    """

    seconds: float  # monotonic
    check_age: float | None
    naked: frozenset[str] | None
    beats: Mapping[str, float] = field(default_factory=dict)  # monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A trouble that is to be told: new, still there after a while, or over (``lasted`` since it was last told)."""

    trouble: Trouble
    symbol: str = ""
    loop: str = ""
    lasted: float
    is_over: bool = False


Key = tuple[Trouble, str]


@dataclass(slots=True)
class Vigil:
    """Remembers between looks since when something is wrong, and when it was told."""

    patience: Patience
    last_check: float  # monotonic time of the newest check known of; at first the time at which the vigil begins
    _checking_since: float = field(init=False)  # monotonic; the other loops have their time from there on
    _since: dict[Key, float] = field(default_factory=dict)
    _told: dict[Key, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._checking_since = self.last_check

    def look(self, sight: Sight) -> list[Alarm]:
        """What is to be told now."""
        if sight.check_age is not None:
            self._note_check(max(self.last_check, sight.seconds - sight.check_age))
        self._since = self._wrong(sight)
        overdue = {key for key, since in self._since.items() if self._lasts(key, sight) > self._patience(key)}
        ended = [self._over(key, sight.seconds) for key in sorted(self._told.keys() - overdue)]
        return ended + [
            self._alarm(key, sight.seconds) for key in sorted(overdue) if self._is_to_tell(key, sight.seconds)
        ]

    def is_dead(self, seconds: float) -> bool:
        """The desk has not checked its positions for so long that its entries must not stay."""
        return seconds - self.last_check > self.patience.dead

    def _note_check(self, checked: float) -> None:
        if checked - self.last_check > self.patience.checks:
            self._checking_since = checked
        self.last_check = checked

    def _wrong(self, sight: Sight) -> dict[Key, float]:
        """Since when each trouble of this sight lasts; what a blind look cannot see lasts on."""
        now = sight.seconds
        wrong: dict[Key, float] = {(Trouble.CHECKS_STOPPED, ""): self.last_check}
        for loop in self.patience.loops.keys() & sight.beats.keys():
            wrong[Trouble.LOOP_STOPPED, loop] = max(sight.beats[loop], self._checking_since)
        if sight.naked is None:
            naked = {key for key in self._since if key[0] is Trouble.UNPROTECTED} | {(Trouble.BLIND, "")}
        else:
            naked = {(Trouble.UNPROTECTED, symbol) for symbol in sight.naked}
        return wrong | {key: self._since.get(key, now) for key in naked}

    def _lasts(self, key: Key, sight: Sight) -> float:
        """A loop's silence counts for as long as the checks went on: with them it is another trouble."""
        until = self.last_check if key[0] is Trouble.LOOP_STOPPED else sight.seconds
        return until - self._since[key]

    def _patience(self, key: Key) -> float:
        if key[0] is Trouble.LOOP_STOPPED:
            return self.patience.loops[key[1]]
        patience = {
            Trouble.CHECKS_STOPPED: self.patience.checks,
            Trouble.UNPROTECTED: self.patience.naked,
            Trouble.BLIND: self.patience.blind,
        }
        return patience[key[0]]

    def _is_to_tell(self, key: Key, now: float) -> bool:
        return key not in self._told or now - self._told[key] >= self.patience.remind

    def _alarm(self, key: Key, now: float) -> Alarm:
        self._told[key] = now
        return _alarm_of(key, lasted=now - self._since[key])

    def _over(self, key: Key, now: float) -> Alarm:
        return _alarm_of(key, lasted=now - self._told.pop(key), is_over=True)


def _alarm_of(key: Key, *, lasted: float, is_over: bool = False) -> Alarm:
    trouble, name = key
    if trouble is Trouble.LOOP_STOPPED:
        return Alarm(trouble=trouble, loop=name, lasted=lasted, is_over=is_over)
    return Alarm(trouble=trouble, symbol=name, lasted=lasted, is_over=is_over)
