"""Faults from JSON. Whoever misspells something is told in one line what is allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from exchange.paper.faults.specs import Spec
from exchange.paper.faults.words import WORDS


class FaultError(ValueError):
    """A fault that makes no sense; the text is one line that says what would."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Plan:
    """Faults to set, and the seed of their chances; None leaves it as it is."""

    specs: tuple[Spec, ...]
    seed: int | None = None


def read_plan(text: str | bytes) -> Plan:
    """One fault, a list of them, or an object with ``faults`` and ``seed``. Raises FaultError."""
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FaultError(f"not JSON: {error}") from error
    if isinstance(content, dict) and "fault" not in content:
        return _read_object(content)
    rows = content if isinstance(content, list) else [content]
    return Plan(_read_rows(rows))


def read_spec(row: Any) -> Spec:
    """One fault. Raises FaultError."""
    if not isinstance(row, dict):
        raise FaultError("a fault is an object with the member fault")
    kind = WORDS.get(str(row.get("fault")))
    if kind is None:
        raise FaultError(f"no fault {row.get('fault')!r}; allowed: {', '.join(sorted(WORDS))}")
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        raise FaultError(f"{row['fault']}: {_first_reason(kind, error)}") from error


def written(spec: Spec) -> str:
    """A spec as JSON that reads back the same; what it does not say stays unsaid."""
    return spec.model_dump_json(exclude_unset=True)


def _read_object(content: Mapping[str, Any]) -> Plan:
    unknown = set(content) - {"faults", "seed"}
    if unknown:
        raise FaultError(f"unknown member {', '.join(sorted(unknown))}; allowed: faults, seed, or those of one fault")
    seed, rows = content.get("seed"), content.get("faults", [])
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool) or seed < 0):
        raise FaultError("seed is a whole number, not negative")
    if not isinstance(rows, list):
        raise FaultError("faults is a list")
    return Plan(_read_rows(rows), seed)


def _read_rows(rows: Sequence[Any]) -> tuple[Spec, ...]:
    specs = []
    for number, row in enumerate(rows, start=1):
        try:
            specs.append(read_spec(row))
        except FaultError as error:
            raise FaultError(f"fault {number}: {error}" if len(rows) > 1 else str(error)) from error
    return tuple(specs)


def _first_reason(kind: type[Spec], error: ValidationError) -> str:
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden":
        return f"unknown field {place}; allowed: {', '.join(sorted(kind.model_fields))}"
    reason = found["msg"].removeprefix("Value error, ")
    return f"{place}: {reason}" if place else reason
