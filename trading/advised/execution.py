"""From a decision on record to what the engine works, and from what became of it back to the decision.

A decision stays PENDING until the engine has had its say on what was handed on: signal, close or change. All of it is
written in one transaction with what was judged, under keys made of the decision, so that no crash doubles or loses it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from advisor import journal, plans
from advisor.models import Decision, Outcome
from desk import events
from desk.event_kinds import EventKind
from desk.models import Bot
from desk.money import round_significant
from exchange.types import PositionSide
from signals.models import Signal, SignalStatus
from signals.strategies.ai_futures import AdvisedTerms
from trading.advised.facts import Facts
from trading.advised.gates import Intent, Judged, judge
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, PositionStatus
from trading.models import Position, PositionChange
from trading.services.exit_requests import request_close
from trading.services.position_changes import WantedChange, request_change

log = structlog.get_logger(__name__)

FRESH_FOR = timedelta(minutes=5)  # market; a decision this old was made for another market
FRESH_WALL_SECONDS = 10  # in a fast replay minutes pass while a worker restarts
ADVISER = "adviser"
FEW_WORDS = 300


def judged_again(decision: Decision) -> Judged:
    """What the recorded answer leads to by the recorded facts and the code of now. Asks nobody, writes nothing."""
    return judge(journal.replay(decision).answer, Facts.of_json(decision.facts))


def work_decision(decision: Decision, *, now: datetime) -> None:
    """Judge a pending decision and hand on what it leads to, once however often it is called."""
    judged = judged_again(decision)
    verdicts = [verdict.as_json() for verdict in judged.verdicts]
    intents = [intent.as_json() for intent in judged.intents]
    try:
        with transaction.atomic():
            Bot.objects.select_for_update(no_key=True).get(pk=decision.bot_id)
            if Decision.objects.get(pk=decision.pk).outcome != Outcome.PENDING or is_handed_on(decision):
                return
            result = _hand_on(decision, judged.intents, now=now)
            journal.note(decision, verdicts=verdicts, intents=intents, result=result)
            if not any(intent.author == ADVISER for intent in judged.intents):
                _end(decision, judged)
    except IntegrityError:
        log.info("decision_worked_elsewhere", decision=decision.pk, symbol=decision.symbol)
    settle_decision(decision, now=now)


def is_handed_on(decision: Decision) -> bool:
    return bool(Decision.objects.get(pk=decision.pk).result)


def _end(decision: Decision, judged: Judged) -> None:
    """Nothing of what was said is to be done: a hold, a refusal with its rule, or an answer that could not be read."""
    if judged.refusal:
        journal.close(decision, Outcome.REFUSED, reason=judged.refusal)
    elif decision.reason:
        journal.close(decision, Outcome.REFUSED if decision.asked_action else Outcome.FAILED)
    else:
        journal.close(decision, Outcome.HELD)


def _hand_on(decision: Decision, intents: Sequence[Intent], *, now: datetime) -> dict[str, Any]:
    """The rows that the engine will work, by what they are; empty when there is nothing to do."""
    made: dict[str, Any] = {}
    for number, intent in enumerate(intents):
        if intent.kind == "enter":
            made["signal"] = _signal(decision, intent.numbers, now=now).pk
            continue
        position = Position.objects.select_related("bot", "account").get(pk=intent.numbers["position"])
        if intent.kind == "close":
            request_close(position, reason=ExitReason.AI_CLOSE, author=ADVISER, now=now)
            made["closing"] = position.pk
        else:
            key = f"ai-{decision.pk}-{number}"
            made.setdefault("changes", []).append(_change(decision, intent, position, key=key, now=now).pk)
    return made


def _signal(decision: Decision, numbers: Mapping[str, Any], *, now: datetime) -> Signal:
    """Raises IntegrityError where this decision has its signal already: they share the case."""
    terms = AdvisedTerms(
        position_side=PositionSide(numbers["direction"]),
        price=Decimal(numbers["price"]),
        stop_price=Decimal(numbers["stop_price"]),
        take_profit_price=Decimal(numbers["take_profit_price"]),
        atr=Decimal(numbers["atr"]),
        leverage=int(numbers["leverage"]),
        size_pct=Decimal(numbers["size_pct"]),
        confidence=Decimal(numbers["confidence"]),
        decision=decision.pk,
    )
    regime = decision.facts.get("regime", "")
    remembered = {"regime": regime, "thesis": _thesis(decision), "features": _features(decision)}
    signal = Signal.objects.create(
        bot=decision.bot,
        case=decision.case,
        symbol=decision.symbol,
        day=decision.at.date(),
        candle_open=decision.at,
        surge_ratio=round_significant(terms.confidence),
        price=terms.price,
        found_at=now,
        terms=terms.as_json() | remembered,
    )
    events.record(
        EventKind.ADVICE_GIVEN,
        at=now,
        case=decision.case,
        bot=decision.bot,
        symbol=decision.symbol,
        direction=terms.position_side.value,
        confidence=terms.confidence,
        price=terms.price,
        provider=decision.provider,
        decision=decision.pk,
    )
    return signal


def _thesis(decision: Decision) -> str:
    plan = decision.plan.thesis if decision.plan else ""
    return (plan or str(decision.parsed.get("reasoning", "")))[:FEW_WORDS]


def _features(decision: Decision) -> dict[str, float]:
    """The situation as numbers, for finding it again."""
    features = decision.facts.get("features", {})
    return {str(name): float(value) for name, value in features.items()}


def _change(decision: Decision, intent: Intent, position: Position, *, key: str, now: datetime) -> PositionChange:
    price = decision.facts.get("price")
    wanted = WantedChange(
        kind=ChangeKind(intent.kind.upper()),
        key=key,
        author=intent.author,
        reason=str(decision.parsed.get("reasoning", ""))[:FEW_WORDS] if intent.author == ADVISER else "",
        decision_id=decision.pk,
        reference_price=Decimal(price) if price else None,
        share_pct=_number(intent, "share_pct"),
        stop_price=_number(intent, "stop_price"),
        take_profit_price=_number(intent, "take_profit_price"),
    )
    return request_change(position, wanted, now=now)


def _number(intent: Intent, name: str) -> Decimal | None:
    return Decimal(intent.numbers[name]) if name in intent.numbers else None


def settle_decision(decision: Decision, *, now: datetime) -> None:
    """Give a pending decision its outcome once everything handed on has its own."""
    decision.refresh_from_db()
    if decision.outcome != Outcome.PENDING or not decision.result:
        return
    ends = [*_end_of_signal(decision), *_end_of_close(decision), *_ends_of_changes(decision)]
    if any(end is None for end in ends):
        return
    words = [end for end in ends if end is not None]
    outcome, reason = next((end for end in words if end[0] is Outcome.EXECUTED), words[0])
    if journal.close(decision, outcome, reason=reason) and outcome is Outcome.EXECUTED:
        _note_in_plan(decision, now=now)
    _tell(decision, now=now)


def _note_in_plan(decision: Decision, *, now: datetime) -> None:
    """A plan that has been entered on is active from here on."""
    if decision.plan is not None and "signal" in decision.result:
        plans.activate(decision.plan, now=now)


End = tuple[Outcome, str]


def _end_of_signal(decision: Decision) -> list[End | None]:
    if "signal" not in decision.result:
        return []
    signal = Signal.objects.get(pk=decision.result["signal"])
    if signal.status == SignalStatus.PENDING:
        return [None]
    if signal.status == SignalStatus.ENTERED:
        return [(Outcome.EXECUTED, "")]
    return [(Outcome.REFUSED, f"{signal.reason_code}: {signal.reason}")]


def _end_of_close(decision: Decision) -> list[End | None]:
    if "closing" not in decision.result:
        return []
    position = Position.objects.get(pk=decision.result["closing"])
    is_ours = position.status in (PositionStatus.CLOSING, PositionStatus.CLOSED)
    return [(Outcome.EXECUTED, "") if is_ours else (Outcome.FAILED, "not_open")]


def _ends_of_changes(decision: Decision) -> list[End | None]:
    changes = PositionChange.objects.filter(pk__in=decision.result.get("changes", []))
    return [_end_of_change(change) for change in changes]


def _end_of_change(change: PositionChange) -> End | None:
    if change.status == ChangeStatus.DONE:
        return Outcome.EXECUTED, ""
    if change.status in (ChangeStatus.REFUSED, ChangeStatus.FAILED):
        outcome = Outcome.REFUSED if change.status == ChangeStatus.REFUSED else Outcome.FAILED
        return outcome, f"{change.refusal_code}: {change.refusal}"
    return None


def _tell(decision: Decision, *, now: datetime) -> None:
    log.info(
        "decision_settled",
        decision=decision.pk,
        symbol=decision.symbol,
        action=decision.action,
        outcome=decision.outcome,
        reason=decision.reason,
        market_time=now.isoformat(),
    )


def pending_decisions(bot: Bot) -> list[Decision]:
    """What has no outcome yet, oldest first: handed on and waiting, or left behind by a process that died."""
    return list(Decision.objects.filter(bot=bot, outcome=Outcome.PENDING).select_related("bot__account").order_by("pk"))


def go_on(decision: Decision, *, now: datetime, speed: Decimal) -> None:
    """The next step of a pending decision: settled, worked if it is still of now, else ended as too late."""
    if decision.result:
        settle_decision(decision, now=now)
        return
    allowed = max(FRESH_FOR, timedelta(seconds=FRESH_WALL_SECONDS * float(speed)))
    if now - decision.at > allowed:
        journal.close(decision, Outcome.FAILED, reason="too_late")
        return
    work_decision(decision, now=now)
