"""When the loops of other processes last finished a round, on the clock of the one who watches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Rounds:
    """A round is a heartbeat that has changed, and grows older by monotonic seconds alone.

    The wall clocks of two machines differ, and one may be set back: what a heartbeat says of its age counts only
    within the time since the look before, in which it must have come.
    """

    began: float  # monotonic; a heartbeat found at the first look is not older than that
    _looked: float = field(init=False)
    _beats: dict[str, datetime] = field(default_factory=dict)
    _ended: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._looked = self.began

    def note(self, beats: Mapping[str, datetime], *, now: datetime, seconds: float) -> None:
        """What a look at monotonic ``seconds`` and wall time ``now`` found: the wall time of each loop's last round."""
        for loop, beat_at in beats.items():
            if self._beats.get(loop) != beat_at:
                age = max((now - beat_at).total_seconds(), 0.0)
                self._ended[loop] = max(seconds - age, self._looked)
        self._beats.update(beats)
        self._looked = seconds

    def last(self, loop: str) -> float:
        """Monotonic seconds at which ``loop`` last finished a round; the beginning for one not seen to do so."""
        return self._ended.get(loop, self.began)
