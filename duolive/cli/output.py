"""What commands print: tables for people, one JSON object for programs; remarks and progress go to stderr."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 160  # columns, where there is no terminal to ask


class Output:
    """One command's output. With ``as_json`` only the object and failures are printed."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._out = _console(stderr=False)
        self._notes = _console(stderr=True)

    def result(self, facts: Mapping[str, Any]) -> None:
        """The command's answer to a program; silent for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(facts, default=_plain, ensure_ascii=False) + "\n")

    def line(self, text: str) -> None:
        """A sentence of the answer to people."""
        if not self.as_json:
            self._out.print(Text(text))

    def table(self, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows for people; ``columns`` maps keys to headings. Numbers stand right."""
        if self.as_json:
            return
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for key, heading in columns.items():
            is_number = any(isinstance(row[key], int | float | Decimal) for row in rows)
            table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(shown(row[key])) for key in columns))
        self._out.print(table)

    def note(self, text: str) -> None:
        """A remark beside the answer."""
        if not self.as_json:
            self._notes.print(Text(text))

    def failure(self, text: str, *, code: int, **details: Any) -> None:
        self.result({"error": text, "exit_code": code, **details})
        if not self.as_json:
            self._notes.print(Text(text))

    @property
    def is_watched(self) -> bool:
        """Whether a person sits at a terminal and wants to see progress."""
        return self._notes.is_terminal and not self.as_json

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """A bar on a terminal, nothing elsewhere."""
        columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._notes, transient=True, disable=not self.is_watched) as progress:
            yield progress

    @contextmanager
    def waiting(self, title: str) -> Iterator[None]:
        """A spinner on a terminal, nothing elsewhere."""
        if not self.is_watched:
            yield
            return
        with self._notes.status(title):
            yield


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def shown(value: Any) -> str:
    """A value as people read it: times in UTC to the second, numbers without exponent, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _plain(value: Any) -> str:
    """Values JSON has no form for: decimals as plain text, times as ISO 8601 UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
