"""The second lock before what trades or changes settings: a password beside the login."""

from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied, Throttled
from rest_framework.request import Request

log = structlog.get_logger(__name__)

FIELD = "trading_password"
HEADER = "X-Trading-Password"
FAILURES = 5
FAILURES_KEPT_SECONDS = 300  # wall
HEADER_PARAMETER = OpenApiParameter(
    HEADER, location=OpenApiParameter.HEADER, description=f"instead of the field {FIELD}, where a password is needed"
)


def is_password_needed() -> bool:
    """With TRADING_PASSWORD set always; in the live environment also without it."""
    return bool(settings.TRADING_PASSWORD) or settings.DUOLIVE_ENV == "live"


def require_trading_password(request: Request) -> None:
    """Raises PermissionDenied for a wrong or missing password, Throttled after too many of them.

    Where TRADING_PASSWORD is not set, a page of the live desk wants the login's password; a token is itself a secret.
    """
    if not is_password_needed() or _is_token_enough(request):
        return
    failures = f"trading-password-failures:{request.user.pk}"
    if cache.get(failures, 0) >= FAILURES:
        raise Throttled(wait=FAILURES_KEPT_SECONDS, detail=_("too many wrong passwords; wait some minutes"))
    given = _given(request)
    if _is_right(request, given):
        return
    if given:
        cache.add(failures, 0, timeout=FAILURES_KEPT_SECONDS)
        cache.incr(failures)
        log.warning("trading_password_refused", user=request.user.get_username(), path=request.path)
    raise PermissionDenied(_("the trading password is wrong") if given else _("the trading password is needed"))


def _is_token_enough(request: Request) -> bool:
    is_session = isinstance(request.successful_authenticator, SessionAuthentication)
    return not settings.TRADING_PASSWORD and not is_session


def _given(request: Request) -> str:
    data: Any = request.data
    field = data.get(FIELD) if isinstance(data, dict) else None
    return str(field or request.headers.get(HEADER) or "")


def _is_right(request: Request, given: str) -> bool:
    if settings.TRADING_PASSWORD:
        return constant_time_compare(given, settings.TRADING_PASSWORD)
    return bool(request.user.check_password(given))
