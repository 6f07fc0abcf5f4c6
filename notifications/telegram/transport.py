"""The Bot API: POST {api_url}/bot{token}/{method} (core.telegram.org/bots/api)."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from notifications.errors import NoAnswer, SendError

# At INFO httpx2 writes every URL, and with it the token, to the log.
logging.getLogger("httpx2").setLevel(logging.WARNING)

LONGEST_TEXT = 4096  # characters; the API refuses more
TIMEOUT = httpx2.Timeout(10.0, connect=5.0)  # wall seconds
TOO_MANY_REQUESTS = 429
CLIENT_ERRORS = range(400, 500)
MAY_PASS = frozenset({408, 409, TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramTransport:
    """One bot writing to one chat. ``proxy`` is an HTTP or SOCKS URL; proxies in the environment are not looked at."""

    api_url: str
    token: str
    chat_id: str
    proxy: str | None = None

    def send(self, text: str) -> None:
        """Send ``text`` as it is, without markup. Raises SendError, whose text never holds the token."""
        self._call("sendMessage", chat_id=self.chat_id, text=text[:LONGEST_TEXT], disable_web_page_preview=True)

    def set_webhook(self, url: str, *, secret: str) -> None:
        """Have messages of the chat posted to ``url`` (https), with ``secret`` in a header. Raises SendError.

        What was written before is dropped: nothing old may be acted upon.
        """
        self._call("setWebhook", url=url, secret_token=secret, allowed_updates=["message"], drop_pending_updates=True)

    def _call(self, method: str, **parameters: Any) -> None:
        url = f"{self.api_url}/bot{self.token}/{method}"
        try:
            with httpx2.Client(proxy=self.proxy, timeout=TIMEOUT, trust_env=False) as http:
                response = http.post(url, json=parameters)
        except httpx2.RequestError as error:
            raise NoAnswer(error) from None
        if not response.is_success:
            raise _refusal(response)


def _refusal(response: httpx2.Response) -> SendError:
    """Blocked bot, unknown chat, wrong token: permanent. Too many requests and server errors pass."""
    answer = _decoded(response)
    status = response.status_code
    return SendError(
        f"HTTP {status}: {answer.get('description', 'no description')}",
        permanent=status in CLIENT_ERRORS and status not in MAY_PASS,
        retry_after=_retry_after(answer) if status == TOO_MANY_REQUESTS else None,
    )


def _decoded(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _retry_after(answer: dict[str, Any]) -> timedelta | None:
    """``parameters.retry_after``, seconds."""
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None
