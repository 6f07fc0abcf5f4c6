"""Models that do not know every parameter: asked again without it, once for the life of the process."""

from decimal import Decimal

import pytest

from advisor.answer import ALL_ACTIONS, answer_schema
from advisor.providers import dialects
from advisor.providers.dialects import refused_parameter
from advisor.providers.errors import Misconfigured, Unavailable
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.providers.port import Deadline
from advisor.providers.router import Question, Router
from tests.advisor.model_server import Reply, completion, good
from tests.advisor.providers.test_router import NOW, Health, Purse, check
from tests.advisor.samples import PRICES, PROMPT, endpoint, text_of

SCHEMA = answer_schema(ALL_ACTIONS)
NO_MAX_TOKENS = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)
NO_TEMPERATURE = (
    "Unsupported value: 'temperature' does not support 0.3 with this model. Only the default (1) value is supported."
)


@pytest.fixture(autouse=True)
def _nothing_is_known_yet(monkeypatch):
    monkeypatch.setattr(dialects, "_REFUSED", {})


def refusal(message, *, param=None, code=None):
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Reply({"error": error}, status=400)


def decide(adviser, *, seconds=5.0):
    return adviser.decide(PROMPT, SCHEMA, deadline=Deadline.within(seconds))


def test_a_model_without_max_tokens_is_told_the_same_limit_by_its_own_name(server):
    server.queue(refusal(NO_MAX_TOKENS, param="max_tokens", code="unsupported_parameter"), good())

    assert decide(OpenAiCompatible(endpoint(server.url), PRICES)).text

    first, second = (request.body for request in server.requests)
    assert first["max_tokens"] == second["max_completion_tokens"] == 2000
    assert "max_tokens" not in second
    assert second["temperature"] == first["temperature"]
    assert second["messages"] == first["messages"]


def test_a_model_that_refuses_both_is_asked_without_both(server):
    server.queue(
        refusal(NO_MAX_TOKENS, param="max_tokens", code="unsupported_parameter"),
        refusal(NO_TEMPERATURE, param="temperature", code="unsupported_value"),
        good(),
    )

    decide(OpenAiCompatible(endpoint(server.url), PRICES))

    last = server.requests[-1].body
    assert len(server.requests) == 3
    assert not {"max_tokens", "temperature"} & set(last)
    assert last["max_completion_tokens"] == 2000


def test_what_a_model_refuses_is_remembered_for_every_adviser_of_the_process(server):
    server.queue(refusal(NO_TEMPERATURE), good())
    decide(OpenAiCompatible(endpoint(server.url), PRICES))

    decide(OpenAiCompatible(endpoint(server.url), PRICES))

    assert [("temperature" in request.body) for request in server.requests] == [True, False, False]


def test_another_model_at_the_same_address_is_asked_as_usual(server):
    server.queue(refusal(NO_TEMPERATURE), good())
    decide(OpenAiCompatible(endpoint(server.url), PRICES))

    decide(OpenAiCompatible(endpoint(server.url, model="stub-2"), PRICES))

    assert server.requests[-1].body["temperature"] == 0.3


def test_a_server_that_refuses_whatever_is_sent_is_left_alone_after_three_requests(server):
    server.queue(refusal(NO_MAX_TOKENS), refusal(NO_TEMPERATURE), refusal(NO_MAX_TOKENS))

    with pytest.raises(Misconfigured) as caught:
        decide(OpenAiCompatible(endpoint(server.url), PRICES))

    assert caught.value.code == "http_400"
    assert len(server.requests) == 3


def test_what_is_learnt_later_is_added_to_what_is_known(server):
    server.queue(refusal(NO_TEMPERATURE), good(), refusal(NO_MAX_TOKENS), good())
    adviser = OpenAiCompatible(endpoint(server.url), PRICES)
    decide(adviser)

    decide(adviser)

    assert len(server.requests) == 4
    assert set(server.requests[-1].body) == {"model", "messages", "max_completion_tokens", "response_format"}


def test_the_second_request_ends_by_the_deadline_of_the_first(server):
    server.queue(refusal(NO_TEMPERATURE), Reply({}, silent=True))

    with pytest.raises(Unavailable) as caught:
        decide(OpenAiCompatible(endpoint(server.url), PRICES), seconds=0.6)

    assert caught.value.code == "timeout"


def test_the_money_is_reserved_once_and_the_refusal_is_no_failure_of_the_provider(server):
    server.queue(refusal(NO_MAX_TOKENS), refusal(NO_TEMPERATURE), completion(text_of()))
    purse, health = Purse(), Health()
    adviser = OpenAiCompatible(endpoint(server.url), PRICES)
    router = Router(advisers=[adviser], health=health, purse=purse, prices=PRICES, now=lambda: NOW)

    asked = router.ask(Question(prompts=[PROMPT], schema=SCHEMA, check=check), deadline=Deadline.within(5))

    assert asked.attempts == ()
    assert purse.settled == [Decimal("0.002")]
    assert health.errors == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"message": NO_MAX_TOKENS}, "max_tokens"),
        ({"message": NO_TEMPERATURE}, "temperature"),
        ({"message": "bad", "param": "temperature", "code": "unsupported_value"}, "temperature"),
        ({"message": "`temperature` is deprecated for this model."}, "temperature"),
        ({"message": "max_tokens is too large: 2000", "param": "max_tokens", "code": "invalid_value"}, ""),
        ({"message": "Unsupported parameter: 'seed'", "param": "seed", "code": "unsupported_parameter"}, ""),
        ({"message": "Unsupported parameter: 'seed'. Unlike 'temperature' ...", "param": "seed"}, ""),
        ({"message": "This model's maximum context length is 8192 tokens."}, ""),
        ({"message": None, "param": ["temperature"], "code": {"unsupported_value": 1}}, ""),
        ({}, ""),
        (["temperature"], ""),
        ("Unsupported parameter: 'temperature'", ""),
        (None, ""),
    ],
)
def test_only_a_refusal_that_names_one_of_our_parameters_is_understood(body, name):
    assert refused_parameter(body) == name
