"""The journal of decisions: written when an answer is read, closed when it has been worked, read again by replay."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from advisor.budget import Rung, to_micros
from advisor.models import Decision, Outcome, Plan, Variant
from advisor.prompts.brief import Brief
from advisor.prompts.quoting import clean_text, cleaned
from advisor.proposal import Proposed, Terms, propose
from advisor.providers.port import Answer, Prompt
from advisor.providers.router import Attempt
from desk.models import Bot, new_case

SHARE_PLACES = Decimal("0.000001")
LONGEST_ANSWER = 100_000  # characters that are kept; what is longer was not read either


def record(
    *,
    bot: Bot,
    brief: Brief,
    terms: Terms,
    answer: Answer,
    proposed: Proposed,
    rung: Rung,
    attempts: Sequence[Attempt] = (),
    prompt: Prompt | None = None,
    variant: Variant | None = None,
    case: UUID | None = None,
    is_shadow: bool = False,
    plan: Plan | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Decision:
    """Write one decision. ``terms`` are those the answer was read by; ``prompt`` None: nobody was asked in words."""
    return Decision.objects.create(
        bot=bot,
        variant=variant,
        plan=plan,
        facts=dict(facts or {}),
        case=case or new_case(),
        symbol=brief.symbol,
        at=brief.at,
        inputs_hash=brief.inputs_hash,
        inputs=_inputs(brief),
        terms=terms.as_json(),
        rung=rung.name.lower(),
        attempts=[attempt.as_json() for attempt in attempts],
        outcome=Outcome.SHADOW if is_shadow else Outcome.PENDING,
        **_asked(prompt),
        **_answered(answer),
        **_proposed(proposed),
    )


def replay(decision: Decision) -> Proposed:
    """What the recorded answer proposes, by the terms of its time: the same as then."""
    return propose(decision.raw_answer, Terms.of_json(decision.terms))


def note(
    decision: Decision,
    *,
    verdicts: Sequence[Mapping[str, Any]],
    intents: Sequence[Mapping[str, Any]],
    result: Mapping[str, Any],
) -> bool:
    """Write down what was judged of a pending decision and handed on; False when it has its outcome already."""
    changes = {"verdicts": list(verdicts), "intents": list(intents), "result": dict(result)}
    moved = Decision.objects.filter(pk=decision.pk, outcome=Outcome.PENDING).update(**changes)
    if moved:
        decision.refresh_from_db()
    return moved == 1


def close(
    decision: Decision,
    outcome: Outcome,
    *,
    verdicts: Sequence[Mapping[str, Any]] | None = None,
    intents: Sequence[Mapping[str, Any]] | None = None,
    result: Mapping[str, Any] | None = None,
    reason: str = "",
) -> bool:
    """Give a pending decision its one outcome; False when another process gave it one first. What was noted stays.

    Raises ValueError for PENDING and SHADOW, which are no endings.
    """
    if outcome in (Outcome.PENDING, Outcome.SHADOW):
        raise ValueError(f"{outcome} does not end a decision")
    changes: dict[str, Any] = {"outcome": outcome}
    for name, rows in (("verdicts", verdicts), ("intents", intents)):
        if rows is not None:
            changes[name] = list(rows)
    if result is not None:
        changes["result"] = dict(result)
    if reason:
        changes["reason"] = reason[:300]
    moved = Decision.objects.filter(pk=decision.pk, outcome=Outcome.PENDING).update(**changes)
    if moved:
        decision.refresh_from_db()
    return moved == 1


def _inputs(brief: Brief) -> dict[str, Any]:
    """Everything the model was told, compact; market rows come from the picture as plain JSON already."""
    facts = {
        "market": brief.market,
        "account": brief.account,
        "position": brief.position,
        "operations": brief.operations,
        "other_positions": brief.other_positions,
        "streak": brief.streak,
        "plan": brief.plan,
        "context": brief.context,
    }
    return {name: cleaned(value) for name, value in facts.items() if value}


def _asked(prompt: Prompt | None) -> dict[str, str]:
    if prompt is None:
        return {}
    return {"prompt_version": f"{prompt.version}.{prompt.language}", "prompt": f"{prompt.system}\n\n{prompt.user}"}


def _answered(answer: Answer) -> dict[str, Any]:
    return {
        "provider": answer.provider,
        "model": answer.model[:80],
        "raw_answer": answer.text[:LONGEST_ANSWER],
        "latency_ms": round(answer.latency * 1000),
        "input_tokens": answer.usage.input_tokens,
        "output_tokens": answer.usage.output_tokens,
        "cost_micros": to_micros(answer.cost),
    }


def _proposed(proposed: Proposed) -> dict[str, Any]:
    return {
        "action": proposed.answer.action,
        "asked_action": proposed.asked or "",
        "confidence": proposed.answer.confidence.quantize(SHARE_PLACES),
        "parsed": cleaned(proposed.answer.as_json()),
        "repairs": list(proposed.repairs),
        "clamps": [clamp.as_json() for clamp in proposed.clamps],
        "reason": clean_text(proposed.reason)[:300],
    }
