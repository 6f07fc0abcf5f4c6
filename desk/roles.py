"""What a person may do at the desk: three roles, each containing the one before it, kept as groups of Django."""

from enum import StrEnum
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction


class Role(StrEnum):
    """A viewer sees everything, a trader also orders, closes and pauses, an owner also decides how bots trade."""

    VIEWER = "viewer"
    TRADER = "trader"
    OWNER = "owner"


RANKS = {role: rank for rank, role in enumerate(Role)}


def role_of(user: Any) -> Role | None:
    """The highest role of ``user``; a superuser is an owner. None for strangers and for people without any role."""
    if not user.is_authenticated or not user.is_active:
        return None
    if user.is_superuser:
        return Role.OWNER
    held = [Role(name) for name in user.groups.filter(name__in=list(Role)).values_list("name", flat=True)]
    return max(held, key=RANKS.__getitem__, default=None)


def has_role(user: Any, needed: Role) -> bool:
    """Whether ``user`` may do what ``needed`` is asked for."""
    held = role_of(user)
    return held is not None and RANKS[held] >= RANKS[needed]


@transaction.atomic
def give_role(user: User, role: Role | None) -> None:
    """Let ``role`` be the only one of ``user``; None takes every role away. A superuser stays an owner."""
    user.groups.remove(*user.groups.filter(name__in=list(Role)))
    if role is not None:
        group, _ = Group.objects.get_or_create(name=role.value)
        user.groups.add(group)
