"""Both adapters against a real server through their real SDKs: the same misfortunes, the same reactions."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from advisor.answer import ALL_ACTIONS, answer_schema
from advisor.providers.anthropic_native import AnthropicNative
from advisor.providers.errors import BadAnswer, Misconfigured, NotAsked, RateLimited, Unavailable
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.providers.port import Deadline, Usage
from tests.advisor.model_server import GOOD, Reply, completion, message
from tests.advisor.samples import PRICES, PROMPT, endpoint

SCHEMA = answer_schema(ALL_ACTIONS)


@dataclass(frozen=True)
class Protocol:
    adapter: type
    good: Callable[[], Reply]
    truncated: Callable[[], Reply]
    refused: Callable[[], Reply]
    empty: Callable[[], Reply]


PROTOCOLS = {
    "chat": Protocol(
        OpenAiCompatible,
        good=lambda: completion(json.dumps(GOOD)),
        truncated=lambda: completion('{"action": "LO', finish="length"),
        refused=lambda: completion(None, refusal="I cannot advise on this"),
        empty=lambda: completion(""),
    ),
    "messages": Protocol(
        AnthropicNative,
        good=lambda: message(GOOD),
        truncated=lambda: message("{", stop="max_tokens"),
        refused=lambda: message("I cannot advise on this", stop="refusal"),
        empty=lambda: message("", stop="end_turn"),
    ),
}


@pytest.fixture(params=sorted(PROTOCOLS))
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return PROTOCOLS[request.param]


@pytest.fixture
def adviser(protocol: Protocol, server: Any) -> Any:
    return protocol.adapter(endpoint(server.url), PRICES)


def decide(adviser, *, seconds=5.0):
    return adviser.decide(PROMPT, SCHEMA, deadline=Deadline.within(seconds))


def failure_of(adviser, kind, **details):
    with pytest.raises(kind) as caught:
        decide(adviser, **details)
    return caught.value


def test_a_good_answer_comes_with_tokens_cost_and_latency(adviser, protocol, server):
    server.queue(protocol.good())

    answer = decide(adviser)

    assert json.loads(answer.text) == GOOD
    assert answer.usage == Usage(1000, 100)
    assert answer.cost == Decimal("0.002")  # 1000 at 1 and 100 at 10 USD a million
    assert answer.model == "stub-1"
    assert 0 < answer.latency < 5


def test_the_prompt_arrives_and_the_key_goes_into_the_header_only(adviser, protocol, server):
    server.queue(protocol.good())

    decide(adviser)

    (request,) = server.requests
    assert "What now?" in json.dumps(request.body)
    assert request.body["model"] == "stub-1"
    assert request.body["max_tokens"] == 2000
    assert "sk-secret" in request.headers.get("authorization", "") + request.headers.get("x-api-key", "")
    assert "sk-secret" not in json.dumps(request.body) + request.path


def test_a_truncated_answer_is_none_but_its_cost_is_known(adviser, protocol, server):
    server.queue(protocol.truncated())

    error = failure_of(adviser, BadAnswer)

    assert error.code == "truncated"
    assert error.answer.cost == Decimal("0.002")


def test_a_refusal_and_an_empty_answer_are_no_answers(adviser, protocol, server):
    server.queue(protocol.refused(), protocol.empty())

    assert failure_of(adviser, BadAnswer).code == "refused"
    assert failure_of(adviser, BadAnswer).code == "empty"


@pytest.mark.parametrize(
    ("header", "wait"),
    [("7", timedelta(seconds=7)), ("0.5", timedelta(seconds=0.5)), ("99999", timedelta(hours=1)), ("soon", None)],
)
def test_a_rate_limit_names_the_time_to_wait(adviser, server, header, wait):
    server.queue(Reply({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": header}))

    assert failure_of(adviser, RateLimited).retry_after == wait


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Misconfigured), (402, Misconfigured), (404, Misconfigured), (500, Unavailable)]
)
def test_a_status_is_told_by_what_can_be_done_about_it(adviser, server, status, kind):
    server.queue(Reply({"error": {"message": "Incorrect API key provided: sk-secret"}}, status=status))

    error = failure_of(adviser, kind)

    assert error.code == f"http_{status}"
    assert "sk-secret" not in str(error)


def test_nothing_is_sent_twice_by_the_sdk(adviser, server):
    server.queue(Reply({}, status=500))

    failure_of(adviser, Unavailable)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body", [b"<html>gateway</html>", b"", b"null", b"[]", b"{}", b'{"choices": [{"message": 3}], "content": 3}']
)
def test_a_body_of_another_protocol_is_no_answer(adviser, server, body):
    server.queue(Reply(body))

    assert failure_of(adviser, BadAnswer).code == "not_the_protocol"


def test_a_body_that_breaks_off_is_a_lost_connection(adviser, protocol, server):
    server.queue(replace(protocol.good(), cut_after=20))

    assert failure_of(adviser, Unavailable).code == "connection_lost"


def test_a_silent_provider_is_left_at_the_deadline(adviser, server):
    server.queue(Reply({}, silent=True))
    started = time.monotonic()

    assert failure_of(adviser, Unavailable, seconds=0.4).code == "timeout"
    assert time.monotonic() - started < 1.5


def test_a_dripping_answer_is_left_at_the_deadline(adviser, protocol, server):
    server.queue(replace(protocol.good(), drip=0.05))  # each byte well within any read timeout
    started = time.monotonic()

    assert failure_of(adviser, Unavailable, seconds=0.5).code == "timeout"
    assert time.monotonic() - started < 1.5


def test_nobody_listening_means_nothing_was_asked(protocol, free_port):
    adviser = protocol.adapter(endpoint(f"http://127.0.0.1:{free_port}"), PRICES)

    assert failure_of(adviser, NotAsked).code == "unreachable"


def test_a_key_that_no_header_can_carry_is_a_mistake_of_the_settings(protocol, server):
    adviser = protocol.adapter(replace(endpoint(server.url), api_key="sk\ud800"), PRICES)

    assert failure_of(adviser, Misconfigured).code == "not_sendable"
    assert server.requests == []


def test_an_answer_that_cannot_be_unpacked_is_a_lost_connection(adviser, server):
    server.queue(Reply(b"not gzip", headers={"Content-Encoding": "gzip"}))

    assert failure_of(adviser, Unavailable).code == "connection_lost"


def test_a_deadline_that_has_passed_sends_nothing(adviser, server):
    assert failure_of(adviser, NotAsked, seconds=0).code == "deadline"
    assert server.requests == []


def test_signs_that_no_database_keeps_are_replaced_before_anybody_reads(server):
    server.queue(completion("a\x00b"))

    assert decide(OpenAiCompatible(endpoint(server.url), PRICES)).text == "a\ufffdb"


def test_chat_completions_ask_for_a_schema_only_where_it_is_kept(server):
    decide(OpenAiCompatible(endpoint(server.url), PRICES))
    decide(OpenAiCompatible(endpoint(server.url, native_schema=True), PRICES))

    plain, native = (request.body for request in server.requests)
    assert plain["response_format"] == {"type": "json_object"}
    assert "positionSizePercent" in plain["messages"][0]["content"]
    assert native["response_format"]["json_schema"]["schema"] == SCHEMA
    assert native["messages"][0]["content"] == "Advise."


def test_messages_force_the_call_that_carries_the_schema(server):
    server.queue(message(GOOD))

    decide(AnthropicNative(endpoint(server.url), PRICES))

    body = server.requests[0].body
    assert body["tool_choice"] == {"type": "tool", "name": "decide"}
    assert body["tools"][0]["input_schema"] == SCHEMA
    assert "temperature" not in body


def test_an_answer_without_a_count_of_tokens_says_so(server):
    server.queue(completion(json.dumps(GOOD), usage=None))

    assert not decide(OpenAiCompatible(endpoint(server.url), PRICES)).usage.is_known


@pytest.mark.parametrize("count", [10**9, 10**20, 10**60])
@pytest.mark.parametrize("build", [OpenAiCompatible, AnthropicNative])
def test_a_count_of_tokens_that_cannot_be_is_no_count(server, build, count):
    text = json.dumps(GOOD)
    server.queue(completion(text, usage=(count, 1)) if build is OpenAiCompatible else message(GOOD, usage=(1, count)))

    assert not decide(build(endpoint(server.url), PRICES)).usage.is_known


@pytest.mark.parametrize("build", [OpenAiCompatible, AnthropicNative])
def test_a_count_below_nothing_is_nothing(server, build):
    text = json.dumps(GOOD)
    server.queue(completion(text, usage=(-5, 7)) if build is OpenAiCompatible else message(GOOD, usage=(-5, 7)))

    assert decide(build(endpoint(server.url), PRICES)).usage == Usage(0, 7)


@pytest.mark.parametrize("build", [OpenAiCompatible, AnthropicNative])
def test_the_name_of_the_model_that_answered_can_be_kept_too(server, build):
    reply = completion(json.dumps(GOOD)) if build is OpenAiCompatible else message(GOOD)
    server.queue(replace(reply, body=reply.body | {"model": "m\x00" + "x" * 200}))

    assert decide(build(endpoint(server.url), PRICES)).model == "m\ufffd" + "x" * 78


def test_a_model_that_does_not_name_itself_is_the_one_that_was_asked(protocol, server):
    reply = protocol.good()
    server.queue(replace(reply, body={name: part for name, part in reply.body.items() if name != "model"}))

    assert decide(protocol.adapter(endpoint(server.url), PRICES)).model == "stub-1"


@pytest.mark.parametrize(("status", "header"), [(429, ""), (429, "0"), (429, "-3")])
def test_a_rate_limit_without_a_usable_time_leaves_the_time_to_the_desk(adviser, server, status, header):
    server.queue(Reply({}, status=status, headers={"Retry-After": header}))

    assert failure_of(adviser, RateLimited).retry_after is None


def test_an_overloaded_provider_that_names_a_time_is_asked_again_after_it(adviser, server):
    server.queue(Reply({}, status=529, headers={"Retry-After": "4"}), Reply({}, status=503))

    assert failure_of(adviser, RateLimited).retry_after == timedelta(seconds=4)
    assert failure_of(adviser, Unavailable).code == "http_503"


def test_a_redirection_is_not_followed_with_the_key(adviser, server, other_server):
    server.queue(Reply({}, status=307, headers={"Location": other_server.url}))

    failure_of(adviser, Unavailable)

    assert other_server.requests == []


def test_words_instead_of_the_forced_call_are_handed_on_as_they_are(server):
    server.queue(message("I would rather HOLD", stop="end_turn"))

    assert decide(AnthropicNative(endpoint(server.url), PRICES)).text == "I would rather HOLD"


def test_a_call_of_another_tool_is_no_answer(server):
    reply = message(GOOD)
    block = reply.body["content"][0] | {"name": "transfer"}
    server.queue(replace(reply, body=reply.body | {"content": [block]}))

    assert failure_of(AnthropicNative(endpoint(server.url), PRICES), BadAnswer).code == "empty"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"choices": []}, "empty"),
        ({"choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "content_filter"}]}, "refused"),
        ({"choices": [{"index": 0, "message": {"content": " \n"}, "finish_reason": "stop"}]}, "empty"),
        ({"choices": [{"index": 0, "message": {"content": ["x"]}, "finish_reason": "stop"}]}, "not_the_protocol"),
        ({"usage": {"prompt_tokens": "many"}}, "not_the_protocol"),
    ],
)
def test_a_completion_without_an_answer_says_what_is_wrong_with_it(server, changes, code):
    reply = completion(json.dumps(GOOD))
    server.queue(replace(reply, body=reply.body | changes))

    assert failure_of(OpenAiCompatible(endpoint(server.url), PRICES), BadAnswer).code == code


def test_several_threads_may_ask_at_once(server):
    server.queue(completion(json.dumps(GOOD)))
    adviser, answers = OpenAiCompatible(endpoint(server.url), PRICES), []

    threads = [threading.Thread(target=lambda: answers.append(decide(adviser))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 3


def test_the_key_is_not_shown_with_its_endpoint():
    assert "sk-secret" not in repr(endpoint("http://127.0.0.1"))
