"""The channels that the settings open, each with its transport."""

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings

from notifications.models import Channel
from notifications.telegram.transport import TelegramTransport


class Transport(Protocol):
    """Carries one line of text to the owner."""

    def send(self, text: str) -> None:
        """Raises SendError when the channel did not take it."""


def open_channels() -> Mapping[Channel, Transport]:
    """Telegram, when its token and chat are both known; a channel that is not here is silent."""
    if not (settings.TELEGRAM_BOT_TOKEN and settings.TELEGRAM_CHAT_ID):
        return {}
    return {
        Channel.TELEGRAM: TelegramTransport(
            api_url=settings.TELEGRAM_API_URL,
            token=settings.TELEGRAM_BOT_TOKEN,
            chat_id=settings.TELEGRAM_CHAT_ID,
            proxy=settings.TELEGRAM_PROXY or None,
        )
    }
