"""What a client's script tells its runner, and how: one JSON line on stdout per check.

This module and the scripts beside it run in the client's own environment: standard library and that client only.
"""

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

Check = Callable[[Any], Awaitable[None]]
ADDRESS_VARIABLE = "CONFORMANCE_PAPER"
CHECK_TIMEOUT_S = 90
POLL_S = 0.1


@dataclass(frozen=True)
class Paper:
    """A running paper exchange, as its first line on stdout announces it."""

    rest: str
    ws: str
    control: str
    api_key: str
    api_secret: str


def announced() -> Paper:
    """The exchange that the runner started for this script."""
    return Paper(**json.loads(os.environ[ADDRESS_VARIABLE]))


class Checks:
    """Checks in the order of their definition; each takes the script's context."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, Check]] = []

    def proves(self, what: str) -> Callable[[Check], Check]:
        """Decorator: the coroutine function is the check, ``what`` the sentence that stands in the table."""

        def register(check: Check) -> Check:
            self.rows.append((what, check))
            return check

        return register


async def report(context: Any, parts: Iterable[Checks], *, client: str, package: str) -> None:
    """Make the checks whose sentence contains the script's argument; after a failed one the next is made."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    _tell(client=client, version=version(package))
    for what, check in (row for part in parts for row in part.rows):
        if only in what:
            await _make(what, check, context)
    _tell(done=True)


async def until(is_so: Callable[[], Any], *, within_s: float = 20, what: str = "") -> Any:
    """The first true value of ``is_so``; AssertionError after the deadline."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        await asyncio.sleep(POLL_S)
    raise AssertionError(f"not within {within_s} s: {what}")


def same(found: Any, expected: Any, what: str = "") -> None:
    """Raise AssertionError unless both are equal, and say what they were."""
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, expected {expected!r}")


def holds(is_so: Any, what: str) -> None:
    """Raise AssertionError with ``what`` unless it is true."""
    if not is_so:
        raise AssertionError(what)


async def refused(call: Awaitable[Any], kind: type[Exception], *, code: int) -> None:
    """The call must raise ``kind``, and the venue's ``code`` must stand in its text."""
    try:
        answer = await call
    except kind as error:
        if str(code) not in f"{error} {getattr(error, 'code', '')}":
            raise AssertionError(f"{type(error).__name__} without {code}: {error}") from error
    else:
        raise AssertionError(f"not refused with {code}, but answered {answer!r}")


async def _make(what: str, check: Check, context: Any) -> None:
    started = time.monotonic()
    detail = ""
    try:
        await asyncio.wait_for(check(context), CHECK_TIMEOUT_S)
    except Exception as error:  # noqa: BLE001 (the outermost loop of the script: told with its traceback)
        traceback.print_exc(file=sys.stderr)
        detail = f"{type(error).__name__}: {error}"
    _tell(check=what, ok=not detail, detail=detail[:500], seconds=round(time.monotonic() - started, 2))


def _tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
