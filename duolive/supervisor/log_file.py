"""What the processes say, kept on disk: ``logs/desk.log`` in the home, and the five files before it."""

import logging
import os
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

MOST_BYTES, KEPT_FILES = 10_000_000, 5


class LogFile:
    """One writer for all processes, so that no two of them turn the file over at once. Readable by its owner alone."""

    def __init__(self, home: Path, *, most_bytes: int = MOST_BYTES) -> None:
        folder = home / "logs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._handler = _Owned(folder / "desk.log", maxBytes=most_bytes, backupCount=KEPT_FILES, encoding="utf-8")

    def write(self, text: str) -> None:
        """Add a line with the time of now, UTC. A disk that is full keeps nothing, and stops nothing."""
        stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        self._handler.handle(logging.makeLogRecord({"msg": f"{stamp} {text}"}))

    def close(self) -> None:
        self._handler.close()


class _Owned(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        return
