"""What flattening needs, kept beside the database for the day on which the database is away.

One file in the home, readable by its owner only: the installation's nonce, of each account its keys as encrypted as
the database holds them, and the open positions. What opens the keys is not in it.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections
from pydantic import TypeAdapter

from desk.guarding import guarded
from desk.models import Account, Installation, accounts_of_this_environment
from desk.secrets import Secret
from duolive import secret_files
from trading.core.stakes import Known
from trading.services.stakes import known_positions

log = structlog.get_logger(__name__)

FILE = "watchdog.json"
EVERY_SECONDS = 10.0  # wall


class NothingKept(Exception):
    """The file is missing or not whole; the text is the one line its reader needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAccount:
    """One account; ``api_key`` and ``api_secret`` are ciphertext."""

    id: int
    name: str
    environment: str
    api_key: str
    api_secret: str
    positions: tuple[Known, ...]

    def account(self) -> Account:
        """As a row that was never read from the database and is not to be saved."""
        return Account(
            id=self.id,
            name=self.name,
            environment=self.environment,
            api_key=Secret(self.api_key),
            api_secret=Secret(self.api_secret),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the database held."""

    nonce: str
    accounts: tuple[KeptAccount, ...]


_FORM = TypeAdapter(Kept)


def kept_file() -> Path:
    return Path(settings.DUOLIVE_HOME) / FILE


def read_database() -> Kept:
    """Raises django.db.Error."""
    return Kept(
        nonce=Installation.current().nonce,
        accounts=tuple(_kept(account) for account in accounts_of_this_environment().order_by("id")),
    )


def _kept(account: Account) -> KeptAccount:
    return KeptAccount(
        id=account.pk,
        name=account.name,
        environment=account.environment,
        api_key=account.api_key.token,
        api_secret=account.api_secret.token,
        positions=tuple(known_positions(account)),
    )


def keep(path: Path) -> None:
    """Write what the database holds to ``path``, whose time of change says when it last held so.

    A database without an account is no reason to forget those of the last. Raises django.db.Error, OSError.
    """
    held = read_database()
    if not held.accounts:
        return
    text = _FORM.dump_json(held, indent=1).decode()
    if path.exists() and path.read_text(encoding="utf-8").strip() == text:
        path.touch()
    else:
        secret_files.write(path, text)


def read_kept(path: Path) -> tuple[Kept, datetime]:
    """What was kept, and when it was last true (wall time). Raises NothingKept."""
    try:
        kept = _FORM.validate_json(path.read_text(encoding="utf-8"))
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise NothingKept(f"{path}: {error.strerror}") from None
    except ValueError:
        raise NothingKept(f"{path} is damaged") from None
    return kept, at


def keep_on(path: Path) -> None:
    """Keep for ever, in a thread of its own: a database that hangs holds up nothing else."""
    threading.Thread(target=_keep_for_ever, args=(path,), name="keeping", daemon=True).start()


def _keep_for_ever(path: Path) -> None:
    pause = threading.Event()
    while True:
        with guarded("keep_for_flattening"):
            try:
                close_old_connections()
                keep(path)
            except (DatabaseTrouble, OSError) as error:
                log.warning("nothing_kept_for_flattening", error=str(error))
        pause.wait(EVERY_SECONDS)
