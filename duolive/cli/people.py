"""``role``: who may do what at the desk."""

from argparse import Namespace
from collections.abc import Iterable

from django.contrib.auth.models import User

from desk.roles import Role, give_role, role_of
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output

NONE = "none"
COLUMNS = {"user": "user", "role": "role", "active": "active"}


def role(options: Namespace, output: Output) -> None:
    """List everybody's role, show one person's, or give another."""
    if options.user is None:
        return _list(User.objects.order_by("username"), output)
    user = _user(options.user)
    if options.role is None:
        return _list([user], output)
    if user.is_superuser and options.role != Role.OWNER:
        raise CommandError(f"{user.username} is a superuser and with that an owner; take that away in the admin first.")
    give_role(user, None if options.role == NONE else Role(options.role))
    output.result({"user": user.username, "role": role_of(user)})
    output.line(f"{user.username}: {role_of(user) or 'no role'}.")
    return None


def _user(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"No user is called {name!r}.")
    return user


def _list(users: Iterable[User], output: Output) -> None:
    rows = [_row(user) for user in users]
    output.result({"users": rows})
    if rows:
        output.table(COLUMNS, [{**row, "role": row["role"] or "no role"} for row in rows])
    else:
        output.line("Nobody can log in yet. Make an owner with: python manage.py createsuperuser")


def _row(user: User) -> dict[str, object]:
    return {"user": user.username, "role": role_of(user), "active": user.is_active}
