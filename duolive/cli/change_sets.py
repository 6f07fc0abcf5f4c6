"""Settings as change sets at the command line: their history, and what a change would have done."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from duolive.cli.outcome import CommandError
from duolive.cli.output import Output, shown
from trading.change_preview import Judged, Preview

VERSION_COLUMNS = {"number": "version", "created_at": "since", "author": "by", "reason": "reason", "changes": "changed"}
EFFECT_COLUMNS = {"found_at": "signal", "symbol": "contract", "before": "now", "after": "then", "result": "made %"}
EFFECT_WORDS = {"": "enters"}


def nothing_changed(errors: Mapping[str, str]) -> CommandError:
    """The refusal of a set of changes, with a line for each field."""
    lines = [f"{field}: {why}" for field, why in errors.items()]
    return CommandError("\n".join(["Nothing was changed.", *lines]), errors=errors)


def no_longer_valid(number: int, owner: str) -> CommandError:
    return CommandError(f"Version {number} of {owner} is no longer valid.")


def version_row(
    *, number: int, author: str, reason: str, created_at: datetime, diff: Mapping[str, tuple[Any, Any]] | None
) -> dict[str, Any]:
    """One version for the list; ``diff`` is None for one that is no longer valid."""
    changes = None if diff is None else {name: {"before": old, "after": new} for name, (old, new) in diff.items()}
    return {"number": number, "author": author, "reason": reason, "created_at": created_at, "changes": changes}


def readable_diff(diff: Any, version: Any) -> Mapping[str, tuple[Any, Any]] | None:
    """``diff(version)``, or None where the version's values are no longer allowed."""
    try:
        found: Mapping[str, tuple[Any, Any]] = diff(version)
    except ValidationError:
        return None
    return found


def show_versions(rows: list[dict[str, Any]], output: Output) -> None:
    """Newest first."""
    output.result({"versions": rows})
    output.table(VERSION_COLUMNS, [{**row, "changes": _told(row["changes"])} for row in rows])


def _told(changes: Mapping[str, Mapping[str, Any]] | None) -> str:
    if changes is None:
        return "no longer valid"
    return ", ".join(f"{name} {change['before']} → {change['after']}" for name, change in changes.items()) or "-"


def show_preview(preview: Preview, output: Output) -> None:
    """One line that says it all, then the signals that it touches."""
    count = len(preview.effects)
    output.result(_facts(preview))
    output.line(f"would have refused {preview.refused_after} of {count} signals (now {preview.refused_before})")
    output.line(f"loss per trade at its stop: {_usdt(preview.loss_before)} → {_usdt(preview.loss_after)} USDT")
    if preview.raised:
        output.line(f"may raise risk: {', '.join(preview.raised)}")
    touched = [effect for effect in preview.effects if effect.before.refused_by != effect.after.refused_by]
    output.table(EFFECT_COLUMNS, list(_effect_rows(touched)))


def _effect_rows(effects: Iterable[Any]) -> Iterable[dict[str, str]]:
    for effect in effects:
        yield {
            "found_at": shown(effect.found_at),
            "symbol": effect.symbol,
            "before": _outcome(effect.before),
            "after": _outcome(effect.after),
            "result": "-" if effect.result_ratio is None else f"{effect.result_ratio * 100:.2f}",
        }


def _outcome(judged: Judged) -> str:
    return EFFECT_WORDS.get(judged.refused_by, judged.refused_by)


def _usdt(amount: Any) -> str:
    return "-" if amount is None else f"{amount:f}"


def _facts(preview: Preview) -> dict[str, Any]:
    return {
        "signals": len(preview.effects),
        "refused_before": preview.refused_before,
        "refused_after": preview.refused_after,
        "newly_refused": preview.newly_refused,
        "newly_passed": preview.newly_passed,
        "loss_before": preview.loss_before,
        "loss_after": preview.loss_after,
        "raised": list(preview.raised),
        "effects": [
            {
                "symbol": effect.symbol,
                "found_at": effect.found_at,
                "before": effect.before.refused_by,
                "after": effect.after.refused_by,
                "result_ratio": effect.result_ratio,
            }
            for effect in preview.effects
        ],
    }
