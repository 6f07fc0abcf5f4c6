"""Servers that refuse a form of answer are asked in the next one at once, and so again for a while."""

from decimal import Decimal

import pytest

from advisor.answer import ALL_ACTIONS, answer_schema
from advisor.providers import answer_formats, dialects
from advisor.providers.answer_formats import Format, best_format, learn_refusal, refuses_format
from advisor.providers.errors import Misconfigured
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.providers.port import Deadline
from advisor.providers.router import Question, Router
from tests.advisor.model_server import Reply, completion, good
from tests.advisor.providers.test_router import NOW, Health, Purse, check
from tests.advisor.samples import PRICES, PROMPT, endpoint, text_of

SCHEMA = answer_schema(ALL_ACTIONS)
NO_SCHEMA = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
NO_OBJECT = "'response_format.type' must be 'json_schema' or 'text'"
NO_FORMAT = "This response_format type is unavailable now"


@pytest.fixture(autouse=True)
def _nothing_is_known_yet(monkeypatch):
    monkeypatch.setattr(dialects, "_REFUSED", {})
    monkeypatch.setattr(answer_formats, "_LEARNT", {})


def refusal(message, *, param=None):
    return Reply({"error": {"message": message, "type": "invalid_request_error", "param": param}}, status=400)


def decide(adviser):
    return adviser.decide(PROMPT, SCHEMA, deadline=Deadline.within(5))


def forms(server):
    return [request.body.get("response_format", {}).get("type") for request in server.requests]


def is_told_the_schema(request):
    return "JSON schema of the answer" in request.body["messages"][0]["content"]


def test_a_server_without_schemas_is_asked_for_an_object_and_told_the_schema(server):
    server.queue(refusal(NO_SCHEMA, param="response_format"), good())

    assert decide(OpenAiCompatible(endpoint(server.url, native_schema=True), PRICES)).text

    assert forms(server) == ["json_schema", "json_object"]
    assert [is_told_the_schema(request) for request in server.requests] == [False, True]


def test_a_server_that_takes_no_form_at_all_is_asked_plainly(server):
    server.queue(refusal(NO_SCHEMA), refusal(NO_FORMAT), good())

    assert decide(OpenAiCompatible(endpoint(server.url, native_schema=True), PRICES)).text

    assert forms(server) == ["json_schema", "json_object", None]
    assert is_told_the_schema(server.requests[-1])


def test_an_error_that_is_only_a_text_is_understood_too(server):
    server.queue(Reply({"error": NO_OBJECT}, status=400), good())

    assert decide(OpenAiCompatible(endpoint(server.url), PRICES)).text

    assert forms(server) == ["json_object", None]


def test_what_was_refused_is_not_asked_for_again_for_a_while(server, monkeypatch):
    server.queue(refusal(NO_FORMAT), good())
    adviser = OpenAiCompatible(endpoint(server.url), PRICES)
    decide(adviser)

    decide(OpenAiCompatible(endpoint(server.url), PRICES))
    assert forms(server) == ["json_object", None, None]

    monkeypatch.setattr(answer_formats, "REMEMBERED_SECONDS", -1.0)
    learn_refusal(server.url, "stub-1", Format.OBJECT)
    decide(adviser)
    assert forms(server)[-1] == "json_object"


def test_another_model_at_the_same_address_is_asked_as_usual(server):
    server.queue(refusal(NO_FORMAT), good())
    decide(OpenAiCompatible(endpoint(server.url), PRICES))

    decide(OpenAiCompatible(endpoint(server.url, model="stub-2"), PRICES))

    assert forms(server)[-1] == "json_object"


def test_a_server_that_refuses_the_form_even_when_none_is_sent_is_left_alone(server):
    server.queue(refusal(NO_FORMAT))

    with pytest.raises(Misconfigured) as caught:
        decide(OpenAiCompatible(endpoint(server.url, native_schema=True), PRICES))

    assert caught.value.code == "http_400"
    assert forms(server) == ["json_schema", "json_object", None]


def test_a_parameter_and_the_form_may_be_refused_one_after_the_other(server):
    no_temperature = "Unsupported value: 'temperature' does not support 0.3 with this model."
    server.queue(refusal(no_temperature, param="temperature"), refusal(NO_FORMAT), good())

    decide(OpenAiCompatible(endpoint(server.url), PRICES))

    assert set(server.requests[-1].body) == {"model", "messages", "max_tokens"}


def test_stepping_down_costs_nothing_and_is_no_failure_of_the_provider(server):
    server.queue(refusal(NO_FORMAT), completion(text_of()))
    purse, health = Purse(), Health()
    adviser = OpenAiCompatible(endpoint(server.url), PRICES)
    router = Router(advisers=[adviser], health=health, purse=purse, prices=PRICES, now=lambda: NOW)

    asked = router.ask(Question(prompts=[PROMPT], schema=SCHEMA, check=check), deadline=Deadline.within(5))

    assert asked.attempts == ()
    assert purse.settled == [Decimal("0.002")]
    assert health.errors == []


def test_nothing_is_stricter_than_was_wished():
    learn_refusal("here", "stub", Format.SCHEMA)

    assert best_format("here", "stub", strictest=Format.SCHEMA) is Format.OBJECT
    assert best_format("here", "stub", strictest=Format.PLAIN) is Format.PLAIN
    assert best_format("there", "stub", strictest=Format.SCHEMA) is Format.SCHEMA


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        ({"message": NO_SCHEMA}, True),
        ({"message": "bad value", "param": "response_format.json_schema"}, True),
        ({"message": NO_FORMAT, "param": None}, True),
        (NO_OBJECT, True),
        ({"message": "Unlike response_format, 'seed' is not supported", "param": "seed"}, False),
        ({"message": "This model's maximum context length is 8192 tokens."}, False),
        ({"message": ["response_format"], "param": ["response_format"]}, False),
        ({"message": "x" * 5000 + "response_format"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_only_an_error_that_names_the_form_is_a_refusal_of_it(body, is_one):
    assert refuses_format(body) is is_one
