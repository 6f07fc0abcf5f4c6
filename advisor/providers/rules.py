"""Advice without a model: fixed rules over the confluence of timeframes. Deterministic, free, and never tired.

Used in ``replay``, where no key is set, and, with managing actions only, when no model can be reached or paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Protocol

from advisor.answer import Action, AnswerParams, ModelAnswer, answer_text, hold
from advisor.providers.port import Answer, Deadline, Prompt, Schema

RULES = "rules"
STRONG = 35.0  # confluence, of 100, from which the timeframes agree
AGAINST = 20.0  # the same against a position, from which it is left: sooner than one would be opened
STOP_ATR = Decimal("1.75")
REWARD_TO_RISK = Decimal(2)
TRAIL_STEP = Decimal("0.5")  # of an ATR, for each whole ATR of profit
SIZE_PERCENT = Decimal(2)
LEVERAGE = Decimal(3)
ADD_PROFIT_PERCENT = Decimal(2)
ADD_PERCENT = Decimal(30)
REDUCE_LOSS_PERCENT = Decimal(-2)
REDUCE_PERCENT = Decimal(30)
PRICE_DIGITS = 8
AGAINST_LONG = frozenset({"trending_down", "volatile"})
AGAINST_SHORT = frozenset({"trending_up", "volatile"})


class Picture(Protocol):
    """What the rules read of the market. ``price`` and ``atr`` (15 min, 14 bars) in USDT; ``confluence`` -100…100."""

    @property
    def symbol(self) -> str: ...

    @property
    def price(self) -> Decimal | None: ...

    @property
    def regime(self) -> str: ...

    @property
    def confluence(self) -> float: ...

    @property
    def atr(self) -> Decimal | None: ...

    @property
    def missing(self) -> Sequence[str]:
        """Names of parts that could not be had or are stale."""

    @property
    def rebound(self) -> int:
        """1 where the short timeframes turn up, -1 where they turn down, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The position on the symbol. Prices in USDT, ``atr`` as it was at the entry, ``pnl_percent`` of the margin."""

    is_long: bool
    entry_price: Decimal
    first_stop: Decimal
    stop: Decimal
    atr: Decimal
    pnl_percent: Decimal


class RulesAdviser:
    """Reads the picture it was made with; the prompt is for models."""

    name = RULES
    model = "confluence-1"

    def __init__(self, picture: Picture, holding: Holding | None, allowed: frozenset[Action]) -> None:
        self._picture = picture
        self._holding = holding
        self._allowed = allowed

    def decide(self, prompt: Prompt, schema: Schema, *, deadline: Deadline) -> Answer:
        return Answer(text=answer_text(self.advice()), provider=self.name, model=self.model)

    def advice(self) -> ModelAnswer:
        picture, holding = self._picture, self._holding
        answer = _without_position(picture) if holding is None else _with_position(picture, holding, self._allowed)
        if answer.action in self._allowed:
            return answer
        return hold(picture.symbol, f"{answer.action} is not open now")


def _without_position(picture: Picture) -> ModelAnswer:
    if picture.missing or not picture.price or not picture.atr:
        return hold(picture.symbol, f"data missing: {', '.join(picture.missing) or 'price or atr'}")
    if picture.confluence >= STRONG and picture.regime not in AGAINST_LONG:
        return _open(picture, Action.LONG, price=picture.price, atr=picture.atr)
    if picture.confluence <= -STRONG and picture.regime not in AGAINST_SHORT:
        return _open(picture, Action.SHORT, price=picture.price, atr=picture.atr)
    return hold(picture.symbol, f"confluence {picture.confluence:.0f} in {picture.regime}: no agreement")


def _open(picture: Picture, action: Action, *, price: Decimal, atr: Decimal) -> ModelAnswer:
    sign = 1 if action is Action.LONG else -1
    distance = STOP_ATR * atr
    params = AnswerParams(
        position_size_percent=SIZE_PERCENT,
        leverage=LEVERAGE,
        stop_loss_price=_price(price - sign * distance),
        take_profit_price=_price(price + sign * distance * REWARD_TO_RISK),
        order_type="MARKET",
    )
    return _answer(picture, action, params, reasoning="the timeframes agree")


def _with_position(picture: Picture, holding: Holding, allowed: frozenset[Action]) -> ModelAnswer:
    if not picture.price:
        return hold(picture.symbol, "no price: the stops stay where they are")
    towards = picture.confluence if holding.is_long else -picture.confluence
    if towards <= -AGAINST and not picture.missing:
        return _answer(picture, Action.CLOSE, None, reasoning="the timeframes lean to the other side")
    if Action.REDUCE in allowed and _is_rebound_in_loss(picture, holding):
        part = AnswerParams(reduce_percent=REDUCE_PERCENT)
        return _answer(picture, Action.REDUCE, part, reasoning="a rebound to lose less in")
    wants_more = towards >= STRONG and holding.pnl_percent > ADD_PROFIT_PERCENT and not picture.missing
    if wants_more and Action.ADD in allowed:
        return _answer(picture, Action.ADD, AnswerParams(add_percent=ADD_PERCENT), reasoning="profit and agreement")
    stop = trailing_stop(holding, picture.price)
    if _is_tighter(stop, holding):
        params = AnswerParams(stop_loss_price=_price(stop))
        return _answer(picture, Action.ADJUST, params, reasoning="the stop follows the profit")
    return hold(picture.symbol, "nothing to change")


def _is_rebound_in_loss(picture: Picture, holding: Holding) -> bool:
    turn = picture.rebound if holding.is_long else -picture.rebound
    return turn > 0 and holding.pnl_percent <= REDUCE_LOSS_PERCENT and not picture.missing


def trailing_stop(holding: Holding, price: Decimal) -> Decimal:
    """The first stop moved by half an ATR for each whole ATR of profit; never behind the present one. USDT."""
    sign = 1 if holding.is_long else -1
    if holding.atr <= 0:
        return holding.stop
    steps = (sign * (price - holding.entry_price) / holding.atr).to_integral_value(rounding=ROUND_FLOOR)
    moved = holding.first_stop + sign * TRAIL_STEP * max(steps, Decimal(0)) * holding.atr
    return max(moved, holding.stop) if holding.is_long else min(moved, holding.stop)


def _is_tighter(stop: Decimal, holding: Holding) -> bool:
    return stop > holding.stop if holding.is_long else stop < holding.stop


def _answer(picture: Picture, action: Action, params: AnswerParams | None, *, reasoning: str) -> ModelAnswer:
    """Confidence grows from 0.60 at the threshold to 0.95 where all timeframes agree fully."""
    beyond = max(abs(picture.confluence) - STRONG, 0.0) / (100 - STRONG)
    return ModelAnswer(
        action=action,
        symbol=picture.symbol,
        confidence=Decimal(f"{min(0.6 + 0.35 * beyond, 0.95):.2f}"),
        reasoning=f"{reasoning} (confluence {picture.confluence:.0f}, {picture.regime})",
        params=params,
    )


def _price(value: Decimal) -> Decimal:
    """Eight significant digits, never below zero: the desk rounds to the tick when it acts."""
    if value <= 0:
        return Decimal(0)
    return value.quantize(Decimal(1).scaleb(value.adjusted() - PRICE_DIGITS + 1))
