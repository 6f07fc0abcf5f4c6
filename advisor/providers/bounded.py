"""Running a coroutine that is over at its deadline, whatever the other side does."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from advisor.providers.errors import NotAsked
from advisor.providers.port import Deadline

Result = TypeVar("Result")


def run_until(deadline: Deadline, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of ``work``, cancelled at ``deadline``. Raises TimeoutError then, NotAsked if it has passed already.

    A slow stream keeps a socket's read timeout alive for ever; only cancelling ends it. The loop is closed without
    waiting for its threads: a name server that hangs would otherwise hold the caller beyond the deadline.
    """
    seconds = deadline.seconds_left
    if seconds <= 0:
        work.close()
        raise NotAsked("deadline")
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(work, seconds))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
