"""A recorded answer through the risk and execution code of now: without cost, without orders, with every difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from advisor import journal
from advisor.models import Decision
from trading.advised.execution import judged_again

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """``where`` names what is not as it was recorded."""

    where: str
    recorded: Any
    replayed: Any

    def as_json(self) -> dict[str, Any]:
        return {"where": self.where, "recorded": self.recorded, "replayed": self.replayed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What the answer leads to now. ``is_judged`` False: it had not been judged when it was recorded."""

    action: str
    verdicts: Sequence[Row]
    intents: Sequence[Row]
    refusal: str
    differences: Sequence[Difference]
    is_judged: bool

    @property
    def is_same(self) -> bool:
        return not self.differences


def replay_decision(decision: Decision) -> Replayed:
    """Read, clamp and judge the recorded answer again, by its recorded terms and facts. Writes nothing."""
    proposed = journal.replay(decision)
    judged = judged_again(decision)
    verdicts = [verdict.as_json() for verdict in judged.verdicts]
    intents = [intent.as_json() for intent in judged.intents]
    is_judged = bool(decision.verdicts)
    differences = list(_changed("action", decision.action, proposed.answer.action.value))
    differences += _changed("clamps", decision.clamps, [clamp.as_json() for clamp in proposed.clamps])
    if is_judged:
        differences += _rows_changed("verdict", "rule", decision.verdicts, verdicts)
        differences += _rows_changed("intent", "kind", decision.intents, intents)
    return Replayed(
        action=proposed.answer.action.value,
        verdicts=verdicts,
        intents=intents,
        refusal=judged.refusal or proposed.reason,
        differences=differences,
        is_judged=is_judged,
    )


def _changed(where: str, recorded: Any, replayed: Any) -> Sequence[Difference]:
    return [] if recorded == replayed else [Difference(where, recorded, replayed)]


def _rows_changed(what: str, name: str, recorded: Sequence[Row], replayed: Sequence[Row]) -> list[Difference]:
    """Row by row, each by its place and name; a row that is only on one side differs from None."""
    found: list[Difference] = []
    for place in range(max(len(recorded), len(replayed))):
        before = recorded[place] if place < len(recorded) else None
        after = replayed[place] if place < len(replayed) else None
        if before != after:
            named = (after or before or {}).get(name, "")
            found.append(Difference(f"{what} {place + 1} {named}".strip(), before, after))
    return found
