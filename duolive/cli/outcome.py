"""How a command ends. The codes are part of the contract with scripts and never change."""

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """Exit status of ``python -m duolive``."""

    OK = 0
    FAILED = 1  # the desk or the exchange refused, or what was waited for did not come
    USAGE = 2  # unknown command or wrong arguments
    NOT_READY = 3  # the desk is not set up here, or its database or the exchange cannot be reached
    INTERRUPTED = 130  # Ctrl-C


class CommandError(Exception):
    """Ends a command with one sentence for its reader and an exit code for scripts; ``details`` are for programs."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class Unfavourable(Exception):
    """The command has answered in full, and scripts must notice the answer: exit code 1, nothing more is printed."""
