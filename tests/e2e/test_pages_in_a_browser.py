"""Every page in a real browser: it renders, stays inside the screen, logs no error, and does what it says."""

from pathlib import Path
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Bot
from signals.models import Signal
from tests import factories
from tests.e2e.browsing import log_in, open_page
from tests.e2e.day import write_day
from tests.e2e.web_process import WebProcess
from trading.core.states import Purpose
from trading.models import Position

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

PAGES = {
    "positions": ("/positions", ".position .actions"),
    "trades": ("/trades", "#trade-table tbody tr"),
    "signals": ("/signals", "#signal-table tbody tr"),
    "settings": ("/settings", ".setting"),
    "order": ("/order?symbol=DOTUSDT", "#what-if dl"),
    "chart": ("/chart/DOTUSDT", "#chart canvas"),
    "case": ("/case/{case}", ".case:has(.step) #chart canvas"),
    "why": ("/why/ANKRUSDT", ".case-line"),
}

RECKONED = {
    "quantity": "12",
    "notional": "102",
    "margin": "34",
    "leverage": 3,
    "fee": "0.051",
    "exit_fee": "0.06018",
    "liquidation_price": "11.28818061",
    "stop_price": "10.03",
    "loss_at_stop": "18.36",
    "loss_at_stop_pct": "1.8297",
    "gap_pct": "10",
    "loss_at_gap": "30.396",
    "loss_at_gap_pct": "3.0292",
    "bound_by": "position_share",
    "room": "1505.13",
    "refusal": "",
}


@pytest.fixture
def day(transactional_db: None) -> Bot:
    """The day of the overview, with the story of its position told in full."""
    bot = write_day()
    position = Position.objects.get(symbol="DOTUSDT")
    signal = Signal.objects.get(symbol="DOTUSDT")
    Position.objects.filter(pk=position.pk).update(signal=signal, case=signal.case)
    entry = position.orders.get(purpose=Purpose.ENTRY)
    factories.make_fill(entry, at=position.filled_at)
    tell = {"at": position.filled_at, "case": signal.case, "bot": bot, "symbol": "DOTUSDT"}
    of_entry = {**tell, "purpose": "entry", "client_order_id": entry.client_order_id}
    factories.make_event(
        EventKind.ENTRY_INTENDED,
        side="SELL",
        quantity="12",
        price="8.5",
        margin="34",
        leverage=3,
        sizing="half_kelly",
        bound_by="position_share",
        what_if=RECKONED,
        **tell,
    )
    factories.make_event(EventKind.ORDER_SENT, **of_entry)
    factories.make_event(EventKind.ORDER_ACCEPTED, latency_ms=38, status="NEW", **of_entry)
    factories.make_event(EventKind.ENTRY_FILLED, quantity="12", price="8.5", commission="0.0408", **tell)
    factories.make_event(EventKind.STOP_PLACED, price="10.03", seconds="0.2", **tell)
    factories.make_event(EventKind.TAKE_PROFIT_PLACED, price="5.695", **tell)
    return bot


def address(name: str) -> str:
    return PAGES[name][0].format(case=Signal.objects.get(symbol="DOTUSDT").case)


@pytest.mark.parametrize("width", [360, 1440])
def test_every_page_shows_its_content_inside_the_screen(browser, web: WebProcess, day, pictures: Path, width: int):
    page = open_page(browser, web.url, width=width)
    log_in(page)

    for name, (_path, content) in PAGES.items():
        page.goto(address(name))
        page.locator(content).first.wait_for()
        page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)

        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.problems == [], name


def test_every_page_speaks_chinese_in_the_light(browser, web: WebProcess, day, pictures: Path):
    page = open_page(browser, web.url)
    log_in(page)
    page.click("button[lang=zh-hans]")
    page.click("[data-theme-toggle]")

    for name, (_path, content) in PAGES.items():
        page.goto(address(name))
        page.locator(content).first.wait_for()
        page.screenshot(path=pictures / f"{name}-zh.png", full_page=True)

        assert page.problems == [], name


@pytest.fixture
def page(browser: Any, web: WebProcess, day: Bot) -> Any:
    page = open_page(browser, web.url)
    log_in(page)
    yield page
    assert page.problems == []


