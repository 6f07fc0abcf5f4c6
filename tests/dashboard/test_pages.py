"""The pages render, stay behind the login, and run nothing inline."""

import json
import re

import pytest
from django.test import Client
from django.utils import translation

from dashboard.words import words
from desk.event_kinds import EventKind
from tests import factories


def beginning_of(page: str) -> dict:
    return json.loads(re.search(r'<script id="beginning" type="application/json">(.*?)</script>', page, re.S)[1])


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/api/docs/"])
def test_a_stranger_is_sent_to_the_login(client: Client, address: str):
    response = client.get(address)

    assert response.status_code == 302
    assert response["Location"] == f"/login?next={address}"


def test_the_page_is_born_with_the_present_state(visitor: Client):
    position = factories.make_protected_position()
    event = factories.make_event(EventKind.SIGNAL_REFUSED, symbol="DOTUSDT", reason="too late")

    beginning = beginning_of(visitor.get("/").content.decode())

    assert beginning["seq"] == event.pk
    assert beginning["events"][-1]["sentence"] == "DOTUSDT: signal refused, too late"
    assert [row["id"] for row in beginning["states"]["positions"]] == [position.pk]
    assert set(beginning["states"]) == {"status", "positions", "signals", "trades"}


def test_an_empty_desk_renders(visitor: Client):
    assert beginning_of(visitor.get("/").content.decode())["seq"] == 0


@pytest.mark.parametrize("address", ["/", "/login", "/api/docs/"])
def test_nothing_inline_is_in_a_page(visitor: Client, client: Client, address: str):
    page = (client if address == "/login" else visitor).get(address).content.decode()

    assert re.findall(r"<script(?![^>]*(?:\ssrc=|application/json))", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []


def test_every_page_carries_the_strict_policy(visitor: Client):
    assert visitor.get("/")["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in visitor.get("/")["Content-Security-Policy"]


def test_the_admin_may_set_styles_but_no_scripts(client: Client, db: None):
    policy = client.get("/admin/login/")["Content-Security-Policy"]

    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src" not in policy


def test_login_and_logout(client: Client, user):
    wrong = client.post("/login", {"username": "demo", "password": "wrong"})
    right = client.post("/login", {"username": "demo", "password": "demo-password"})
    page = client.get("/")
    client.post("/logout")

    assert "do not fit together" in wrong.content.decode()
    assert right["Location"] == "/"
    assert page.status_code == 200
    assert client.get("/").status_code == 302


def test_every_word_the_scripts_ask_for_exists():
    from duolive.configuration import ROOT

    sources = "".join(path.read_text() for path in (ROOT / "static/dashboard/js").glob("*.js"))
    asked = set(re.findall(r'\b(?:say|fact)\(\s*"(\w+)"', sources))
    lists = set(re.findall(r'\bword\("(\w+)"', sources))

    with translation.override("en"):
        known = words()
    assert (asked | lists) - set(known) == set()


def test_every_event_kind_has_its_icon():
    from duolive.configuration import ROOT

    source = (ROOT / "static/dashboard/js/feed.js").read_text()
    sprite = (ROOT / "static/vendor/lucide/sprite.svg").read_text()
    looks = dict(re.findall(r'^  (\w+): \["([\w-]+)"', source, re.M))

    assert set(EventKind.values) - set(looks) == set()
    assert [name for name in looks.values() if f'id="{name}"' not in sprite] == []
