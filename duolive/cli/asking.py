"""Asking the person at the terminal before something is done."""

import sys

from duolive.cli.outcome import CommandError, ExitCode
from duolive.cli.output import Output


def require_yes(question: str, *, is_given: bool, output: Output) -> None:
    """Go on after a yes, or where --yes has said it. Raises CommandError for a no and where nobody can be asked."""
    if is_given:
        return
    if output.as_json or not sys.stdin.isatty():
        raise CommandError(f"{question} Nobody can be asked here: give --yes.", ExitCode.USAGE)
    output.note(f"{question} [yes/no]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was done.")
