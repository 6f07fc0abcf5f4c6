"""Market time of the paper exchange: an anchor plus wall time times speed until the data ends, or the wall clock."""

import time
from collections.abc import Callable
from decimal import Decimal

NS_PER_MS = 1_000_000
FASTEST = 1_000_000  # market seconds per wall second


class PaperClock:
    """Market time in ms. It never runs backward; while held, or at the end of the data, it stands."""

    def __init__(
        self,
        *,
        start_ms: int,
        last_ms: int,
        speed: Decimal,
        is_held: bool = False,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._last_ms = last_ms
        self._monotonic_ns = monotonic_ns
        self._speed = speed
        self._is_held = is_held
        self._anchor_ms = min(start_ms, last_ms)
        self._anchor_ns = monotonic_ns()

    @property
    def is_held(self) -> bool:
        return self._is_held

    @property
    def nominal_speed(self) -> Decimal:
        """Market seconds per wall second when the clock runs."""
        return self._speed

    @property
    def speed(self) -> Decimal:
        """Market seconds per wall second now; 0 while the clock stands."""
        return Decimal(0) if self._is_held or self.has_ended else self._speed

    @property
    def has_ended(self) -> bool:
        return self.now_ms() >= self._last_ms

    def now_ms(self) -> int:
        if self._is_held:
            return self._anchor_ms
        elapsed_ns = self._monotonic_ns() - self._anchor_ns
        return min(self._last_ms, self._anchor_ms + int(elapsed_ns * self._speed / NS_PER_MS))

    def hold(self) -> None:
        self._anchor(self.now_ms())
        self._is_held = True

    def release(self) -> None:
        self._anchor(self.now_ms())
        self._is_held = False

    def set_speed(self, speed: Decimal) -> None:
        """Raises ValueError for a speed that is not positive (holding is what stops the clock) or beyond FASTEST."""
        if not speed.is_finite() or not 0 < speed <= FASTEST:
            raise ValueError(f"speed must be positive and at most {FASTEST}")
        self._anchor(self.now_ms())
        self._speed = speed

    def jump_to(self, to_ms: int) -> None:
        """Go on from a later market time, at most the end of the data. Raises ValueError for an earlier one."""
        if to_ms < self.now_ms():
            raise ValueError("market time cannot run backward")
        self._anchor(min(to_ms, self._last_ms))

    def step(self, step_ms: int) -> None:
        self.jump_to(self.now_ms() + step_ms)

    def restarted(self, at_ms: int) -> "PaperClock":
        """A clock of the same speed, held at ``at_ms``."""
        return PaperClock(
            start_ms=at_ms, last_ms=self._last_ms, speed=self._speed, is_held=True, monotonic_ns=self._monotonic_ns
        )

    def _anchor(self, at_ms: int) -> None:
        self._anchor_ms, self._anchor_ns = at_ms, self._monotonic_ns()


class WallClock(PaperClock):
    """Market time is the time of day, at least ``start_ms``, and never runs backward. It cannot be changed."""

    def __init__(self, *, start_ms: int, last_ms: int, wall_ns: Callable[[], int] = time.time_ns) -> None:
        super().__init__(start_ms=start_ms, last_ms=last_ms, speed=Decimal(1))
        self._wall_ns = wall_ns

    def now_ms(self) -> int:
        self._anchor_ms = max(self._anchor_ms, min(self._last_ms, self._wall_ns() // NS_PER_MS))
        return self._anchor_ms

    def hold(self) -> None:
        raise ValueError("market time is the time of day here: it cannot be held")

    def release(self) -> None:
        """It runs."""

    def set_speed(self, speed: Decimal) -> None:
        if speed != 1:
            raise ValueError("market time is the time of day here: its speed is 1")

    def jump_to(self, to_ms: int) -> None:
        raise ValueError("market time is the time of day here: it cannot be moved")

    def restarted(self, at_ms: int) -> "PaperClock":
        """A restored past goes on at the present time of day at once."""
        return WallClock(start_ms=at_ms, last_ms=self._last_ms, wall_ns=self._wall_ns)
