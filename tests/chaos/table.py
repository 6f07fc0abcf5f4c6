"""The table of a drill, for the terminal and for the documents."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tests.chaos.judge import Verdict

HEADER = ("Case", "Orders doubled", "Worst s unprotected", "Net flips", "Ledger difference", "Recovery s", "Verdict")


def cells(name: str, verdict: Verdict) -> tuple[str, ...]:
    return (
        name,
        str(verdict.doubled),
        f"{verdict.unprotected:.2f}",
        str(verdict.flips),
        f"{verdict.ledger.normalize() if verdict.ledger else Decimal(0):f}",
        "-" if verdict.recovery is None else f"{verdict.recovery:.1f}",
        "green" if verdict.is_green else "RED: " + "; ".join(verdict.faults),
    )


def markdown(rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    aligned = ["---" if place in (0, len(header) - 1) else "---:" for place in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, aligned, *rows)) + "\n"


def summary(verdicts: Sequence[Verdict], *, minutes: float) -> str:
    """One line about a whole drill."""
    red = sum(not verdict.is_green for verdict in verdicts)
    return (
        f"{len(verdicts)} cases in {minutes:.0f} minutes, {red} red; "
        f"orders doubled {sum(v.doubled for v in verdicts)}, "
        f"worst {max((v.unprotected for v in verdicts), default=0):.2f} s unprotected, "
        f"net flips {sum(v.flips for v in verdicts)}, ledger difference {sum(v.ledger for v in verdicts):f}, "
        f"slowest recovery {max((v.recovery or 0 for v in verdicts), default=0):.1f} s"
    )


def put(document: str, mark: str, text: str) -> str:
    """``document`` with ``text`` between its comments ``mark`` and ``end of mark``. Raises ValueError without them."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    before, found, rest = document.partition(begin)
    _, ends, after = rest.partition(end)
    if not found or not ends:
        raise ValueError(f"the document has no place for {mark}")
    return f"{before}{begin}\n{text}\n{end}{after}"
