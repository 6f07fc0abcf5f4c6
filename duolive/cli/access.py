"""``token`` and ``test-notify``: who may use the API, and whether the owner can be reached."""

from argparse import Namespace

from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token

from duolive.cli.outcome import CommandError
from duolive.cli.output import Output
from notifications.channels import open_channels
from notifications.errors import SendError


def token(options: Namespace, output: Output) -> None:
    """Print the API token of a user, alone on its line."""
    users = get_user_model().objects
    user = users.filter(username=options.user).first()
    if user is None:
        names = ", ".join(users.order_by("username").values_list("username", flat=True)[:20])
        raise CommandError(
            f"No user is called {options.user!r}. " + (f"There are: {names}." if names else "There is none.")
        )
    issued, is_new = Token.objects.get_or_create(user=user)
    output.result({"user": options.user, "token": issued.key, "created": is_new})
    output.line(issued.key)


def send_test_message(options: Namespace, output: Output) -> None:
    """Send a message on every channel at once, past the outbox."""
    channels = open_channels()
    if not channels:
        raise CommandError("No channel is set up: TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID are both needed.")
    for channel, transport in channels.items():
        try:
            transport.send(options.message)
        except SendError as error:
            raise CommandError(f"{channel.label}: {error}") from error
        output.line(f"{channel.label}: sent.")
    output.result({"sent": [channel.value for channel in channels]})
