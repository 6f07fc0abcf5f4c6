"""What the person at the terminal sees, and the log file keeps: every line of every process behind its name."""

import sys
from itertools import cycle
from typing import Protocol

from duolive.supervisor.log_file import LogFile
from duolive.supervisor.terminal import Terminal

COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92")
WIDTH = 8


class Stream(Protocol):
    """What ``Output`` needs of a text file."""

    def isatty(self) -> bool: ...

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


class Output:
    """Prefixed lines; coloured on a terminal. A closed terminal silences it and stops nothing.

    Without a ``stream`` the lines go to standard output, which is never waited for.
    """

    def __init__(self, stream: Stream | None = None, *, log_file: LogFile | None = None) -> None:
        self._stream: Stream = Terminal(sys.stdout) if stream is None else stream
        self._log_file = log_file
        self._colours: dict[str, str] = {}
        self._next_colour = cycle(COLOURS)
        self._is_terminal = self._stream.isatty()

    def line(self, name: str, text: str) -> None:
        self._write(f"{self._prefix(name)} {text}\n")
        if self._log_file is not None:
            self._log_file.write(f"{_label(name)} {text}")

    def plain(self, text: str) -> None:
        """For the person at the terminal alone."""
        self._write(text + "\n")

    def close(self) -> None:
        """Wait for what standard output still has to show; the wait has an end."""
        if isinstance(self._stream, Terminal):
            self._stream.close()

    def _prefix(self, name: str) -> str:
        label = _label(name)
        if not self._is_terminal:
            return label
        colour = self._colours.setdefault(name, "") or next(self._next_colour)
        self._colours[name] = colour
        return f"\x1b[{colour}m{label}\x1b[0m"

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._is_terminal = False


def _label(name: str) -> str:
    return f"{name:<{WIDTH}} |"
