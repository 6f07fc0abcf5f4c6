"""``token``, ``test-notify``, ``telegram-webhook``: who may use the desk, and how the owner and it reach each other."""

from argparse import Namespace

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse
from rest_framework.authtoken.models import Token

from desk.roles import role_of
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output
from notifications.channels import open_channels
from notifications.errors import SendError
from notifications.models import Channel
from notifications.telegram.transport import TelegramTransport


def token(options: Namespace, output: Output) -> None:
    """Print the API token of a user, alone on its line."""
    users = get_user_model().objects
    user = users.filter(username=options.user).first()
    if user is None:
        names = ", ".join(users.order_by("username").values_list("username", flat=True)[:20])
        raise CommandError(
            f"No user is called {options.user!r}. " + (f"There are: {names}." if names else "There is none.")
        )
    if role_of(user) is None:
        raise CommandError(
            f"{user} has no role, so a token would open nothing. First: python -m duolive role {user} viewer"
        )
    issued, is_new = Token.objects.get_or_create(user=user)
    output.result({"user": options.user, "token": issued.key, "created": is_new})
    output.line(issued.key)


def send_test_message(options: Namespace, output: Output) -> None:
    """Send a message on every channel at once, past the outbox."""
    channels = open_channels()
    if not channels:
        raise CommandError(
            "No channel is set up: TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or SMTP_HOST and ALERT_EMAIL."
        )
    for channel, transport in channels.items():
        try:
            transport.send(options.message)
        except SendError as error:
            raise CommandError(f"{channel.label}: {error}") from error
        output.line(f"{channel.label}: sent.")
    output.result({"sent": [channel.value for channel in channels]})


def set_telegram_webhook(options: Namespace, output: Output) -> None:
    """Tell Telegram where the desk takes the owner's messages."""
    transport = open_channels().get(Channel.TELEGRAM)
    if not isinstance(transport, TelegramTransport) or not settings.TELEGRAM_WEBHOOK_SECRET:
        raise CommandError("TELEGRAM_BOT_TOKEN, TELEGRAM_CHAT_ID and TELEGRAM_WEBHOOK_SECRET are all needed.")
    address = f"{options.url.rstrip('/')}{reverse('telegram_webhook')}"
    try:
        transport.set_webhook(address, secret=settings.TELEGRAM_WEBHOOK_SECRET)
    except SendError as error:
        raise CommandError(f"Telegram: {error}") from error
    output.result({"webhook": address})
    output.line(f"Telegram will post to {address}. Write /help to your bot.")
