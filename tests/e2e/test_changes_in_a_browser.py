"""Adding to a position, reducing it and moving its exits: numbers first, then the wish, then how far it is."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.models import Bot
from desk.roles import Role
from tests import factories
from tests.e2e.browsing import log_in, open_page
from tests.e2e.day import write_day
from tests.e2e.web_process import WebProcess
from trading.core.states import Book, ChangeStatus, OrderStatus, Purpose
from trading.models import Position, PositionChange

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def day(transactional_db: None) -> Bot:
    return write_day()


@pytest.fixture
def page(browser: Any, web: WebProcess, day: Bot) -> Any:
    page = open_page(browser, web.url)
    log_in(page)
    page.goto("/positions")
    yield page
    assert page.problems == []


def dot() -> Position:
    return Position.objects.get(symbol="DOTUSDT")


def working_slices(position: Position, *, filled: int) -> PositionChange:
    """A part close in four slices, some of which are through."""
    change = factories.make_change(
        position, kind="REDUCE", status=ChangeStatus.WORKING, author="anna", reason="enough for today"
    )
    execution = factories.make_execution(change, purpose=Purpose.REDUCE, style="twap", slices=4, quantity=Decimal(8))
    for attempt in range(1, filled + 1):
        factories.make_order(
            position,
            purpose=Purpose.CLOSE,
            attempt=attempt,
            execution=execution,
            status=OrderStatus.FILLED,
            book=Book.ORDINARY,
            quantity=Decimal(2),
            executed_quantity=Decimal(2),
        )
    return change


def test_a_part_close_shows_what_it_comes_to_and_is_asked_for_once(page: Any, pictures: Path) -> None:
    page.click("[id^=reduce-]")
    page.wait_for_selector("dialog dd")
    page.fill("#ask-share", "25")
    page.wait_for_selector("dialog button[type=submit]:has-text('Close 3 DOT')")
    told = page.inner_text("dialog dl")
    page.screenshot(path=pictures / "reduce-dialog.png")
    page.fill("#ask-reason", "half of the way")

    page.click("dialog button[type=submit]")
    page.wait_for_selector(".change[data-state=working]:has-text('Closing 25 %')")

    change = PositionChange.objects.get()
    assert "12 → 9 DOT" in told and "▲ +0.7500 USDT" in told
    assert (change.share_pct, change.reason, change.author) == (Decimal(25), "half of the way", "demo")
    assert page.locator("[id^=add-]").is_disabled() and page.locator("[id^=reduce-]").is_disabled()


def test_an_add_shows_the_new_average_and_goes_with_its_style(page: Any) -> None:
    page.click("[id^=add-]")
    page.click("dialog .choices button:has-text('50 %')")
    page.select_option("#ask-style", "twap")
    page.wait_for_selector("dialog button[type=submit]:has-text('Add 6 DOT'):not([disabled])")
    told = page.inner_text("dialog dl")

    page.click("dialog button[type=submit]")
    page.wait_for_selector(".change[data-state=working]:has-text('Adding 50 %')")

    assert "8.5 → 8.4" in told and "12 → 18 DOT" in told and "in slices" in told
    assert (PositionChange.objects.get().style, PositionChange.objects.get().kind) == ("twap", "ADD")


def test_what_stands_in_the_way_is_said_in_words_and_no_yes_is_possible(page: Any) -> None:
    Position.objects.update(entry_price=Decimal("8.2"))  # a short that loses at 8.25

    page.click("[id^=add-]")
    page.wait_for_selector("dialog .caution:not([hidden])")

    assert "not enough profit to add" in page.inner_text("dialog .caution")
    assert page.locator("dialog button[type=submit]").is_disabled()
    assert not PositionChange.objects.exists()


def test_a_full_close_and_a_looser_stop_are_told_before_the_yes(page: Any) -> None:
    page.click("[id^=reduce-]")
    page.fill("#ask-share", "99")
    page.wait_for_selector("dialog .caution:has-text('closes the whole position')")
    whole = page.inner_text("dialog footer")
    page.keyboard.press("Escape")

    page.click("[id^=stop-]")
    page.fill("#ask-value", "10.5")

    page.wait_for_selector("dialog .caution:has-text('risks more')")

    assert "Close 12 DOT" in whole
    assert "▼ −18.36 → ▼ −24.00 USDT" in page.inner_text("dialog dl")


def test_a_change_shows_its_slices_as_they_fill_and_how_it_ended(page: Any, pictures: Path) -> None:
    working_slices(dot(), filled=1)
    page.wait_for_selector(".sending:has-text('2 of 8 DOT')")
    states = page.locator(".pieces i").evaluate_all("found => found.map((piece) => piece.dataset.state)")
    page.screenshot(path=pictures / "working-change.png")

    PositionChange.objects.update(status=ChangeStatus.DONE, quantity=Decimal(6), finished_at=dot().marked_at)

    page.wait_for_selector(".change[data-state=done]:has-text('Closed 6 of 8 DOT')")
    told = page.inner_text(".change")
    factories.make_change(
        dot(), status=ChangeStatus.REFUSED, refusal_code="max_adds", refusal="max_adds (2, limit 2)", author="anna"
    )
    page.wait_for_selector(".change[data-state=refused]:has-text('Not added: added to often enough')")
    assert states == ["filled", "waiting", "waiting", "waiting"]
    assert "enough for today" in told


def test_a_viewer_sees_the_change_and_no_button(browser: Any, web: WebProcess, day: Bot) -> None:
    working_slices(dot(), filled=2)
    page = open_page(browser, web.url)
    log_in(page, role=Role.VIEWER)
    page.goto("/positions")

    page.wait_for_selector(".sending:has-text('4 of 8 DOT')")

    assert page.locator("[id^=add-], [id^=reduce-]").count() == 0
    assert page.problems == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_dialog_and_the_labels_of_the_rail_fit_a_phone(
    browser: Any, web: WebProcess, day: Bot, pictures: Path, language: str
) -> None:
    working_slices(dot(), filled=2)
    page = open_page(browser, web.url, width=360, height=740)
    log_in(page)
    if language != "en":
        page.click(f"button[lang={language}]")
        page.wait_for_selector(f"html[lang={language}]")
    page.goto("/positions")
    page.wait_for_selector(".sending")
    PositionChange.objects.update(
        status=ChangeStatus.DONE, quantity=Decimal(4), finished_at=dot().marked_at, reason="a long reason " * 20
    )
    page.wait_for_selector(".change[data-state=done]")
    beyond = page.locator(".position").evaluate_all(
        "rows => rows.filter((row) => row.scrollWidth > row.clientWidth).length"
    )
    page.click("[id^=reduce-]:not([disabled])")
    page.wait_for_selector("dialog dd")
    page.screenshot(path=pictures / f"reduce-phone-{language}.png")

    box = page.locator("dialog").bounding_box()
    assert beyond == 0
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["height"] <= 740
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".price-rail").evaluate_all(OVERLAPS) == 0
    assert page.problems == []


OVERLAPS = """(rails) => rails.flatMap((rail) => ['above', 'below'].map((side) => {
  const boxes = [...rail.querySelectorAll(`.${side}`)].map((label) => label.getBoundingClientRect());
  boxes.sort((a, b) => a.left - b.left);
  return boxes.filter((box, place) => place && box.left < boxes[place - 1].right).length;
})).reduce((sum, count) => sum + count, 0)"""
WIDER = "(rows) => rows.filter((row) => row.scrollWidth > row.clientWidth).length"


def test_the_rest_of_an_add_in_slices_is_called_off_from_its_position(page: Any) -> None:
    change = factories.make_change(dot(), kind="ADD", status=ChangeStatus.WORKING, author="anna")
    plan = factories.make_execution(change, purpose=Purpose.ADD, style="twap", slices=4)
    page.reload()

    page.click("[id^=cancel-rest-]")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("[id^=cancel-rest-][disabled]")

    plan.refresh_from_db()
    assert plan.called_off_at is not None
    assert page.locator("[id^=close-]").is_enabled()
