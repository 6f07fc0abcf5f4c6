"""Who sits at the other end of a socket, asked again while it is open."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from desk.roles import Role, has_role


def is_still_welcome(session_key: str | None, user_id: Any) -> bool:
    """Whether the session still belongs to that user, and the user may look.

    False after logout, expiry, a new password, deactivation, or when the role was taken away.
    """
    if session_key is None:
        return False
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user.is_authenticated and user.pk == user_id and has_role(user, Role.VIEWER)
