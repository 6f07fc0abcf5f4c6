"""From the text of an answer to what is proposed, and to the same again when a recorded answer is replayed. Pure."""

from dataclasses import dataclass, field, replace
from typing import Any

from advisor.answer import MANAGING, OPENING, Action, ModelAnswer, hold
from advisor.clamps import Bounds, Clamp, clamp
from advisor.reading import Repair, Unreadable, read_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an answer on ``symbol`` is held to. Kept with the decision, so that it can be read again."""

    symbol: str
    allowed: frozenset[Action]
    bounds: Bounds = field(default_factory=Bounds)

    def only_managing(self) -> "Terms":
        """The same terms without any new risk."""
        return replace(self, allowed=self.allowed & MANAGING)

    def as_json(self) -> dict[str, Any]:
        return {"symbol": self.symbol, "allowed": sorted(self.allowed), "bounds": self.bounds.as_json()}

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> "Terms":
        allowed = frozenset(Action(word) for word in values["allowed"])
        return cls(symbol=values["symbol"], allowed=allowed, bounds=Bounds.of_json(values["bounds"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """``reason`` says why this is a HOLD that the answer did not ask for; empty when the answer was taken."""

    answer: ModelAnswer
    asked: Action | None = None
    reason: str = ""
    repairs: tuple[Repair, ...] = ()
    clamps: tuple[Clamp, ...] = ()
    thinking: str = ""


def propose(text: str, terms: Terms) -> Proposed:
    """What ``text`` proposes under ``terms``; never raises: an unreadable text is a HOLD with its reason."""
    try:
        read = read_answer(text, symbol=terms.symbol, allowed=terms.allowed)
    except Unreadable as error:
        return Proposed(answer=hold(terms.symbol, ""), reason=str(error))
    clamped = clamp(read.answer, terms.bounds)
    return Proposed(
        answer=clamped.answer,
        asked=read.answer.action,
        reason=clamped.refusal,
        repairs=read.repairs,
        clamps=clamped.clamps,
        thinking=read.thinking,
    )


def legal_actions(
    *, has_position: bool, may_risk: bool, adds_left: int = 0, reduces_left: int = 0
) -> frozenset[Action]:
    """Actions that make sense now. Without ``may_risk`` (tripped breaker, stale data) there is no way to more risk."""
    if not has_position:
        return OPENING | {Action.HOLD} if may_risk else frozenset({Action.HOLD})
    allowed = {Action.CLOSE, Action.ADJUST, Action.HOLD}
    if may_risk and adds_left > 0:
        allowed.add(Action.ADD)
    if reduces_left > 0:
        allowed.add(Action.REDUCE)
    return frozenset(allowed)
