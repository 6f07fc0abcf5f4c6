"""The pages render, stay behind the login, and run nothing inline."""

import json
import re
import uuid

import pytest
from django.test import Client
from django.utils import translation

from dashboard.words import words
from desk.event_kinds import EventKind
from signals.strategies.base import StrategyConfig
from tests import factories

PAGES = [
    "/",
    "/positions",
    "/trades",
    "/signals",
    "/risk",
    "/settings",
    "/order",
    "/chart/DOTUSDT",
    "/why/DOTUSDT",
    "/ai",
    "/ai/plans",
    "/ai/memory",
    "/ai/reviews",
    "/ai/costs",
    "/ai/context",
    "/ai/variants",
    "/ai/prompt",
    "/api/docs/",
]


@pytest.fixture(autouse=True)
def market(public_market):
    return public_market


def beginning_of(page: str) -> dict:
    return json.loads(re.search(r'<script id="beginning" type="application/json">(.*?)</script>', page, re.S)[1])


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PAGES, f"/case/{uuid.UUID(int=7)}", "/trades.csv"])
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
    assert set(beginning["states"]) == {"status", "positions", "signals", "trades", "bots"}


@pytest.mark.parametrize("address", PAGES)
def test_an_empty_desk_renders(visitor: Client, address: str):
    assert beginning_of(visitor.get(address).content.decode())["seq"] == 0


@pytest.mark.parametrize("address", PAGES)
def test_every_page_renders_while_the_venue_is_down(visitor: Client, market, venue_clock, address: str):
    market.is_down = venue_clock.is_down = True
    factories.make_protected_position(symbol="DOTUSDT")

    assert visitor.get(address).status_code == 200


def test_a_page_marks_its_place_in_the_rail(visitor: Client):
    page = visitor.get("/trades").content.decode()

    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == ["/trades"]


def test_a_case_page_is_born_with_its_story(visitor: Client):
    signal = factories.make_signal(symbol="DOTUSDT", status="refused", reason_code="daily_loss")
    factories.make_event(EventKind.SIGNAL_FOUND, case=signal.case, symbol="DOTUSDT", ratio="12.5", price="8.5")

    page = visitor.get(f"/case/{signal.case}").content.decode()

    case = beginning_of(page)["page"]["case"]
    assert "<title>DOTUSDT" in page
    assert (case["state"], [step["kind"] for step in case["steps"]]) == ("refused", ["candle"])
    assert visitor.get(f"/case/{uuid.uuid4()}").status_code == 404


def test_the_settings_page_shows_the_bot_of_its_address(visitor: Client):
    bot = factories.make_bot()
    other = factories.make_bot(bot.account, strategy="manual", name="by hand")

    shown = beginning_of(visitor.get(f"/settings?bot={other.pk}").content.decode())["page"]

    assert shown["config"]["bot"]["name"] == "by hand"
    assert [row["id"] for row in shown["bots"]] == [bot.pk, other.pk]
    assert beginning_of(visitor.get("/settings?bot=x").content.decode())["page"]["config"]["bot"]["id"] == bot.pk


def test_the_risk_page_is_born_with_tier_limits_and_settings(visitor: Client):
    bot = factories.make_bot()

    shown = beginning_of(visitor.get(f"/risk?account={bot.account.pk}").content.decode())["page"]

    assert (shown["risk"]["tier"], shown["accounts"][0]["id"]) == ("active", bot.account.pk)
    assert {row["code"] for row in shown["risk"]["limits"]} >= {"max_positions", "daily_loss"}
    assert "max_leverage" in {row["name"] for row in shown["risk"]["settings"]}


def test_the_order_form_takes_its_symbol_from_the_address(visitor: Client):
    shown = beginning_of(visitor.get("/order?symbol=dotusdt&side=long").content.decode())["page"]

    assert (shown["symbol"], shown["side"], shown["symbols"]) == ("DOTUSDT", "LONG", ["DOTUSDT", "XRPUSDT"])


def test_the_order_form_opens_with_stored_settings_that_are_no_longer_valid(visitor: Client):
    factories.make_bot(strategy="manual", name="by hand", config={"twap_slices": "many"})

    shown = beginning_of(visitor.get("/order").content.decode())["page"]

    assert shown["styles"]["twap_slices"] == StrategyConfig().twap_slices


def test_a_page_knows_whether_the_password_is_wanted_but_not_the_password(visitor: Client, locked: str):
    page = visitor.get("/positions").content.decode()

    assert beginning_of(page)["needs_password"] is True
    assert locked not in page


@pytest.mark.parametrize("address", [*PAGES, "/login"])
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
    asked = set(re.findall(r'\bsay\(\s*"(\w+)"', sources))
    lists = set(re.findall(r'\bword\("(\w+)"', sources))

    with translation.override("en"):
        known = words()
    assert (asked | lists) - set(known) == set()


def test_every_icon_the_pages_ask_for_is_in_the_sprite():
    from duolive.configuration import ROOT

    sprite = (ROOT / "static/vendor/lucide/sprite.svg").read_text()
    scripts = "".join(path.read_text() for path in (ROOT / "static/dashboard/js").glob("*.js"))
    templates = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    asked = set(re.findall(r'\bicon\("([\w-]+)"', scripts)) | set(re.findall(r'with name="([\w-]+)"', templates))

    assert [name for name in sorted(asked) if f'id="{name}"' not in sprite] == []


def test_every_event_kind_has_its_icon():
    from duolive.configuration import ROOT

    source = (ROOT / "static/dashboard/js/feed.js").read_text()
    sprite = (ROOT / "static/vendor/lucide/sprite.svg").read_text()
    looks = dict(re.findall(r'^  (\w+): \["([\w-]+)"', source, re.M))

    assert set(EventKind.values) - set(looks) == set()
    assert [name for name in looks.values() if f'id="{name}"' not in sprite] == []
