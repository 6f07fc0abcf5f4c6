"""The channels that the settings open, each with its transport, the quickest first."""

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings

from notifications.email import EmailTransport, Security
from notifications.models import Channel
from notifications.telegram.transport import TelegramTransport


class Transport(Protocol):
    """Carries one line of text to the owner."""

    def send(self, text: str) -> None:
        """Raises SendError when the channel did not take it."""


def open_channels() -> Mapping[Channel, Transport]:
    """Telegram with a token and a chat, e-mail with a server and an address; a channel not here is silent."""
    channels: dict[Channel, Transport] = {}
    if settings.TELEGRAM_BOT_TOKEN and settings.TELEGRAM_CHAT_ID:
        channels[Channel.TELEGRAM] = _telegram()
    if settings.SMTP_HOST and settings.ALERT_EMAIL:
        channels[Channel.EMAIL] = _email()
    return channels


def _telegram() -> TelegramTransport:
    return TelegramTransport(
        api_url=settings.TELEGRAM_API_URL,
        token=settings.TELEGRAM_BOT_TOKEN,
        chat_id=settings.TELEGRAM_CHAT_ID,
        proxy=settings.TELEGRAM_PROXY or None,
    )


def _email() -> EmailTransport:
    return EmailTransport(
        host=settings.SMTP_HOST,
        port=settings.SMTP_PORT,
        user=settings.SMTP_EMAIL,
        password=settings.SMTP_PASSWORD,
        sender=settings.SMTP_EMAIL or settings.ALERT_EMAIL,
        recipient=settings.ALERT_EMAIL,
        security=Security(settings.SMTP_SECURITY),
    )
