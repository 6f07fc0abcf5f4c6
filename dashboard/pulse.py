"""Whether the loops of the other processes beat, in words."""

from collections.abc import Mapping
from enum import StrEnum

from trading.selectors import heartbeat_ages

# Wall seconds a loop may stay silent. The check runs every 30 s, the watchdog every 5 s, the others every second or so;
# an adviser may take its time.
MAX_SILENCE_SECONDS: Mapping[str, float] = {
    "check": 75,
    "scan": 15,
    "entries": 15,
    "stream": 15,
    "watchdog": 60,
    "advise": 180,
}


class Pulse(StrEnum):
    OK = "ok"
    LATE = "late"
    NEVER = "never"


def pulses() -> dict[str, Pulse]:
    """Word for each loop the desk needs."""
    ages = heartbeat_ages()
    return {loop: _word(ages.get(loop), limit) for loop, limit in MAX_SILENCE_SECONDS.items()}


def _word(age: float | None, limit: float) -> Pulse:
    if age is None:
        return Pulse.NEVER
    return Pulse.OK if age <= limit else Pulse.LATE
