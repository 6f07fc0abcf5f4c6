"""What an outside observer makes of the desk: pure judgement over sights taken one after the other. Wall seconds."""

from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """What can be wrong with a desk as seen from outside."""

    CHECKS_STOPPED = "checks_stopped"
    UNPROTECTED = "unprotected"
    BLIND = "blind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each trouble is watched before it is called one."""

    checks: float = 90.0  # three checks that did not come
    naked: float = 20.0  # four times the deadline of the desk itself
    blind: float = 60.0
    dead: float = 120.0  # after so long without a check the desk's entries are cancelled
    remind: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look. ``check_age`` None: the database did not answer; ``naked`` None: the exchange did not."""

    seconds: float  # monotonic
    check_age: float | None
    naked: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A trouble that is to be told: new, still there after a while, or over (``lasted`` since it was last told)."""

    trouble: Trouble
    symbol: str = ""
    lasted: float
    is_over: bool = False


Key = tuple[Trouble, str]


@dataclass(slots=True)
class Vigil:
    """Remembers between looks since when something is wrong, and when it was told."""

    patience: Patience
    last_check: float  # monotonic time of the newest check known of; at first the time at which the vigil begins
    _since: dict[Key, float] = field(default_factory=dict)
    _told: dict[Key, float] = field(default_factory=dict)

    def look(self, sight: Sight) -> list[Alarm]:
        """What is to be told now."""
        if sight.check_age is not None:
            self.last_check = max(self.last_check, sight.seconds - sight.check_age)
        self._since = self._wrong(sight)
        overdue = {key for key, since in self._since.items() if sight.seconds - since > self._patience(key[0])}
        ended = [self._over(key, sight.seconds) for key in sorted(self._told.keys() - overdue)]
        return ended + [
            self._alarm(key, sight.seconds) for key in sorted(overdue) if self._is_to_tell(key, sight.seconds)
        ]

    def is_dead(self, seconds: float) -> bool:
        """The desk has not checked its positions for so long that its entries must not stay."""
        return seconds - self.last_check > self.patience.dead

    def _wrong(self, sight: Sight) -> dict[Key, float]:
        """Since when each trouble of this sight lasts; what a blind look cannot see lasts on."""
        now = sight.seconds
        wrong: dict[Key, float] = {(Trouble.CHECKS_STOPPED, ""): self.last_check}
        if sight.naked is None:
            naked = {key for key in self._since if key[0] is Trouble.UNPROTECTED} | {(Trouble.BLIND, "")}
        else:
            naked = {(Trouble.UNPROTECTED, symbol) for symbol in sight.naked}
        return wrong | {key: self._since.get(key, now) for key in naked}

    def _patience(self, trouble: Trouble) -> float:
        patience = {
            Trouble.CHECKS_STOPPED: self.patience.checks,
            Trouble.UNPROTECTED: self.patience.naked,
            Trouble.BLIND: self.patience.blind,
        }
        return patience[trouble]

    def _is_to_tell(self, key: Key, now: float) -> bool:
        return key not in self._told or now - self._told[key] >= self.patience.remind

    def _alarm(self, key: Key, now: float) -> Alarm:
        self._told[key] = now
        return Alarm(trouble=key[0], symbol=key[1], lasted=now - self._since[key])

    def _over(self, key: Key, now: float) -> Alarm:
        return Alarm(trouble=key[0], symbol=key[1], lasted=now - self._told.pop(key), is_over=True)
