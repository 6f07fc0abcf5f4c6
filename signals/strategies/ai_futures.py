"""Positions on a model's advice: looked at every minute, entered by the terms of the advice, kept within limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from exchange.types import PositionSide
from signals.strategies.base import (
    BarRequest,
    Close,
    Decision,
    Enter,
    Hold,
    MarketView,
    OpenPosition,
    Proposal,
    Reject,
    ScanOutcome,
    StrategyConfig,
)

RATIO_PLACES = Decimal("1e-8")


class Mode(StrEnum):
    """SINGLE asks once for everything; LAYERED asks for a plan now and then, and within it for each step."""

    SINGLE = "single"
    LAYERED = "layered"


class PairChoice(StrEnum):
    """MAJORS: the six largest; RANKED: chosen by volume, movement, funding and our record; LISTED: those named."""

    MAJORS = "majors"
    RANKED = "ranked"
    LISTED = "listed"


class AiFuturesConfig(StrategyConfig):
    """Settings of the AI futures bot; percentages are plain numbers.

    ``leverage`` and ``margin_pct`` are the most that an answer may name, not what it gets. Multiples are of the average
    true range of 15 minutes.
    """

    leverage: int = Field(default=10, ge=1, le=20)
    max_positions: int = Field(default=5, ge=1, le=20)
    max_entries_per_day: int = Field(default=20, ge=1, le=50)
    margin_pct: Decimal = Field(default=Decimal(10), ge=Decimal("0.1"), le=10)
    stop_loss_cooldown: bool = False
    collection_window_seconds: int = Field(default=10, ge=0, le=600)
    entry_timeout_minutes: int = Field(default=3, ge=1, le=60)
    entry_offset_pct: Decimal = Field(default=Decimal("-0.1"), ge=-5, le=5)
    mode: Mode = Mode.SINGLE
    pair_choice: PairChoice = PairChoice.MAJORS
    pair_count: int = Field(default=6, ge=1, le=20)
    pairs: str = Field(default="", max_length=400)
    held_every_seconds: int = Field(default=60, ge=15, le=3600)
    scan_every_minutes: int = Field(default=5, ge=1, le=240)
    parallel_looks: int = Field(default=3, ge=1, le=6)
    plan_every_minutes: int = Field(default=5, ge=1, le=240)
    min_confidence: Decimal = Field(default=Decimal("0.6"), ge=0, le=1)
    max_exposure_pct: Decimal = Field(default=Decimal(30), ge=1, le=300)
    max_loss_pct: Decimal = Field(default=Decimal(1), ge=Decimal("0.05"), le=5)
    default_size_pct: Decimal = Field(default=Decimal(2), ge=Decimal("0.1"), le=10)
    min_stop_atr: Decimal = Field(default=Decimal("0.5"), ge=Decimal("0.1"), le=2)
    max_stop_atr: Decimal = Field(default=Decimal(3), ge=1, le=10)
    min_reward_risk: Decimal = Field(default=Decimal("1.5"), ge=Decimal("0.5"), le=10)
    trailing_stop: bool = True
    cooldown_minutes: int = Field(default=30, ge=0, le=1440)

    @field_validator("pairs")
    @classmethod
    def _spelt(cls, value: str) -> str:
        names = list(dict.fromkeys(value.upper().replace(",", " ").split()))
        wrong = [name for name in names if not (name.isascii() and name.isalnum() and 3 <= len(name) <= 40)]
        if wrong:
            raise ValueError(f"contracts as the exchange spells them, e.g. BTCUSDT, not {', '.join(wrong)[:80]}")
        return " ".join(names)

    @model_validator(mode="after")
    def _names_what_is_listed(self) -> Self:
        if self.pair_choice is PairChoice.LISTED and not self.pairs:
            raise ValueError("pairs: name them, or let them be chosen")
        return self

    @property
    def named_pairs(self) -> tuple[str, ...]:
        return tuple(self.pairs.split())

    def own_limits(self) -> Mapping[str, int | Decimal]:
        return {
            "max_leverage": self.leverage,
            "max_position_pct": self.margin_pct,
            "max_exposure_pct": self.max_exposure_pct,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedTerms:
    """What an entry on advice is held to. Prices in USDT, ``size_pct`` of the available balance as margin.

    ``atr`` is of 15 minutes at the decision; ``price`` the last traded then.
    """

    position_side: PositionSide
    price: Decimal
    stop_price: Decimal
    take_profit_price: Decimal
    atr: Decimal
    leverage: int
    size_pct: Decimal
    confidence: Decimal
    decision: int

    def as_json(self) -> dict[str, Any]:
        return {
            "position_side": self.position_side.value,
            "price": f"{self.price:f}",
            "stop_price": f"{self.stop_price:f}",
            "take_profit_price": f"{self.take_profit_price:f}",
            "atr": f"{self.atr:f}",
            "leverage": self.leverage,
            "size_pct": f"{self.size_pct:f}",
            "confidence": f"{self.confidence:f}",
            "decision": self.decision,
        }

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> "AdvisedTerms":
        """Raises KeyError, TypeError, ArithmeticError or ValueError for terms that are not whole."""
        numbers = ("price", "stop_price", "take_profit_price", "atr", "size_pct", "confidence")
        return cls(
            position_side=PositionSide(values["position_side"]),
            leverage=int(values["leverage"]),
            decision=int(values["decision"]),
            **{name: Decimal(values[name]) for name in numbers},
        )


class AiFutures:
    """Finds nothing by itself: its signals are advice on record, its changes come from the advice that follows."""

    Config: ClassVar[type[AiFuturesConfig]] = AiFuturesConfig

    def __init__(self, config: AiFuturesConfig) -> None:
        self.config = config

    def scan_bars(self, hour: datetime) -> Sequence[BarRequest]:
        return ()

    def scan(self, view: MarketView, hour: datetime) -> ScanOutcome:
        return ScanOutcome(readings={}, proposals=())

    def decide_entry(self, proposal: Proposal, view: MarketView) -> Enter | Reject:
        """The advice at the price of now: its exits stand where they stood, so a price that has run changes both."""
        try:
            terms = AdvisedTerms.of_json(proposal.terms)
        except (KeyError, TypeError, ArithmeticError, ValueError):
            return Reject("the signal carries no terms of advice")
        price = view.last_price(proposal.symbol)
        if price is None:
            return Reject("no price")
        problem = self._problem(terms, price)
        if problem:
            return Reject(problem)
        # The engine measures the stop from the worst fill that the entry's limit allows.
        side = 1 if terms.position_side is PositionSide.SHORT else -1
        stop_ratio = _ratio(terms.stop_price, price * (1 + side * self.config.entry_offset_pct / 100))
        # A stop that lies farther away by now must not cost more than it would have at the decision.
        farther = max(stop_ratio / _ratio(terms.stop_price, terms.price), Decimal(1))
        return Enter(
            position_side=terms.position_side,
            take_profit_ratio=_ratio(terms.take_profit_price, price),
            stop_loss_ratio=stop_ratio,
            leverage=min(terms.leverage, self.config.leverage),
            margin_pct=min(terms.size_pct, self.config.margin_pct) / farther,
        )

    def evaluate(self, position: OpenPosition, view: MarketView) -> Decision:
        if view.now - position.filled_at >= timedelta(hours=self.config.max_hold_hours):
            return Close("time_limit")
        return Hold()

    def _problem(self, terms: AdvisedTerms, price: Decimal) -> str:
        """What is wrong with the exits at ``price``; empty when nothing is."""
        sign = 1 if terms.position_side is PositionSide.LONG else -1
        risk, reward = sign * (price - terms.stop_price), sign * (terms.take_profit_price - price)
        if risk <= 0 or reward <= 0:
            return f"the price {price:f} has left the room between stop and take-profit"
        multiple = risk / terms.atr
        if not self.config.min_stop_atr <= multiple <= self.config.max_stop_atr:
            low, high = self.config.min_stop_atr, self.config.max_stop_atr
            return f"the stop lies {multiple:.2f} ATR from the price, not {low:f} to {high:f}"
        if reward < self.config.min_reward_risk * risk:
            return f"reward to risk {reward / risk:.2f}, at least {self.config.min_reward_risk:f}"
        return ""


def _ratio(exit_price: Decimal, price: Decimal) -> Decimal:
    return abs(exit_price / price - 1).quantize(RATIO_PLACES, rounding=ROUND_UP)
