"""Standard output, written to by a thread of its own: a terminal that does not read holds up nobody."""

import contextlib
import os
import select
import threading
import time
from collections import deque
from typing import TextIO

ROOM = 1_000_000  # characters that may wait; after that the oldest lines are dropped
QUIET_SECONDS = 2.0  # wall; a terminal that takes nothing for so long is not waited for at the end
LONGEST_SECONDS = 10.0  # wall, of the wait at the end in all


class Terminal:
    """What ``stream`` writes to: a terminal, a pipe or a file. Silent where there is none.

    It is written to by its descriptor: a thread that hung in ``stream.write`` would keep the interpreter from ending.
    """

    def __init__(self, stream: TextIO | None, *, room: int = ROOM) -> None:
        self._descriptor = _descriptor(stream)
        self._encoding = (stream and stream.encoding) or "utf-8"
        self._room = room
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._length = 0  # characters in _waiting
        self._dropped = 0  # lines, since one was last shown
        self._taken = self._shown = 0  # texts
        self._is_closed = False
        if self._descriptor is not None:
            threading.Thread(target=self._show, args=(self._descriptor,), name="terminal", daemon=True).start()

    def isatty(self) -> bool:
        return self._descriptor is not None and os.isatty(self._descriptor)

    def write(self, text: str) -> None:
        """Have ``text``, one line, shown as soon as may be. Never waits."""
        if self._descriptor is None:
            return
        with self._changed:
            self._waiting.append(text)
            self._length += len(text)
            while self._length > self._room and len(self._waiting) > 1:
                self._length -= len(self._waiting.popleft())
                self._dropped += 1
            self._changed.notify_all()

    def flush(self) -> None:
        """Nothing to do: the thread keeps nothing back."""

    def close(self) -> None:
        """Wait until all is shown, for as long as somebody reads: two seconds without that end the wait."""
        end = time.monotonic() + LONGEST_SECONDS
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            while (self._waiting or self._shown < self._taken) and time.monotonic() < end:
                if not self._is_read():
                    return

    def _is_read(self) -> bool:
        """Whether one more line is shown before the terminal has been quiet for too long; the caller holds the lock."""
        before = self._shown
        return self._changed.wait_for(lambda: self._shown > before, timeout=QUIET_SECONDS)

    def _show(self, descriptor: int) -> None:
        while text := self._take():
            with contextlib.suppress(OSError):  # closed at the other end
                _write_all(descriptor, text.encode(self._encoding, errors="replace"))
            with self._changed:
                self._shown += 1
                self._changed.notify_all()

    def _take(self) -> str:
        """The next line, behind the number of those that had no room; empty when closed and all is shown."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if not self._waiting:
                return ""
            text = self._waiting.popleft()
            self._length -= len(text)
            self._taken += 1
            dropped, self._dropped = self._dropped, 0
        return f"{_note(dropped)}{text}" if dropped else text


def _note(dropped: int) -> str:
    return f"duo-live: {dropped} lines are missing here, the terminal did not read; logs/desk.log has them\n"


def _descriptor(stream: TextIO | None) -> int | None:
    try:
        return stream.fileno() if stream else None
    except (OSError, ValueError):  # kept in memory, or closed
        return None


def _write_all(descriptor: int, line: bytes) -> None:
    """Raises OSError when nobody can read any more."""
    while line:
        try:
            line = line[os.write(descriptor, line) :]
        except BlockingIOError:  # another program made the terminal so
            select.select([], [descriptor], [])
