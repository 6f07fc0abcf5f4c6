"""Asking several providers: order, failover, money and the one deadline over all of it."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from advisor.providers.errors import BadAnswer, Misconfigured, NotAsked, RateLimited, Unavailable
from advisor.providers.health import Condition, order_of_asking, rest_after
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.providers.port import Answer, Deadline, Prompt, Usage
from advisor.providers.router import NoMoney, Question, Router
from advisor.reading import read_answer
from tests.advisor.model_server import Reply, completion, good
from tests.advisor.samples import PRICES, PROMPT, TERMS, endpoint, text_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SHORT_PROMPT = Prompt(system="A", user="B", version="v1", language="en")
LONG_PROMPT = Prompt(system="A" * 4000, user="B", version="v1", language="en")


@dataclass
class Health:
    """A HealthBook in memory, by the same rules."""

    known: dict[str, Condition] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def conditions(self, names):
        return {name: self.known[name] for name in names if name in self.known}

    def succeeded(self, name, *, now):
        self.known[name] = Condition()

    def failed(self, name, error, *, now):
        failures = self.known.get(name, Condition()).failures + 1
        rest = rest_after(error, failures)
        self.known[name] = Condition(failures, now + rest if rest else None)
        self.errors.append(f"{name} {error.code}")


@dataclass
class Purse:
    money: Decimal = Decimal(1)
    settled: list = field(default_factory=list)

    def reserve(self, amount, *, provider, model):
        if amount > self.money:
            raise NoMoney(provider)
        self.money -= amount
        return amount

    def settle(self, reserved, cost):
        self.money += reserved - (reserved if cost is None else cost)
        self.settled.append(cost)


@dataclass
class Scripted:
    """An adviser that says or raises one thing after the other."""

    name: str
    says: list
    model: str = "stub-1"
    asked: list = field(default_factory=list)

    def decide(self, prompt, schema, *, deadline):
        self.asked.append((prompt, deadline.seconds_left))
        thing = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(thing, Exception):
            raise thing
        return Answer(text=thing, provider=self.name, model=self.model, usage=Usage(1, 1), cost=Decimal("0.01"))


def check(text):
    read_answer(text, symbol=TERMS.symbol, allowed=TERMS.allowed)


def router(*advisers, **details):
    values = {"health": Health(), "purse": Purse(), "prices": PRICES, "now": lambda: NOW}
    return Router(advisers=advisers, **values | details)


def ask(router, *, seconds=20.0, prompts=(PROMPT,), max_output_tokens=2000):
    question = Question(prompts=prompts, schema={}, check=check, max_output_tokens=max_output_tokens)
    return router.ask(question, deadline=Deadline.within(seconds))


def test_the_preferred_provider_is_asked_first_and_alone():
    first, second = Scripted("openai", [text_of()]), Scripted("deepseek", [text_of()])

    asked = ask(router(first, second, preferred="deepseek"))

    assert asked.answer.provider == "deepseek"
    assert asked.prompt == PROMPT
    assert first.asked == []


def test_the_next_provider_answers_when_the_first_does_not():
    health = Health()
    asked = ask(router(Scripted("a", [Unavailable("http_500")]), Scripted("b", [text_of()]), health=health))

    assert asked.answer.provider == "b"
    assert [(attempt.provider, attempt.error) for attempt in asked.attempts] == [("a", "http_500")]
    assert health.known["a"].failures == 1


@pytest.mark.parametrize("said", ["no idea", text_of()[:-5], text_of(symbol="ETHUSDT"), text_of("BUY")])
def test_an_unreadable_answer_is_a_failure_that_is_kept_and_asked_again(said):
    adviser = Scripted("a", [said, text_of()])

    asked = ask(router(adviser))

    assert asked.answer.text == text_of()
    assert asked.attempts[0].error.startswith("unreadable")
    assert asked.attempts[0].said == said
    assert len(adviser.asked) == 2


def test_nobody_is_asked_more_than_twice():
    adviser = Scripted("a", ["nonsense"])

    asked = ask(router(adviser))

    assert asked.answer is None
    assert len(adviser.asked) == 2


def test_one_that_rests_is_not_asked_again():
    adviser = Scripted("a", [RateLimited("rate_limited", retry_after=timedelta(seconds=30))])

    asked = ask(router(adviser))

    assert len(adviser.asked) == 1
    assert asked.answer is None


def test_money_is_settled_by_what_is_known_of_each_call():
    purse = Purse()
    said = Answer(text="", provider="c", model="m", usage=Usage(1, 1), cost=Decimal("0.02"))
    advisers = [
        Scripted("a", [NotAsked("unreachable")]),
        Scripted("b", [Unavailable("timeout")]),
        Scripted("c", [BadAnswer("truncated", answer=said)]),
        Scripted("d", [BadAnswer("not_the_protocol")]),
        Scripted("e", [text_of()]),
    ]

    ask(router(*advisers, purse=purse))

    assert purse.settled == [Decimal(0), None, Decimal("0.02"), None, Decimal("0.01")]


def test_the_longest_prompt_that_can_be_paid_is_sent():
    purse = Purse(money=Decimal("0.022"))  # 20,000 millionths for the output, the rest for about 2,000 bytes

    asked = ask(router(Scripted("a", [text_of()]), purse=purse), prompts=(LONG_PROMPT, SHORT_PROMPT))

    assert asked.prompt == SHORT_PROMPT


def test_a_cheaper_model_is_asked_when_the_first_cannot_be_paid():
    dear, cheap = Scripted("a", [text_of()]), Scripted("b", [text_of()], model="cheap-1")

    asked = ask(router(dear, cheap, purse=Purse(money=Decimal("0.01"))))

    assert asked.answer.provider == "b"
    assert dear.asked == []
    assert asked.attempts[0].error == "no_money"


def test_without_money_nobody_is_asked():
    adviser = Scripted("a", [text_of()])

    assert ask(router(adviser, purse=Purse(money=Decimal(0)))).answer is None
    assert adviser.asked == []


def test_the_cheapest_is_asked_first_where_price_decides():
    dear, cheap = Scripted("a", [text_of()]), Scripted("b", [text_of()], model="cheap-1")

    assert ask(router(dear, cheap, by_price=True, preferred="a")).answer.provider == "b"


def test_each_call_gets_its_share_of_the_time_only():
    adviser = Scripted("a", [text_of()])

    ask(router(adviser, call_seconds=7), seconds=60)

    assert adviser.asked[0][1] <= 7


def test_no_call_begins_when_the_time_is_up():
    adviser = Scripted("a", [text_of()])

    asked = ask(router(adviser), seconds=0.5)

    assert adviser.asked == []
    assert asked.attempts[0].error == "deadline"


def test_silent_and_dripping_providers_together_keep_the_total_deadline(server, other_server):
    server.queue(Reply({}, silent=True))
    other_server.queue(Reply(good().body, drip=0.05))
    advisers = [
        OpenAiCompatible(endpoint(server.url, name="a"), PRICES),
        OpenAiCompatible(endpoint(other_server.url, name="b"), PRICES),
    ]
    started = time.monotonic()

    asked = ask(router(*advisers, call_seconds=1.2), seconds=2.5)

    assert asked.answer is None
    assert [attempt.error for attempt in asked.attempts][:2] == ["timeout", "timeout"]
    assert time.monotonic() - started < 4


def test_a_rate_limited_server_is_left_for_another(server, other_server):
    server.queue(Reply({}, status=429, headers={"Retry-After": "120"}))
    other_server.queue(completion(text_of()))
    health = Health()
    advisers = [
        OpenAiCompatible(endpoint(server.url, name="a"), PRICES),
        OpenAiCompatible(endpoint(other_server.url, name="b"), PRICES),
    ]

    asked = ask(router(*advisers, health=health))
    ask(router(*advisers, health=health))

    assert asked.answer.provider == "b"
    assert health.known["a"].cools_until == NOW + timedelta(seconds=120)
    assert len(server.requests) == 1


def test_providers_are_ordered_by_recent_failures_and_without_those_that_rest():
    conditions = {
        "a": Condition(failures=2),
        "b": Condition(failures=1),
        "c": Condition(failures=1, cools_until=NOW + timedelta(seconds=1)),
        "d": Condition(failures=9),
    }

    assert order_of_asking(["a", "b", "c", "d", "e"], conditions, preferred="d", now=NOW) == ["d", "e", "b", "a"]
    assert "c" in order_of_asking(["c"], conditions, preferred="", now=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("error", "failures", "rest"),
    [
        (Unavailable("timeout"), 1, 0),
        (Unavailable("timeout"), 2, 15),
        (Unavailable("timeout"), 4, 60),
        (NotAsked("unreachable"), 100, 900),
        (Misconfigured("http_401"), 1, 900),
        (RateLimited("rate_limited"), 1, 60),
        (RateLimited("rate_limited", retry_after=timedelta(seconds=7)), 5, 7),
        (BadAnswer("truncated"), 9, 0),
    ],
)
def test_a_provider_rests_by_the_kind_of_its_failure(error, failures, rest):
    assert rest_after(error, failures) == timedelta(seconds=rest)
