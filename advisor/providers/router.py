"""Asking one provider after the other until one gives a readable answer, within one deadline and a budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import structlog

from advisor.budget import most_it_costs
from advisor.prompts.quoting import clean_text
from advisor.providers.errors import AdviceFailed, BadAnswer, NotAsked
from advisor.providers.health import HealthBook, order_of_asking
from advisor.providers.port import Adviser, Answer, Deadline, Prompt, Schema
from advisor.providers.prices import PriceList

log = structlog.get_logger(__name__)

PASSES = 2  # a provider that gave no answer is asked once more when the others did not either
KEPT_OF_BAD_ANSWER = 4000  # characters
LEAST_SECONDS = 1.0  # a call with less time left is not begun


class NoMoney(Exception):
    """The purse holds too little for this call."""


class Purse(Protocol):
    """Money is taken out before a call and what is left put back after it."""

    def reserve(self, amount: Decimal, *, provider: str, model: str) -> Any:
        """Raises NoMoney."""

    def settle(self, reserved: Any, cost: Decimal | None) -> None:
        """``cost`` None: unknown, all of it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``prompts`` from the longest to the shortest; the first that can be paid is sent.

    ``check`` raises ValueError for an answer's text that cannot be read.
    """

    prompts: Sequence[Prompt]
    schema: Schema
    check: Callable[[str], object]
    max_output_tokens: int = 2000


@dataclass(frozen=True, slots=True)
class Attempt:
    """A provider that was tried in vain. ``cost`` in USD where it is known; ``said`` the text that was of no use."""

    provider: str
    error: str
    cost: Decimal | None = None
    said: str = ""

    def as_json(self) -> dict[str, str | None]:
        cost = None if self.cost is None else f"{self.cost:f}"
        return {"provider": self.provider, "error": clean_text(self.error), "cost": cost, "said": self.said}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """``answer`` and its prompt are None when nobody gave one."""

    answer: Answer | None = None
    prompt: Prompt | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """``call_seconds`` (wall) bounds one call, so that a silent provider leaves time for the next.

    ``by_price`` asks the cheapest first, else ``preferred`` and then those that failed least.
    """

    advisers: Sequence[Adviser]
    health: HealthBook
    purse: Purse
    prices: PriceList
    now: Callable[[], datetime]
    preferred: str = ""
    call_seconds: float = 20.0
    by_price: bool = False

    def ask(self, question: Question, *, deadline: Deadline) -> Asked:
        """The first readable answer; over at ``deadline``. Never raises for what a provider does."""
        attempts: list[Attempt] = []
        for _ in range(PASSES):
            for adviser in self._in_order():
                if deadline.seconds_left < LEAST_SECONDS:
                    return Asked(attempts=(*attempts, Attempt(adviser.name, "deadline")))
                asked = self._try(adviser, question, deadline=deadline, attempts=attempts)
                if asked is not None:
                    return asked
        return Asked(attempts=tuple(attempts))

    def _in_order(self) -> list[Adviser]:
        by_name = {adviser.name: adviser for adviser in self.advisers}
        conditions = self.health.conditions(list(by_name))
        names = order_of_asking(list(by_name), conditions, preferred=self.preferred, now=self.now())
        ordered = [by_name[name] for name in names]
        return sorted(ordered, key=self._price) if self.by_price else ordered

    def _price(self, adviser: Adviser) -> Decimal:
        price = self.prices.price(adviser.model)
        return price.input + price.output

    def _try(
        self, adviser: Adviser, question: Question, *, deadline: Deadline, attempts: list[Attempt]
    ) -> Asked | None:
        paid = self._pay(adviser, question)
        if paid is None:
            attempts.append(Attempt(adviser.name, "no_money", Decimal(0)))
            return None
        prompt, reserved = paid
        try:
            answer = self._answer(adviser, prompt, question, deadline=deadline)
        except AdviceFailed as error:
            cost = _known_cost(error)
            self.purse.settle(reserved, cost)
            self.health.failed(adviser.name, error, now=self.now())
            attempts.append(Attempt(adviser.name, str(error), cost, _said(error)))
            log.warning("advice_failed", provider=adviser.name, model=adviser.model, error=str(error))
            return None
        self.purse.settle(reserved, answer.cost if answer.usage.is_known else None)
        self.health.succeeded(adviser.name, now=self.now())
        return Asked(answer=answer, prompt=prompt, attempts=tuple(attempts))

    def _pay(self, adviser: Adviser, question: Question) -> tuple[Prompt, Any] | None:
        for prompt in question.prompts:
            most = most_it_costs(
                prompt,
                question.schema,
                model=adviser.model,
                prices=self.prices,
                max_output_tokens=question.max_output_tokens,
            )
            try:
                return prompt, self.purse.reserve(most, provider=adviser.name, model=adviser.model)
            except NoMoney:
                continue
        return None

    def _answer(self, adviser: Adviser, prompt: Prompt, question: Question, *, deadline: Deadline) -> Answer:
        answer = adviser.decide(prompt, question.schema, deadline=deadline.sooner(self.call_seconds))
        try:
            question.check(answer.text)
        except ValueError as error:
            raise BadAnswer("unreadable", str(error)[:200], answer=answer) from None
        return answer


def _said(error: AdviceFailed) -> str:
    answer = error.answer if isinstance(error, BadAnswer) else None
    return "" if answer is None else str(answer.text)[:KEPT_OF_BAD_ANSWER]


def _known_cost(error: AdviceFailed) -> Decimal | None:
    """USD that a failed call cost: nothing when it did not leave, unknown when the provider did not say."""
    if isinstance(error, NotAsked):
        return Decimal(0)
    answer = error.answer if isinstance(error, BadAnswer) else None
    return answer.cost if answer is not None and answer.usage.is_known else None
