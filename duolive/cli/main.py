"""From arguments to an exit code: load the settings as the web does, run one command, say in a sentence what failed."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import django

from duolive.cli.arguments import parser
from duolive.cli.command_parser import RUN
from duolive.cli.outcome import CommandError, ExitCode, Unfavourable
from duolive.cli.output import Output


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Wrong arguments leave by SystemExit(2), as argparse does it."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == [RUN]:
        return supervise(given[1:])
    arguments = parser()
    options = arguments.parse_args(given)
    if options.command is None:
        arguments.print_help(sys.stderr)
        return ExitCode.USAGE
    output = Output(as_json=options.json)
    try:
        load_settings()
        run(options, output)
    except CommandError as failure:
        output.failure(str(failure), code=failure.code, **failure.details)
        return failure.code
    except Unfavourable:
        return ExitCode.FAILED
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def supervise(arguments: Sequence[str]) -> int:
    """``run``: the same as ``manage.py up``, which needs no Django."""
    from duolive.supervisor import command as supervisor

    return supervisor.main(arguments)


def load_settings() -> None:
    """Django with this directory's settings. Raises CommandError when they are wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duolive.settings")
    # Events of interest are in the desk's own log; here only what somebody may need to look at.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    try:
        django.setup()
    except SystemExit as refusal:  # the settings say in one line what is wrong with them
        raise CommandError(str(refusal.code), ExitCode.NOT_READY) from None


def run(options: Any, output: Output) -> None:
    """Call the command's handler. Raises CommandError for everything a person may have to act upon."""
    # Only now: these need loaded settings.
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    from desk.secrets import SecretUnreadable
    from exchange.errors import BadCredentials, ExchangeError, OrderRefused

    module, _, name = options.handler.partition(":")
    try:
        getattr(import_module(module), name)(options, output)
    except DatabaseError as error:
        raise CommandError(_database_trouble(settings.DUOLIVE_HOME, error), ExitCode.NOT_READY) from error
    except (SecretUnreadable, ImproperlyConfigured) as error:
        raise CommandError(f"The API key of the exchange cannot be read here: {error}", ExitCode.NOT_READY) from error
    except (OrderRefused, BadCredentials) as error:
        raise CommandError(f"The exchange refused: {error}") from error
    except ExchangeError as error:
        raise CommandError(
            f"The exchange at {settings.BINANCE_REST_URL} cannot be reached: {error}", ExitCode.NOT_READY
        ) from error


def _database_trouble(home: Any, error: Exception) -> str:
    """A database that was never made, or one that another version of the code made."""
    if "column" in str(error):
        return f"The database in {home} is of another version than this code ({error}). Restart the desk: it migrates."
    return f"No desk is set up in {home}, or its database cannot be read ({error}). Start one with: python manage.py up"
