"""Copies of the journal by name: what a journal describes, a copy of it describes too."""

import os
import re
from pathlib import Path

from exchange.paper.journal import Journal

NAMES = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SnapshotError(ValueError):
    """No such snapshot, or a name that is none; the text says which."""


def keep(journal: Journal, name: str) -> None:
    """Copy the journal to ``snapshots/<name>.jsonl`` beside it, replacing an older copy."""
    path = _path(journal, name)
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(journal.path.read_bytes())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def restore(journal: Journal, name: str) -> None:
    """Put a kept copy in the journal's place. The journal so far is kept as ``before-restore``."""
    path = _path(journal, name)
    if not path.is_file():
        raise SnapshotError(f"no snapshot {name}")
    content = path.read_bytes()
    keep(journal, "before-restore")
    journal.replace(content)


def _path(journal: Journal, name: str) -> Path:
    if not NAMES.fullmatch(name):
        raise SnapshotError("a snapshot's name has up to 64 letters, digits, - and _")
    return journal.path.parent / "snapshots" / f"{name}.jsonl"
