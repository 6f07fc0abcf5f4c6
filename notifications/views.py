"""The webhook of the chat: checks the secret, keeps the message, answers at once. The work is done in a task."""

import json
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from notifications.tasks import answer_messages
from notifications.telegram.inbox import keep

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@csrf_exempt
@require_POST
def telegram_webhook(request: HttpRequest) -> HttpResponse:
    """200 whatever a genuine call holds, or Telegram would send it again and again; 403 without the secret.

    Without TELEGRAM_WEBHOOK_SECRET the address is closed.
    """
    if not _is_genuine(request):
        log.warning("telegram_webhook_refused", peer=request.META.get("REMOTE_ADDR", ""))
        return HttpResponseForbidden()
    try:
        is_new = keep(_update(request.body))
    except DatabaseError:
        log.exception("telegram_message_lost")  # its writer gets no answer and sends it again
        return HttpResponse()
    if is_new:
        _wake()
    return HttpResponse()


def _is_genuine(request: HttpRequest) -> bool:
    secret: str = settings.TELEGRAM_WEBHOOK_SECRET
    return bool(secret) and constant_time_compare(request.headers.get(SECRET_HEADER, ""), secret)


def _update(body: bytes) -> dict[str, Any]:
    try:
        update = json.loads(body)
    except ValueError:
        return {}
    return update if isinstance(update, dict) else {}


def _wake() -> None:
    """A hint only: the row is committed, and the next tick of the deliveries finds it too."""
    try:
        answer_messages.apply_async(retry=False)
    except OperationalError as error:
        log.warning("telegram_wake_failed", error=str(error))
