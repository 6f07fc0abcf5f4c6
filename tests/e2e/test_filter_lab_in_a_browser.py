"""The filter lab in a browser: combinations, what the refused made, shadows, and why there may be nothing to see."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.models import Bot
from tests import factories
from tests.e2e.browsing import log_in, open_page
from tests.e2e.conftest import MARKET_TIME
from tests.e2e.web_process import WebProcess
from tests.risk.filters.bars import hours_of

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]
RISING, FALLING = hours_of(buys=[1] * 24 + [9]), hours_of(sells=[1] * 24 + [9])


def write_signals(count: int = 9) -> Bot:
    """Refused signals of the last days: every third at the low of its volume delta, every fourth a loss."""
    bot = factories.make_bot(name="duo-live", config={"cvd_new_low_enabled": True})
    for number in range(count):
        found = MARKET_TIME - timedelta(hours=7 * number + 9)
        signal = factories.make_signal(
            bot, status="refused", reason_code="filter_cvd_new_low" if number % 3 == 0 else "max_positions",
            found_at=found, decided_at=found,
        )  # fmt: skip
        factories.make_context(signal, hours=FALLING if number % 3 == 0 else RISING)
        made = {"exit_price": Decimal("10.031"), "result": Decimal("-18.4834")}
        if number % 4:
            made = {"exit_price": Decimal("6.716"), "result": Decimal("21.3168"), "exit_reason": "take_profit"}
        factories.make_shadow(signal, **made if number else {})
    return bot


@pytest.fixture
def page(browser: Any, web: WebProcess) -> Any:
    return open_page(browser, web.url)


def test_a_combination_is_found_by_its_filters(page: Any, pictures: Path) -> None:
    write_signals()
    log_in(page, path="/filter-lab")

    page.click("#lab-cvd_new_low")
    page.click("#lab-basis")

    page.screenshot(path=str(pictures / "lab.png"), full_page=True)
    rows = page.locator("#lab-table tbody tr:not(.reference)")
    assert rows.count() == 1
    assert rows.get_attribute("data-filters") == "cvd_new_low+basis"
    assert "3 of 9" in rows.inner_text()
    assert page.locator("#shadow-table tbody tr").count() == 9
    assert page.problems == []


def test_larger_combinations_and_other_days_stand_in_the_address(page: Any) -> None:
    write_signals(3)
    log_in(page, path="/filter-lab")

    page.select_option("select[name=largest]", "1")
    page.wait_for_url("**/filter-lab?largest=1")
    alone = page.locator("#lab-table tbody tr:not(.reference)").count()
    page.select_option("select[name=days]", "7")
    page.wait_for_url("**days=7**")

    assert alone == 11
    assert page.input_value("select[name=largest]") == "1"


def test_filters_that_never_stand_together_are_told(page: Any) -> None:
    write_signals(2)
    log_in(page, path="/filter-lab")

    for name in ("cvd_new_low", "basis", "buy_acceleration"):
        page.click(f"#lab-{name}")

    assert "No combination has all of these filters." in page.inner_text("#lab-table .filler")


def test_a_time_without_signals_says_why_it_is_empty(page: Any, pictures: Path) -> None:
    factories.make_bot(name="duo-live")
    log_in(page, path="/filter-lab")

    page.screenshot(path=str(pictures / "lab-empty.png"), full_page=True)
    assert "No signal was decided" in page.inner_text("#lab-table .filler")
    assert "No refused signal was followed" in page.inner_text("#shadow-table .filler")
    assert page.problems == []


@pytest.mark.parametrize("width", [360, 390])
def test_it_fits_a_phone(browser: Any, web: WebProcess, pictures: Path, width: int) -> None:
    write_signals()
    page = open_page(browser, web.url, width=width, height=844)
    log_in(page, path="/filter-lab")

    page.screenshot(path=str(pictures / f"lab-{width}.png"), full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.problems == []


def test_it_speaks_chinese(page: Any, pictures: Path) -> None:
    write_signals()
    log_in(page, path="/filter-lab")
    page.click("button[lang=zh-hans]")
    page.wait_for_selector("html[lang=zh-hans]")

    page.screenshot(path=str(pictures / "lab-zh.png"), full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    assert page.problems == []
