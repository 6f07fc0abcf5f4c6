"""The live page in a real browser, against the real web process."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import log_in, open_page
from tests.e2e.day import write_day, write_naked_position, write_position
from tests.e2e.web_process import WebProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Any, web: WebProcess) -> Any:
    return open_page(browser, web.url)


def test_a_new_position_appears_without_reloading(page, pictures: Path):
    bot = write_day()
    log_in(page)
    assert page.locator(".position").count() == 1
    page.evaluate("window.wasNotReloaded = true")

    write_position(bot, symbol="BTCUSDT")
    row = page.locator(".position", has_text="BTCUSDT")
    row.wait_for()

    told = page.locator("#feed li", has_text="BTCUSDT: stop at 10.03")
    told.first.wait_for()
    assert told.count() == 1
    assert page.evaluate("window.wasNotReloaded") is True
    assert page.problems == []


def test_an_unprotected_position_shows_everywhere(page, pictures: Path):
    write_naked_position(write_day())
    log_in(page)

    assert "UNPROTECTED" in page.inner_text("#light")
    assert "UNPROTECTED" in page.title()
    assert page.get_attribute("link[rel=icon]", "href").endswith("/unprotected.svg")
    page.screenshot(path=pictures / "unprotected.png", full_page=True)
    assert page.problems == []


@pytest.mark.parametrize("width", [360, 768, 1440, 2560])
def test_the_page_never_scrolls_sideways(page, pictures: Path, width: int):
    write_day()
    page.set_viewport_size({"width": width, "height": 800})
    log_in(page)
    page.wait_for_selector(".position")

    page.screenshot(path=pictures / f"overview-{width}.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.problems == []


def test_a_lost_server_is_said_and_the_page_comes_back_by_itself(page, web: WebProcess):
    write_day()
    log_in(page)
    page.wait_for_selector(".position")

    web.stop()
    page.wait_for_selector("#offline:not([hidden])")
    lost = page.inner_text("#offline")
    web.start()
    page.wait_for_selector("#offline", state="hidden", timeout=30_000)

    assert "Connection lost" in lost


def test_the_page_speaks_chinese_and_turns_light(page, pictures: Path):
    log_in(page)

    page.click("button[lang=zh-hans]")
    page.click("[data-theme-toggle]")
    page.wait_for_selector("html[lang=zh-hans][data-theme=light]")
    page.screenshot(path=pictures / "empty-light-zh.png", full_page=True)

    assert page.problems == []


def test_the_login_page_says_what_is_wrong(page, pictures: Path):
    page.goto("/login")
    page.screenshot(path=pictures / "login.png")
    page.fill("#id_username", "demo")
    page.fill("#id_password", "wrong")

    page.click("button.primary")

    assert "do not fit together" in page.inner_text("[role=alert]")
    assert page.problems == []


def test_the_api_page_lists_the_addresses(page, pictures: Path):
    log_in(page)

    page.goto("/api/docs/")
    page.screenshot(path=pictures / "api-docs.png")

    assert page.locator("code", has_text="GET /api/v1/positions/history").count() == 1
    assert page.problems == []


def test_a_line_of_the_feed_leads_to_its_case(page):
    write_day()
    log_in(page)

    page.click("#feed li:has-text('stop at 10.03') a")

    page.wait_for_selector(".timeline .step")
    assert page.problems == []
