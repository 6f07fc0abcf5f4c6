import pytest
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token

from desk.roles import Role, give_role
from tests.notifications.bot_api import BotApi

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    person = get_user_model().objects.create_user("demo")
    give_role(person, Role.VIEWER)
    return person


def test_a_token_is_made_once_and_printed_alone(cli, user):
    first, second = cli("token", "demo"), cli("token", "demo")

    assert first.code == 0
    assert first.out == second.out == f"{Token.objects.get(user=user).key}\n"


def test_a_token_as_json(cli, user):
    facts = cli("token", "demo", "--json").json

    assert facts == {"user": "demo", "token": Token.objects.get().key, "created": True}


def test_an_unknown_user_is_refused_and_the_known_ones_are_named(cli, user):
    answer = cli("token", "nobody")

    assert answer.code == 1
    assert answer.err.strip() == "No user is called 'nobody'. There are: demo."
    assert not Token.objects.exists()


def test_a_test_message_needs_a_channel(cli):
    answer = cli("test-notify")

    assert answer.code == 1
    assert "TELEGRAM_BOT_TOKEN" in answer.err


def test_a_test_message_reaches_the_owner_or_says_why_not(cli, settings):
    settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = "123:token", "42"
    with BotApi() as api:
        settings.TELEGRAM_API_URL = api.url
        sent = cli("test-notify", "hello")
        api.refuse_next(403, "Forbidden: bot was blocked by the user")
        refused = cli("test-notify")

    assert (sent.code, api.texts) == (0, ["hello"])
    assert refused.code == 1
    assert "bot was blocked" in refused.err


@pytest.fixture
def bot_api(settings):
    settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = "123:token", "42"
    settings.TELEGRAM_WEBHOOK_SECRET = "hook-secret"
    with BotApi() as api:
        settings.TELEGRAM_API_URL = api.url
        yield api


@pytest.mark.parametrize("address", ["https://desk.example.org", "https://desk.example.org/"])
def test_telegram_is_told_where_to_post_and_with_which_secret(cli, bot_api, address):
    answer = cli("telegram-webhook", address, "--json")

    assert answer.json == {"webhook": "https://desk.example.org/telegram/webhook"}
    assert bot_api.paths == ["/bot123:token/setWebhook"]
    [told] = bot_api.messages
    assert (told["url"], told["secret_token"]) == ("https://desk.example.org/telegram/webhook", "hook-secret")
    assert told["drop_pending_updates"] is True


def test_a_webhook_that_telegram_refuses_is_said(cli, bot_api):
    bot_api.refuse_next(400, "Bad Request: bad webhook: HTTPS url must be provided")

    answer = cli("telegram-webhook", "https://desk.example.org")

    assert answer.code == 1
    assert "bad webhook" in answer.err


def test_a_webhook_needs_its_secret(cli, bot_api, settings):
    settings.TELEGRAM_WEBHOOK_SECRET = ""

    answer = cli("telegram-webhook", "https://desk.example.org")

    assert answer.code == 1
    assert "TELEGRAM_WEBHOOK_SECRET" in answer.err
    assert bot_api.messages == []


@pytest.mark.parametrize("address", ["http://desk.example.org", "desk.example.org", "https://"])
def test_a_webhook_without_tls_is_wrong_usage(cli, bot_api, address):
    assert cli("telegram-webhook", address).code == 2
