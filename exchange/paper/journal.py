"""The paper exchange's journal: an append-only file of JSON lines, each on disk before anything it names leaves.

Lines: ``open`` (what the journal belongs to), ``command`` (accepted ones with their market time), ``clock`` (a market
time that will not be exceeded without another line; ``clean`` when the exchange was shut down), ``listen_key``.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

FILE_NAME = "journal.jsonl"


class JournalError(Exception):
    """The journal cannot be used: held by another process, damaged, or of another exchange."""


class Journal:
    """One process at a time appends; what was written before is read with ``lines``."""

    def __init__(self, home: Path) -> None:
        """Open or create the journal in ``home``, without a torn last line. Raises JournalError when it is in use."""
        home.mkdir(parents=True, exist_ok=True)
        self.path = home / FILE_NAME
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise JournalError(f"{self.path} is in use by another paper exchange") from None
        self._cut_torn_line()
        _sync_directory(home)

    @property
    def is_empty(self) -> bool:
        return os.fstat(self._fd).st_size == 0

    def lines(self) -> Iterator[dict[str, Any]]:
        """The lines so far, oldest first. Raises JournalError at a line that is not JSON."""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError:
                    raise JournalError(f"{self.path}: line {number} is damaged") from None

    def append(self, line: Mapping[str, Any]) -> None:
        """Write one line; it is on disk when this returns."""
        self.write(line)
        self.sync()

    def write(self, line: Mapping[str, Any]) -> None:
        """Write one line, which the next ``sync`` puts on disk."""
        text = memoryview(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        while text:
            text = text[os.write(self._fd, text) :]

    def sync(self) -> None:
        """Put all lines on disk that were written before. May run beside ``write``."""
        os.fsync(self._fd)

    def replace(self, content: bytes) -> None:
        """Put whole lines of another journal in the place of all that was written."""
        os.ftruncate(self._fd, 0)
        text = memoryview(content)
        while text:
            text = text[os.write(self._fd, text) :]
        os.fsync(self._fd)

    def close(self) -> None:
        os.close(self._fd)

    def _cut_torn_line(self) -> None:
        """A line without its end was never acknowledged: the process died while writing it."""
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._fd, whole)
            os.fsync(self._fd)


def _sync_directory(directory: Path) -> None:
    """Make the file's name durable too."""
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
