"""The home directory: one supervisor at a time, one environment and venue for ever, and the installation's secrets."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from duolive.configuration import PAPER_API_KEY, PAPER_API_SECRET, Configuration, Venue
from duolive.secret_files import OWNER_ONLY, read_or_create
from duolive.supervisor.errors import StartRefused

LOCK = "supervisor.lock"
STAMP = "stamp.json"
OWN_EXCHANGE = "own paper exchange"  # its port may change between starts
DEMO_PASSWORD = "DUOLIVE_DEMO_PASSWORD"


def claim(home: Path) -> int:
    """Lock ``home`` for this process; the descriptor holds the lock until it is closed or the process dies."""
    home.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StartRefused(f"another supervisor runs with the home {home}: stop it or give --home") from None
    return descriptor


def empty(home: Path) -> None:
    """Remove what earlier starts left in a replay's ``home``. Any other home, or a folder without stamp, is refused."""
    contents = [path for path in home.iterdir() if path.name != LOCK]
    if not contents:
        return
    if _stamp(home).get("environment") != Venue.REPLAY:
        raise StartRefused(f"{home} is not the home of a replay: it is not emptied")
    for path in contents:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def stamp(config: Configuration) -> None:
    """Mark a new home with its environment and venue; refuse the home of another."""
    mark = {
        "environment": config.venue.value,
        "venue": OWN_EXCHANGE if config.starts_paper_exchange else config.rest_url,
    }
    found = _stamp(config.home)
    if not found:
        (config.home / STAMP).write_text(json.dumps(mark) + "\n", encoding="utf-8")
    elif found != mark:
        raise StartRefused(
            f"the home {config.home} belongs to {found.get('environment')} at {found.get('venue')}, "
            f"not to {mark['environment']} at {mark['venue']}: give another --home"
        )


def _stamp(home: Path) -> dict[str, str]:
    path = home / STAMP
    if not path.is_file():
        return {}
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise StartRefused(f"{path} is damaged: it must name the environment and venue of this home") from None
    return found


def make_secrets(config: Configuration, *, demo: bool) -> None:
    """Make what this installation needs and was not given: mode 0600, kept in the home."""
    makers: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
    }
    if config.starts_paper_exchange:
        makers |= {
            PAPER_API_KEY: lambda: secrets.token_hex(32),
            PAPER_API_SECRET: lambda: secrets.token_hex(32),
        }
    if demo:
        makers[DEMO_PASSWORD] = lambda: secrets.token_urlsafe(9)
    for name, make in makers.items():
        if not config.environment.secret(name):
            read_or_create(config.secrets / name, make)
