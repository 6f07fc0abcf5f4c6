"""Whether somebody else still makes the rounds that this process would make in his place."""

from collections.abc import Callable
from datetime import datetime

from desk import events
from desk.models import Heartbeat


class Pulse:
    """The rounds of ``loop`` as its heartbeat tells them; our own do not count."""

    def __init__(self, loop: str, *, monotonic: Callable[[], float]) -> None:
        self._loop, self._monotonic = loop, monotonic
        self._seen_at = monotonic()  # this process has just begun: the others have their time to begin too
        self._last: datetime | None = None
        self._own: datetime | None = None
        self.rounds_of_others = 0

    def silence(self) -> float:
        """Wall seconds since a round of somebody else was noticed, or since the beginning."""
        row = Heartbeat.objects.filter(loop=self._loop).first()
        beat_at = row.beat_at if row else None
        if beat_at != self._last:
            self._last = beat_at
            if beat_at != self._own:
                self._seen_at, self.rounds_of_others = self._monotonic(), self.rounds_of_others + 1
        return self._monotonic() - self._seen_at

    def beat(self) -> None:
        """Note that we have made a round."""
        events.beat(self._loop)
        self._own = Heartbeat.objects.get(loop=self._loop).beat_at
