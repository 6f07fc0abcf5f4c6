"""``reset``: an empty home for a replay or paper desk; its secrets stay."""

import os
import shutil
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from duolive.cli.asking import require_yes
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output
from duolive.configuration import Venue
from duolive.supervisor import home
from duolive.supervisor.errors import StartRefused

KEPT = frozenset({home.LOCK, home.STAMP, "secrets"})


def reset(options: Namespace, output: Output) -> None:
    """Remove database, broker data and paper journal. Raises CommandError where that could cost anything real."""
    folder: Path = settings.DUOLIVE_HOME
    _require_ours(folder)
    try:
        claimed = home.claim(folder)
    except StartRefused as refusal:
        raise CommandError(str(refusal)) from refusal
    try:
        doomed = sorted(path.name for path in folder.iterdir() if path.name not in KEPT)
        if doomed:
            require_yes(f"Delete {', '.join(doomed)} in {folder}?", is_given=options.yes, output=output)
        _delete(folder, doomed)
    finally:
        os.close(claimed)
    output.result({"home": str(folder), "deleted": doomed})
    output.line(f"{folder}: deleted {', '.join(doomed)}." if doomed else f"{folder}: is empty already.")


def _require_ours(folder: Path) -> None:
    if not Venue(settings.DUOLIVE_ENV).has_own_exchange:
        raise CommandError(f"The {settings.DUOLIVE_ENV} desk trades at a real venue: it is never reset.")
    if not (folder / home.STAMP).is_file():
        raise CommandError(f"{folder} is not the home of a desk: nothing is deleted.")
    if not lies_in(folder, connection.settings_dict):
        raise CommandError("The database of DATABASE_URL does not lie in the home: empty it by its own means.")


def lies_in(folder: Path, database: Mapping[str, Any]) -> bool:
    """Whether a database, by its settings, is a file below ``folder``."""
    return database["ENGINE"] == "django.db.backends.sqlite3" and Path(database["NAME"]).is_relative_to(folder)


def _delete(folder: Path, names: list[str]) -> None:
    for name in names:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
