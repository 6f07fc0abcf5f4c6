"""What the stream has heard of and nobody has yet seen behind a stop. Monotonic seconds; thread-safe."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from trading.emergency_picture import Exposure

PATIENCE_SECONDS = 2.0  # how long the database may take before the stop leaves without it; the deadline is 5 s


@dataclass(frozen=True, slots=True)
class _Entry:
    exposure: Exposure
    since: float
    is_worked: bool = False


class Watch:
    """Exposures by position, each with the time since which nothing has been proven of it."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._entries: dict[int, _Entry] = {}

    def expect(self, exposure: Exposure) -> None:
        """The newest exposure of a position replaces the last, which keeps its time: more fills buy no patience."""
        with self._lock:
            known = self._entries.get(exposure.position_id)
            if known is None:
                self._entries[exposure.position_id] = _Entry(exposure, self._monotonic())
            else:
                self._entries[exposure.position_id] = replace(known, exposure=exposure)

    def proven(self, exposure: Exposure) -> None:
        """Just now the database worked for it, or a stop was seen to stand at the venue."""
        with self._lock:
            known = self._entries.get(exposure.position_id)
            if known is not None:
                self._entries[exposure.position_id] = replace(known, since=self._monotonic())

    def discharge(self, exposure: Exposure) -> None:
        """Its own rows say that it is protected; a later exposure of the same position stays."""
        with self._lock:
            known = self._entries.get(exposure.position_id)
            if known is not None and known.exposure == exposure:
                del self._entries[exposure.position_id]

    def open(self) -> list[Exposure]:
        with self._lock:
            return [entry.exposure for entry in self._entries.values()]

    def take_overdue(self) -> list[Exposure]:
        """Exposures that have waited too long; each is given out again only after ``put_back``."""
        with self._lock:
            latest = self._monotonic() - PATIENCE_SECONDS
            due = [entry for entry in self._entries.values() if entry.since <= latest and not entry.is_worked]
            for entry in due:
                self._entries[entry.exposure.position_id] = replace(entry, is_worked=True)
            return [entry.exposure for entry in due]

    def put_back(self, exposure: Exposure) -> None:
        with self._lock:
            known = self._entries.get(exposure.position_id)
            if known is not None:
                self._entries[exposure.position_id] = replace(known, is_worked=False)
