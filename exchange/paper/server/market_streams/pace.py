"""When a stream may speak: by the clock of the market, and never more often than a client can take in wall time."""

from dataclasses import dataclass

WALL_GAP_S = 0.045  # at most some 20 turns a wall second and stream, however fast the market runs
IDLE_MS, IDLE_S = 1000, 1.0


@dataclass(slots=True)
class Pace:
    """Turns of one stream: one in each ``period_ms`` of market time, counted from 1970. Times end in their unit."""

    period_ms: int
    turn_ms: int
    turn_s: float
    spoke_ms: int
    spoke_s: float

    @classmethod
    def starting(cls, period_ms: int, *, now_ms: int, wall_s: float) -> "Pace":
        return cls(period_ms, now_ms, wall_s - WALL_GAP_S, now_ms, wall_s)

    def is_due(self, *, now_ms: int, wall_s: float, is_behind: bool = False) -> bool:
        """Whether a turn has come since the last one; a period that passed unused is not made up for.

        A stream that ``is_behind`` need not wait for market time.
        """
        is_next = is_behind or now_ms // self.period_ms != self.turn_ms // self.period_ms
        return is_next and wall_s - self.turn_s >= WALL_GAP_S

    def is_idle(self, *, now_ms: int, wall_s: float) -> bool:
        """Whether nothing was said for a second of either time: a stream of changes then repeats itself."""
        return now_ms - self.spoke_ms >= IDLE_MS and wall_s - self.spoke_s >= IDLE_S

    def take_turn(self, *, now_ms: int, wall_s: float) -> None:
        self.turn_ms, self.turn_s = now_ms, wall_s

    def note_frame(self, *, now_ms: int, wall_s: float) -> None:
        self.spoke_ms, self.spoke_s = now_ms, wall_s
