"""Secrets that the installation makes for itself: one file each, readable by its owner only."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

OWNER_ONLY = 0o700


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """The secret in ``path``; made once, whichever of several processes comes first."""
    path.parent.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    if not path.exists():
        _publish(path, make(), replace=False)
    return path.read_text(encoding="utf-8").strip()


def write(path: Path, secret: str) -> None:
    """Put ``secret`` in ``path`` in one step, mode 0600."""
    path.parent.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    _publish(path, secret, replace=True)


def _publish(path: Path, secret: str, *, replace: bool) -> None:
    """Write beside and link or rename, so that no reader ever sees half a secret."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)  # a full disk is not filled with drafts
        raise
    if replace:
        draft.replace(path)
        return
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first; its secret is the one
    finally:
        draft.unlink()
