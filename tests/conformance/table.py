"""What the clients found, as a table for the terminal and for the documentation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COLUMNS = ("Client", "Version", "Check", "Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One check of one client; ``detail`` says why it failed."""

    client: str
    version: str
    check: str
    ok: bool
    detail: str = ""


def as_text(outcome: Outcome) -> str:
    """A line for the check, and below it the reason if it failed."""
    line = f"{'pass' if outcome.ok else 'FAIL'}  {outcome.client} {outcome.version}  {outcome.check}"
    return f"{line}\n      {outcome.detail}" if outcome.detail else line


def summary(outcomes: Iterable[Outcome]) -> str:
    found = list(outcomes)
    failed = sum(not outcome.ok for outcome in found)
    return f"{len(found) - failed} of {len(found)} checks passed"


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    rows = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for outcome in outcomes:
        result = "pass" if outcome.ok else f"**fail**: {_cell(outcome.detail)}"
        rows.append(f"| {outcome.client} | {outcome.version} | {_cell(outcome.check)} | {result} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
