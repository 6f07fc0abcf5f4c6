"""What the code changes in a legal answer before anything acts on it, each change by name. Pure.

Bounds shrink risk and never raise it, but for the 30 % floor of ADD and REDUCE, which the desk's rule sets. What cannot
be made right is a HOLD with its reason. The limits of account and position (exposure, counts, leverage) come later.
"""

from dataclasses import asdict, dataclass
from decimal import ROUND_FLOOR, Decimal

from advisor.answer import NEW_RISK, OPENING, Action, AnswerParams, ModelAnswer, hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Percentages are plain numbers; confidence is a share of 1."""

    min_confidence: Decimal = Decimal("0.6")  # for LONG, SHORT and ADD
    max_size_percent: Decimal = Decimal(10)
    part_percent_low: Decimal = Decimal(30)  # of the position, for ADD and REDUCE
    part_percent_high: Decimal = Decimal(50)
    default_add_percent: Decimal = Decimal(50)
    default_reduce_percent: Decimal = Decimal(30)

    def as_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def of_json(cls, values: dict[str, str]) -> "Bounds":
        return cls(**{name: Decimal(value) for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class Clamp:
    """``asked`` is None where the answer named no number."""

    rule: str
    asked: Decimal | None
    given: Decimal | None

    def as_json(self) -> dict[str, str | None]:
        return {"rule": self.rule, "asked": _text(self.asked), "given": _text(self.given)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamped:
    """``refusal`` is empty unless the answer became a HOLD here."""

    answer: ModelAnswer
    clamps: tuple[Clamp, ...] = ()
    refusal: str = ""


def clamp(answer: ModelAnswer, bounds: Bounds) -> Clamped:
    """``answer`` within ``bounds``, or a HOLD with the reason why not."""
    refusal = _refusal(answer, bounds)
    if refusal:
        return Clamped(answer=hold(answer.symbol, answer.reasoning), refusal=refusal)
    if answer.action in OPENING:
        return _opening(answer, bounds)
    if answer.action in (Action.ADD, Action.REDUCE):
        return _part(answer, bounds)
    return Clamped(answer=answer)


def _refusal(answer: ModelAnswer, bounds: Bounds) -> str:
    if answer.action in NEW_RISK and answer.confidence < bounds.min_confidence:
        return "confidence_below_minimum"
    if answer.action in OPENING:
        return _opening_refusal(answer)
    if answer.action is Action.ADJUST and not _has_price(answer.params):
        return "nothing_to_adjust"
    return ""


def _opening_refusal(answer: ModelAnswer) -> str:
    params = answer.params
    if params is None:
        return "params_missing"
    if not params.stop_loss_price:
        return "stop_loss_missing"
    if not params.take_profit_price:
        return "take_profit_missing"
    if not params.position_size_percent:
        return "size_missing"
    if params.leverage is None or params.leverage < 1:
        return "leverage_missing"
    rises = params.take_profit_price > params.stop_loss_price
    if params.take_profit_price == params.stop_loss_price or rises != (answer.action is Action.LONG):
        return "exits_on_wrong_side"
    return ""


def _has_price(params: AnswerParams | None) -> bool:
    return bool(params and (params.stop_loss_price or params.take_profit_price))


def _opening(answer: ModelAnswer, bounds: Bounds) -> Clamped:
    params = answer.params or AnswerParams()
    asked_size, asked_leverage = params.position_size_percent or Decimal(0), params.leverage or Decimal(0)
    size = min(asked_size, bounds.max_size_percent)
    leverage = asked_leverage.to_integral_value(rounding=ROUND_FLOOR)
    changes = [
        Clamp("size_capped", asked_size, size) if size != asked_size else None,
        Clamp("leverage_floored", asked_leverage, leverage) if leverage != asked_leverage else None,
    ]
    within = params.model_copy(update={"position_size_percent": size, "leverage": leverage})
    return _changed(answer, within, [change for change in changes if change])


def _part(answer: ModelAnswer, bounds: Bounds) -> Clamped:
    """The share of the position that is added or taken off, between the two ends; named when the answer left it out."""
    adds = answer.action is Action.ADD
    name = "add_percent" if adds else "reduce_percent"
    params = answer.params or AnswerParams()
    asked = params.add_percent if adds else params.reduce_percent
    default = bounds.default_add_percent if adds else bounds.default_reduce_percent
    share = min(max(default if asked is None else asked, bounds.part_percent_low), bounds.part_percent_high)
    rule = f"{name}_{'default' if asked is None else 'clamped'}"
    changes = [] if asked == share else [Clamp(rule, asked, share)]
    return _changed(answer, params.model_copy(update={name: share}), changes)


def _changed(answer: ModelAnswer, params: AnswerParams, changes: list[Clamp]) -> Clamped:
    return Clamped(answer=answer.model_copy(update={"params": params}), clamps=tuple(changes))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
