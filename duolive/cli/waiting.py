"""Reading rows anew until what was asked for has come."""

import time
from collections.abc import Callable

LOOK_EVERY = 0.2  # wall seconds


def wait_for(has_come: Callable[[], bool], *, seconds: float) -> bool:
    """Look until ``has_come`` says so; False after that many wall seconds."""
    deadline = time.monotonic() + seconds
    while not has_come():
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_EVERY)
    return True
