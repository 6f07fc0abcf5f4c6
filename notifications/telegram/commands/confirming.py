"""Asking before acting: a question with a short code that counts once, within a minute."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from notifications.models import Confirmation

STANDS = timedelta(seconds=60)  # wall
CODES = 10_000


def ask(action: str, question: str, *, now: datetime, **arguments: Any) -> str:
    """``question`` with the code under which ``action`` will be done; ``now`` is wall time."""
    Confirmation.objects.filter(expires_at__lte=now).delete()
    code = _new(action, arguments, expires_at=now + STANDS)
    how = _("Send /yes {code} within {seconds} s to do it.").format(code=code, seconds=STANDS // timedelta(seconds=1))
    return f"{question}\n{how}"


def _new(action: str, arguments: dict[str, Any], *, expires_at: datetime) -> str:
    """Codes that still wait are not given out again."""
    while True:
        code = f"{secrets.randbelow(CODES):04d}"
        try:
            with transaction.atomic():
                Confirmation.objects.create(code=code, action=action, arguments=arguments, expires_at=expires_at)
        except IntegrityError:
            continue
        return code


def take(code: str, *, now: datetime) -> Confirmation | None:
    """What waits under ``code``, for one taker only; None when nothing does, or not any more."""
    waiting = Confirmation.objects.filter(code=code, expires_at__gt=now)
    found = waiting.first()
    if found is None or not waiting.delete()[0]:
        return None
    return found
