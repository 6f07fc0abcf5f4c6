"""The local journal: a line before each order that leaves without its row, one for its outcome, one when it is kept."""

import json
import os
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from exchange.clock import wall_now

log = structlog.get_logger(__name__)


class Step(StrEnum):
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DONE = "done"  # the database knows of it, or the venue does not


OVER = frozenset({Step.REFUSED.value, Step.DONE.value})


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An order that the database does not know of yet, as far as this journal goes."""

    client_order_id: str
    symbol: str


class EmergencyJournal:
    """Appends JSON lines to one file, each on the disk before ``write`` returns. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open: dict[str, OpenEntry] = {}
        for row in _rows(path):
            self._take(row)

    def write(self, step: Step, *, client_order_id: str, symbol: str, **facts: Any) -> None:
        """Raises OSError when the line cannot be kept."""
        row = {
            "at": wall_now().isoformat(timespec="milliseconds"),
            "step": step.value,
            "client_order_id": client_order_id,
            "symbol": symbol,
            **{name: str(fact) for name, fact in facts.items()},
        }
        with self._lock:
            self._take(row)
            self._append(json.dumps(row) + "\n")

    def open_entries(self) -> list[OpenEntry]:
        """What is not done, oldest first."""
        with self._lock:
            return list(self._open.values())

    def _take(self, row: dict[str, str]) -> None:
        if row["step"] in OVER:
            self._open.pop(row["client_order_id"], None)
        else:
            entry = OpenEntry(row["client_order_id"], row["symbol"])
            self._open.setdefault(entry.client_order_id, entry)

    def _append(self, line: str) -> None:
        """After a line that a crash cut short a new one begins."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else "\n" + line
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(errors="replace").splitlines():
        try:
            row = json.loads(line)
            rows.append({"step": row["step"], "client_order_id": row["client_order_id"], "symbol": row["symbol"]})
        except (ValueError, LookupError, TypeError):
            log.warning("journal_line_unreadable", path=str(path), line=line[:80])
    return rows
