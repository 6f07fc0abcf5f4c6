"""Every address asks for a role; a new one that names none makes the first test here fail."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.authtoken.models import Token

from dashboard.api.permissions import HasRole, role_needed
from desk.roles import Role, give_role
from tests import factories

# Each open to strangers on purpose: by law, or because it is the way in, out, or to another language.
PUBLIC = {"login", "logout", "set_language", "healthz", "readyz", "metrics", "telegram_webhook", "context_webhook"}
ARGUMENTS = {"pk": 999999, "number": 999999, "symbol": "DOTUSDT", "case": uuid.UUID(int=7)}
ROLES = [None, *Role]
RANK = {role: rank for rank, role in enumerate(ROLES)}
WRITES = {
    "order": Role.TRADER,
    "what_if": Role.VIEWER,
    "change_what_if": Role.VIEWER,
    "close": Role.TRADER,
    "take_profit": Role.TRADER,
    "stop": Role.TRADER,
    "cancel_entry": Role.TRADER,
    "cancel_rest": Role.TRADER,
    "changes": Role.TRADER,
    "adopt": Role.TRADER,
    "auto_trade": Role.TRADER,
    "config": Role.OWNER,
    "config_rollback": Role.OWNER,
    "risk": Role.OWNER,
    "risk_rollback": Role.OWNER,
    "config_preview": Role.VIEWER,
    "risk_preview": Role.VIEWER,
    "circuit_reset": Role.OWNER,
    "emergency_stop": Role.TRADER,
    "start": Role.OWNER,
    "stop_trading": Role.TRADER,
    "promote": Role.OWNER,
}


@pytest.fixture(autouse=True)
def market(public_market):
    return public_market


def routes(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Every address outside the admin, with arguments filled in."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(entry.pattern)
        if path.startswith("/admin/"):
            continue
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, path)
        else:
            yield path, entry


def address_of(path: str) -> str:
    for name, value in ARGUMENTS.items():
        for converter in ("int:", "str:", "uuid:"):
            path = path.replace(f"<{converter}{name}>", str(value))
    return path


GUARDED = [(address_of(path), entry) for path, entry in routes() if entry.name not in PUBLIC]
API = [(address, entry) for address, entry in GUARDED if hasattr(entry.callback, "cls")]
PAGES = [(address, entry) for address, entry in GUARDED if not hasattr(entry.callback, "cls")]
names = [entry.name for _, entry in GUARDED]


def logged_in(role: Role | None) -> Client:
    person = User.objects.create_user(f"person-{role}")
    give_role(person, role)
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(("address", "entry"), GUARDED, ids=names)
def test_every_address_names_its_role(address: str, entry: URLPattern):
    view = getattr(entry.callback, "cls", None)
    if view is None:
        assert isinstance(getattr(entry.callback, "role", None), Role)
        return

    assert HasRole in view.permission_classes
    handlers = [method for method in ("get", "post", "put", "patch", "delete") if hasattr(view, method)]
    assert handlers
    assert [method for method in handlers if role_needed(view, method.upper()) is None] == []
    assert "<" not in address


@pytest.mark.parametrize(("address", "entry"), GUARDED, ids=names)
@pytest.mark.django_db
def test_strangers_see_nothing(client: Client, address: str, entry: URLPattern):
    assert client.get(address).status_code in (302, 401, 403)
    assert client.post(address).status_code in (302, 401, 403)


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize(("address", "entry"), PAGES, ids=[entry.name for _, entry in PAGES])
@pytest.mark.django_db
def test_pages_open_to_their_role_and_those_above(address: str, entry: URLPattern, role: Role | None):
    is_allowed = RANK[role] >= RANK[entry.callback.role]

    assert (logged_in(role).get(address).status_code != 403) is is_allowed


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize(("address", "entry"), API, ids=[entry.name for _, entry in API])
@pytest.mark.django_db
def test_the_api_answers_reading_and_writing_by_role(address: str, entry: URLPattern, role: Role | None):
    client, view = logged_in(role), entry.callback.cls

    if hasattr(view, "get"):
        assert (client.get(address).status_code != 403) is (role is not None)
    if hasattr(view, "post"):
        answer = client.post(address, {}, content_type="application/json")
        assert (answer.status_code != 403) is (RANK[role] >= RANK[WRITES[entry.name]])


def test_the_table_of_writes_is_the_whole_of_them():
    assert {entry.name for _, entry in API if hasattr(entry.callback.cls, "post")} == set(WRITES)


@pytest.mark.django_db
def test_a_trader_switches_off_and_only_an_owner_on():
    factories.make_bot(auto_trade=True)
    trader, owner = logged_in(Role.TRADER), logged_in(Role.OWNER)

    def switched(client: Client, enabled: bool) -> int:
        return client.post("/api/v1/auto-trade", {"enabled": enabled}, content_type="application/json").status_code

    assert [switched(trader, False), switched(trader, True), switched(owner, True)] == [200, 403, 200]


@pytest.mark.django_db
def test_a_token_carries_the_role_of_its_user(client: Client):
    person = User.objects.create_user("robot")
    header = {"Authorization": f"Token {Token.objects.create(user=person).key}"}

    refused = client.get("/api/v1/positions", headers=header)
    give_role(person, Role.VIEWER)
    seen = client.get("/api/v1/positions", headers=header)
    ordered = client.post("/api/v1/order", {}, content_type="application/json", headers=header)

    assert [refused.status_code, seen.status_code, ordered.status_code] == [403, 200, 403]
    assert "role" in ordered.json()["detail"]


@pytest.mark.django_db
def test_a_viewer_is_offered_nothing_that_trades():
    viewer = logged_in(Role.VIEWER)

    page = viewer.get("/positions").content.decode()

    assert 'href="/order"' not in page
    assert '"may": {"trade": false, "decide": false}' in page
    assert 'href="/order"' in logged_in(Role.TRADER).get("/positions").content.decode()


@pytest.mark.django_db
def test_who_has_no_role_is_told_whom_to_ask_and_can_leave():
    answer = logged_in(None).get("/")

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "An owner of the desk" in page
    assert 'action="/logout"' in page


def test_a_case_that_does_not_exist_leads_back(visitor: Client):
    answer = visitor.get(f"/case/{uuid.UUID(int=7)}")

    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()


@pytest.mark.django_db
def test_staff_without_a_role_see_no_records():
    person = User.objects.create_user("clerk", is_staff=True)
    client = Client()
    client.force_login(person)

    before = client.get("/admin/desk/event/").status_code
    give_role(person, Role.VIEWER)

    assert (before, client.get("/admin/desk/event/").status_code) == (403, 200)
