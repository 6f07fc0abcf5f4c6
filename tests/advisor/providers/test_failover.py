"""Two real servers of two protocols behind one router: one misbehaves, the other answers, and the money is counted."""

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from advisor.answer import ALL_ACTIONS, answer_schema
from advisor.providers.anthropic_native import AnthropicNative
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.providers.port import Deadline
from advisor.providers.router import Question
from tests.advisor.model_server import Reply, completion, message
from tests.advisor.providers.test_router import NOW, Health, Purse, check, router
from tests.advisor.samples import PRICES, PROMPT, answer_of, endpoint, text_of

SCHEMA = answer_schema(ALL_ACTIONS)
ONE_ANSWER = Decimal("0.002")  # 1000 tokens at 1 and 100 at 10 USD a million


@pytest.fixture
def chat(server):
    return OpenAiCompatible(endpoint(server.url, name="chat"), PRICES)


@pytest.fixture
def native(other_server):
    return AnthropicNative(endpoint(other_server.url, name="native"), PRICES)


def ask(*advisers, seconds=8.0, **details):
    question = Question(prompts=[PROMPT], schema=SCHEMA, check=check)
    return router(*advisers, **details).ask(question, deadline=Deadline.within(seconds))


def errors(asked):
    return [(attempt.provider, attempt.error.partition(":")[0]) for attempt in asked.attempts]


@pytest.mark.parametrize(
    ("reply", "error", "cost"),
    [
        (Reply({}, status=500), "http_500", None),
        (Reply({}, status=401), "http_401", None),
        (Reply(b"<html>"), "not_the_protocol", None),
        (completion(text_of()[:-3]), "unreadable", ONE_ANSWER),
        (completion("no JSON at all"), "unreadable", ONE_ANSWER),
        (completion(text_of().replace("0.8", "NaN")), "unreadable", ONE_ANSWER),
        (completion(text_of(symbol="ETHUSDT")), "unreadable", ONE_ANSWER),
        (completion(text_of(), finish="length"), "truncated", ONE_ANSWER),
        (completion(text_of(), finish="content_filter"), "refused", ONE_ANSWER),
        (completion(None, refusal="no"), "refused", ONE_ANSWER),
        (completion("", usage=None), "empty", None),
        (replace(completion(text_of()), cut_after=30), "connection_lost", None),
    ],
)
def test_whatever_the_first_does_the_second_answers(chat, native, server, other_server, reply, error, cost):
    server.queue(reply)
    other_server.queue(message(answer_of()))
    purse, health = Purse(), Health()

    asked = ask(chat, native, purse=purse, health=health)

    assert (asked.answer.provider, errors(asked)) == ("native", [("chat", error)])
    assert purse.settled == [cost, ONE_ANSWER]
    assert (health.known["chat"].failures, health.known["native"].failures) == (1, 0)
    assert (len(server.requests), len(other_server.requests)) == (1, 1)


def test_the_chat_protocol_steps_in_for_the_native_one(chat, native, server, other_server):
    other_server.queue(message("I will not", stop="refusal"))
    server.queue(completion(text_of()))

    asked = ask(native, chat, preferred="native")

    assert (asked.answer.provider, errors(asked)) == ("chat", [("native", "refused")])
    assert asked.attempts[0].said == "I will not"


def test_one_that_is_limited_rests_as_long_as_it_asked_and_is_asked_again_after(chat, native, server, other_server):
    server.queue(Reply({}, status=429, headers={"Retry-After": "30"}), completion(text_of()))
    other_server.queue(message(answer_of()))
    health = Health()

    first = ask(chat, native, health=health, preferred="chat")
    early = ask(chat, native, health=health, preferred="chat", now=lambda: NOW + timedelta(seconds=29))
    late = ask(chat, native, health=health, preferred="chat", now=lambda: NOW + timedelta(seconds=30))

    assert [each.answer.provider for each in (first, early, late)] == ["native", "native", "chat"]
    assert len(server.requests) == 2


def test_both_limited_means_no_answer_and_each_was_asked_once(chat, native, server, other_server):
    limited = Reply({}, status=429, headers={"Retry-After": "30"})
    server.queue(limited)
    other_server.queue(limited)
    purse = Purse()

    asked = ask(chat, native, purse=purse)

    assert asked.answer is None
    assert errors(asked) == [("chat", "rate_limited"), ("native", "rate_limited")]
    assert (len(server.requests), len(other_server.requests)) == (1, 1)


def test_a_slow_stream_leaves_time_for_the_next(chat, native, server, other_server):
    server.queue(replace(completion(text_of()), drip=0.05))
    other_server.queue(message(answer_of()))
    started = time.monotonic()

    asked = ask(chat, native, call_seconds=1.5)

    assert (asked.answer.provider, errors(asked)) == ("native", [("chat", "timeout")])
    assert time.monotonic() - started < 6


def test_a_provider_that_is_down_costs_nothing_and_hides_no_other(native, other_server, free_port):
    down = OpenAiCompatible(endpoint(f"http://127.0.0.1:{free_port}", name="down"), PRICES)
    other_server.queue(message(answer_of()))
    purse = Purse()

    asked = ask(down, native, purse=purse)

    assert (asked.answer.provider, errors(asked)) == ("native", [("down", "unreachable")])
    assert purse.settled == [Decimal(0), ONE_ANSWER]


def test_without_anybody_to_ask_there_is_no_answer_and_no_attempt():
    asked = ask()

    assert (asked.answer, asked.prompt, asked.attempts) == (None, None, ())
