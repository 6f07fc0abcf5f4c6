"""The owner's messages: kept once, worked once, answered at least once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.channels import Transport
from notifications.errors import SendError
from notifications.models import Channel, TelegramUpdate, UpdateStatus
from notifications.resting import is_resting, let_rest
from notifications.services import LEASE, MAX_ATTEMPTS, ROUND, pause_after
from notifications.telegram.commands import answer
from notifications.telegram.moment import Moment, present

log = structlog.get_logger(__name__)

S = UpdateStatus
LONGEST_TEXT = 4096
IDS = 2**63


def keep(update: Mapping[str, Any]) -> bool:
    """Write down a text message of the owner's chat; False for a repeated one and for all that is to be ignored."""
    message = update.get("message")
    update_id = update.get("update_id")
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        return False
    if not isinstance(update_id, int) or not 0 <= update_id < IDS or not _is_owners(message):
        return False
    text = message["text"].replace("\0", "")[:LONGEST_TEXT]  # PostgreSQL keeps no NUL
    try:
        with transaction.atomic():
            TelegramUpdate.objects.create(update_id=update_id, text=text)
    except IntegrityError:
        return False
    return True


def _is_owners(message: Mapping[str, Any]) -> bool:
    chat = message.get("chat")
    chat_id = str(chat.get("id", "")) if isinstance(chat, dict) else ""
    if settings.TELEGRAM_CHAT_ID and chat_id == settings.TELEGRAM_CHAT_ID:
        return True
    log.warning("telegram_foreign_chat", chat_id=chat_id)
    return False


def work_received(*, moment: Callable[[], Moment] = present) -> int:
    """Do what the received messages ask for, oldest first, and write the answers; returns their number.

    Act and answer are one transaction: a killed worker leaves neither, and two workers do not both act.
    """
    received = list(TelegramUpdate.objects.filter(status=S.RECEIVED).order_by("update_id"))
    return sum(_work(update, moment()) for update in received)


def _work(update: TelegramUpdate, moment: Moment) -> bool:
    try:
        with transaction.atomic():
            if not _settle(update, answer(update.text, moment)):
                transaction.set_rollback(True)
                return False
    except Exception:
        # The outermost guard: one message that cannot be worked must not stand before all others.
        log.exception("telegram_command_failed", update_id=update.pk)
        return _settle(update, _("That failed and nothing was changed. The log of the worker says why."))
    return True


def _settle(update: TelegramUpdate, text: str) -> bool:
    """Write the answer; False when another worker was first."""
    settled = TelegramUpdate.objects.filter(pk=update.pk, status=S.RECEIVED)
    return settled.update(status=S.ANSWERED, answer=text, next_attempt_at=timezone.now()) == 1


def send_answers(transport: Transport, *, clock: Callable[[], datetime] = timezone.now) -> int:
    """Send the answers that are due, oldest first, and return how many were taken; none while the chat rests."""
    sent, began = 0, clock()
    if is_resting(Channel.TELEGRAM, now=began):
        return sent
    for update in TelegramUpdate.objects.filter(status=S.ANSWERED, next_attempt_at__lte=began).order_by("update_id"):
        if clock() - began >= ROUND:
            break
        if not _claim(update, now=clock()):
            continue
        if not _send(update, transport, clock=clock):
            break
        sent += 1
    return sent


def _claim(update: TelegramUpdate, *, now: datetime) -> bool:
    claimed = TelegramUpdate.objects.filter(pk=update.pk, status=S.ANSWERED, attempts=update.attempts).update(
        attempts=update.attempts + 1, next_attempt_at=now + LEASE
    )
    update.attempts += 1
    return claimed == 1


def _send(update: TelegramUpdate, transport: Transport, *, clock: Callable[[], datetime]) -> bool:
    """False when the chat cannot be reached now and the others would fare no better."""
    try:
        transport.send(update.answer)
    except SendError as error:
        _note_error(update, error, now=clock())
        let_rest(Channel.TELEGRAM, error, now=clock())
        return error.permanent
    _mark(update, status=S.SENT)
    return True


def _note_error(update: TelegramUpdate, error: SendError, *, now: datetime) -> None:
    log.warning("telegram_answer_failed", update_id=update.pk, error=str(error), final=error.permanent)
    if error.permanent or update.attempts >= MAX_ATTEMPTS:
        _mark(update, status=S.FAILED)
    else:
        wait = max(error.retry_after or timedelta(0), pause_after(update.attempts))
        _mark(update, next_attempt_at=now + wait)


def _mark(update: TelegramUpdate, **changes: object) -> None:
    TelegramUpdate.objects.filter(pk=update.pk, attempts=update.attempts, status=S.ANSWERED).update(**changes)