def test_closing_asks_once_with_numbers_and_environment_and_marks_the_position(page, pictures: Path):
    page.goto("/positions")
    page.click("[id^=close-]")
    asked = page.inner_text("dialog")
    page.screenshot(path=pictures / "close-dialog.png")

    page.click("dialog button[type=submit]")
    page.wait_for_selector(".position .chip:has-text('closing')")

    assert all(word in asked.upper() for word in ("REPLAY", "12 DOT", "8.5", "8.25", "+3.0000"))
    assert Position.objects.get(symbol="DOTUSDT").status == "closing"


def test_thinking_better_of_it_changes_nothing(page):
    page.goto("/positions")
    page.click("[id^=close-]")

    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")

    assert focused == "Cancel"
    assert Position.objects.get(symbol="DOTUSDT").status == "open"


def test_a_stop_is_moved_and_a_senseless_one_is_refused_in_the_dialog(page):
    page.goto("/positions")
    page.click("[id^=stop-]")
    page.fill("#ask-value", "8")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("dialog .wrong:not([hidden])")
    refused = page.inner_text("dialog .wrong")
    page.problems.clear()  # the browser tells of the answer 409

    page.fill("#ask-value", "9.2")
    page.click("dialog button[type=submit]")
    page.wait_for_selector(".toast")

    assert "close the position instead" in refused
    assert str(Position.objects.get(symbol="DOTUSDT").stop_price) == "9.2"


def test_settings_are_saved_as_a_version_and_refused_by_field(page, day, pictures: Path):
    page.goto("/settings")
    page.fill("#setting-leverage", "500")
    page.click("#save-bar button[type=submit]")
    wrong = page.locator("[data-name=leverage] .wrong:not([hidden])")
    wrong.wait_for()
    refused = wrong.inner_text()
    page.screenshot(path=pictures / "settings-refused.png")
    page.problems.clear()

    page.fill("#setting-leverage", "5")
    page.click("#save-bar button[type=submit]")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#versions li:nth-child(2)")

    assert "125" in refused
    assert day.config_version.number == 2
    assert "3 × → 5 ×" in page.inner_text("#versions li:first-child")


def test_the_switch_goes_off_at_once_and_on_after_a_question(page, day):
    page.goto("/settings")
    page.click("#switch")
    page.wait_for_selector("#auto-trade-title:has-text('off')")

    page.click("#switch")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#auto-trade-title:has-text('on')")

    day.refresh_from_db()
    assert day.auto_trade is True


def test_an_order_shows_its_numbers_before_the_yes(page, pictures: Path):
    page.goto("/order?symbol=XRPUSDT")
    page.fill("#margin_usdt", "20")
    page.wait_for_selector("#what-if dd:has-text('19.')")
    page.click("#submit")
    asked = page.inner_text("dialog")
    page.screenshot(path=pictures / "order-dialog.png")

    page.click("dialog button[type=submit]")
    page.wait_for_selector("#what-if a[href^='/case/']")

    position = Position.objects.get(symbol="XRPUSDT", status="pending")
    assert f"{position.orders.get().quantity.normalize():f} XRP" in asked
    assert position.bot.strategy == "manual"


def test_a_filter_stands_in_the_address_and_narrows_the_table(page):
    page.goto("/trades")
    before = page.locator("#trade-table tbody tr").count()

    page.select_option("select[name=exit]", "stop_loss")
    page.wait_for_url("**exit=stop_loss**")
    page.wait_for_selector("#trade-table tbody tr")

    assert (before, page.locator("#trade-table tbody tr").count()) == (3, 1)
    page.click("th[data-sort=result] a")
    page.wait_for_url("**sort=-result**")
    assert "exit=stop_loss" in page.url


def test_a_case_tells_what_its_entry_was_reckoned_to_do(page, day):
    page.goto(address("case"))

    page.wait_for_selector("#what-if dd")

    told = page.inner_text("#what-if")
    assert "−30.40 USDT · 3.03 % of equity" in told
    assert "11.288181 USDT" in told
    assert "share of equity in one position: 1,505.13 USDT left" in told
    assert "half Kelly" in page.inner_text("#timeline")


def test_a_case_grows_while_it_is_looked_at(page, day):
    position = Position.objects.get(symbol="DOTUSDT")
    page.goto(f"/case/{position.case}")
    page.locator(".step").first.wait_for()
    before = page.locator(".step").count()

    factories.make_event(
        EventKind.TAKE_PROFIT_JUDGED, case=position.case, bot=day, symbol="DOTUSDT", check="2h", strength="medium",
        ratio_pct="21", reason="0.583 of 24 closes beyond 0.055",
    )  # fmt: skip

    page.wait_for_selector(".step[data-kind=judgement]")
    assert page.locator(".step").count() == before + 1
