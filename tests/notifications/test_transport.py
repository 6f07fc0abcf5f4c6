from datetime import timedelta

import pytest

from notifications.errors import SendError
from notifications.telegram.transport import LONGEST_TEXT, TelegramTransport
from tests.notifications.bot_api import BotApi

TOKEN = "123:secret-token"


def transport(url: str) -> TelegramTransport:
    return TelegramTransport(api_url=url, token=TOKEN, chat_id="42")


def refusal(bot_api: BotApi) -> SendError:
    with pytest.raises(SendError) as caught:
        transport(bot_api.url).send("hello")
    return caught.value


def test_a_message_is_posted_as_plain_text_to_the_chat(bot_api):
    transport(bot_api.url).send("[replay] <b>ABC</b> & *more* · #1")

    assert bot_api.paths == [f"/bot{TOKEN}/sendMessage"]
    assert bot_api.messages[0]["chat_id"] == "42"
    assert bot_api.messages[0]["text"] == "[replay] <b>ABC</b> & *more* · #1"
    assert "parse_mode" not in bot_api.messages[0]


def test_an_overlong_message_is_cut_to_what_the_api_takes(bot_api):
    transport(bot_api.url).send("x" * (LONGEST_TEXT + 1))

    assert len(bot_api.texts[0]) == LONGEST_TEXT


def test_too_many_requests_pass_after_the_time_that_was_named(bot_api):
    bot_api.refuse_next(429, "Too Many Requests: retry after 17", retry_after=17)

    error = refusal(bot_api)

    assert not error.permanent
    assert error.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("parameters", [{}, {"retry_after": "soon"}, {"retry_after": -3}])
def test_too_many_requests_without_a_usable_time_still_pass(bot_api, parameters):
    bot_api.refuse_next(429, "Too Many Requests", **parameters)

    error = refusal(bot_api)

    assert not error.permanent
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (400, "Bad Request: chat not found"),
        (401, "Unauthorized"),
        (403, "Forbidden: bot was blocked by the user"),
        (404, "Not Found"),
    ],
)
def test_refusals_that_stay_are_permanent(bot_api, status, description):
    bot_api.refuse_next(status, description)

    error = refusal(bot_api)

    assert error.permanent
    assert str(error) == f"HTTP {status}: {description}"


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"[]", b"\xff\xfe", b'{"parameters": 3}'])
def test_server_errors_pass_whatever_their_body(bot_api, body):
    bot_api.answer_next(500, body)

    error = refusal(bot_api)

    assert not error.permanent
    assert str(error).startswith("HTTP 500")


def test_a_dead_api_passes_and_its_error_does_not_hold_the_token(free_port):
    with pytest.raises(SendError) as caught:
        transport(f"http://127.0.0.1:{free_port}").send("hello")

    assert not caught.value.permanent
    assert TOKEN not in str(caught.value)
