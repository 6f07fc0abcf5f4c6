"""The page in both languages: words, line breaks, and the dark it begins in."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import WITHIN_MS, log_in
from tests.e2e.day import write_day, write_naked_position
from tests.e2e.web_process import WebProcess

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

# Names and units that Chinese traders write so, and what the day's rows are called.
ENGLISH = {"AI", "API", "Duo", "Live", "duo", "live", "English", "USDT", "UTC", "PEPE", "demo"}
# In one step: what is removed comes back with the next news of the socket.
TEXT_WITHOUT_MADE_UP_REASONS = """() => {
  document
    .querySelectorAll('.reason, .chips, [data-kind=signal_refused], [data-kind=position_unprotected]')
    .forEach((element) => element.remove());
  return document.querySelector('.frame').innerText;
}"""
OVERLAPS = """() => [...document.querySelectorAll('#feed li')].filter((row) => {
  const [text, time] = [row.querySelector('p'), row.querySelector('time')].map((part) => part.getBoundingClientRect());
  return text.right > time.left || row.scrollWidth > row.clientWidth;
}).length"""


@pytest.fixture
def page(browser: Any, web: WebProcess) -> Any:
    """A page of somebody whose machine prefers light."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, base_url=web.url, color_scheme="light")
    page.set_default_timeout(WITHIN_MS)
    return page


def turn_chinese(page: Any) -> None:
    page.click("button[lang=zh-hans]")
    page.wait_for_selector("html[lang=zh-hans] .position")


def english_in(text: str) -> set[str]:
    """Words that are neither a contract, an id of an order nor allowed."""
    words = re.findall(r"(?<![\w-])[A-Za-z]{2,}(?![\w-])", re.sub(r"dl\S+|\S*USDT\b", " ", text))
    return set(words) - ENGLISH


def test_the_page_begins_dark_until_somebody_chooses(page):
    log_in(page)
    begun = page.get_attribute("html", "data-theme")

    page.click("[data-theme-toggle]")
    page.reload()

    assert begun == "dark"
    assert page.get_attribute("html", "data-theme") == "light"


def test_the_chinese_page_holds_no_english(page, pictures: Path):
    write_naked_position(write_day())
    log_in(page)

    turn_chinese(page)
    page.screenshot(path=pictures / "overview-zh.png", full_page=True)

    bases = {text.removesuffix("USDT") for text in page.locator(".symbol").all_inner_texts()}
    assert english_in(page.evaluate(TEXT_WITHOUT_MADE_UP_REASONS)) - bases == set()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_sentences_of_the_feed_stay_clear_of_their_times(page, language: str, width: int):
    write_naked_position(write_day())
    log_in(page)
    page.click(f"button[lang={language}]")
    page.wait_for_selector(f"html[lang={language}] #feed li")

    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate(OVERLAPS) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
