"""The trading password at the terminal: asked for where TRADING_PASSWORD is set, unless the environment gives it."""

import getpass
import os
import sys

from django.conf import settings
from django.utils.crypto import constant_time_compare

from duolive.cli.outcome import CommandError, ExitCode

GIVEN = "DUOLIVE_GIVEN_PASSWORD"


def require_password() -> None:
    """Raises CommandError for a wrong one, and where nobody can be asked."""
    if not settings.TRADING_PASSWORD:
        return
    if not constant_time_compare(_given(), settings.TRADING_PASSWORD):
        raise CommandError("The trading password is wrong.")


def _given() -> str:
    if GIVEN in os.environ:
        return os.environ[GIVEN]
    if not sys.stdin.isatty():
        raise CommandError(
            f"The trading password is needed, and nobody can be asked here: set {GIVEN}.", ExitCode.USAGE
        )
    return getpass.getpass("Trading password: ")
