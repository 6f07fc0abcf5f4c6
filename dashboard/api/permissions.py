"""Which role an address of the API asks for: one to read, perhaps a higher one to write."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from desk.roles import Role, has_role


class HasRole(BasePermission):
    """A view names the roles as ``reads`` and ``writes``; what names none for a method lets nobody use it."""

    message = _("your role does not allow this; an owner of the desk can give you another")

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = role_needed(view, request.method or "")
        return needed is not None and has_role(request.user, needed)


def role_needed(view: Any, method: str) -> Role | None:
    """The role that ``view`` (an instance or its class) asks for at ``method``."""
    needed: Role | None = getattr(view, "reads" if method in SAFE_METHODS else "writes", None)
    return needed


def require_role(request: Request, role: Role) -> None:
    """For a wish that needs more than its address does. Raises PermissionDenied."""
    if not has_role(request.user, role):
        raise PermissionDenied(HasRole.message)
