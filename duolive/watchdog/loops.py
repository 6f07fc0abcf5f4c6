"""The loops whose heartbeats the watchdog listens to, and how long each may be silent before its owner is told."""

from collections.abc import Mapping

from dashboard.pulse import MAX_SILENCE_SECONDS

CHECK = "check"
PULSE = "watchdog"  # our own

TO_START_ANEW = 75.0  # wall seconds in which a process that died is running again, after the longest back-off

# Twice the silence at which a loop counts as late. Checks have a patience of their own.
LOOPS: Mapping[str, float] = {
    loop: max(2 * limit, TO_START_ANEW) for loop, limit in MAX_SILENCE_SECONDS.items() if loop not in (CHECK, PULSE)
}
