"""What the arguments of all commands have in common."""

import argparse
from decimal import Decimal
from typing import TYPE_CHECKING

from duolive.cli.values import symbol
from exchange.command_values import positive_number

RUN = "run"  # its arguments belong to the supervisor and are not looked at here
EXIT_CODES = "exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 desk not set up or not reachable"

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = argparse._SubParsersAction


def add_command(
    commands: Commands, name: str, *, handler: str, summary: str, more: str = ""
) -> argparse.ArgumentParser:
    """A command with --json; ``handler`` is module:function below duolive.cli."""
    command = commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}".strip(), epilog=EXIT_CODES
    )
    # SUPPRESS: a --json before the command stays in force when none follows it.
    command.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object instead of tables"
    )
    command.set_defaults(handler=f"duolive.cli.{handler}")
    return command


def add_yes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--yes", "-y", action="store_true", help="do it without asking")


def add_symbol(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("symbol", type=symbol, metavar="SYMBOL", help=text)


def add_wait(command: argparse.ArgumentParser, *, until: str, seconds: int) -> None:
    """--wait, --no-wait and --timeout."""
    command.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, default=True, help=f"wait until {until} (default), or only ask"
    )
    command.add_argument(
        "--timeout",
        type=positive_number,
        default=Decimal(seconds),
        metavar="SECONDS",
        help=f"how long to wait (default {seconds})",
    )


def add_change_sets(command: argparse.ArgumentParser) -> None:
    """What settings have besides their values: versions, and a look before the leap."""
    command.add_argument("--history", action="store_true", help="list every version and what it changed")
    command.add_argument(
        "--preview", action="store_true", help="change nothing: show what it would have made of the last signals"
    )
