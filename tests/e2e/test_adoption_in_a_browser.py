"""A position that is not the desk's: told on the overview, taken over by a person with the click of a button."""

from pathlib import Path
from typing import Any

import pytest

from desk.roles import Role
from tests.e2e.browsing import log_in, open_page
from tests.e2e.conftest import MARKET_TIME
from tests.e2e.day import write_day
from tests.e2e.web_process import WebProcess
from trading.core.blocks import BlockReason
from trading.models import Adoption, SymbolBlock

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]
SYMBOL = "ETHUSDT"


@pytest.fixture
def blocked(transactional_db: None) -> SymbolBlock:
    bot = write_day()
    return SymbolBlock.objects.create(
        account=bot.account, symbol=SYMBOL, reason=BlockReason.FOREIGN_POSITION, detail="-2.5 ETH", since=MARKET_TIME
    )


@pytest.fixture
def page(browser: Any, web: WebProcess, blocked: SymbolBlock) -> Any:
    return open_page(browser, web.url)


def test_a_trader_takes_over_what_somebody_else_opened(page: Any, pictures: Path) -> None:
    log_in(page, role=Role.TRADER)
    page.locator(f"#adopt-{SYMBOL}").wait_for()
    page.screenshot(path=pictures / "blocked.png", full_page=True)

    page.click(f"#adopt-{SYMBOL}")
    page.fill("#ask-value", "12")
    page.screenshot(path=pictures / "adopt.png")
    page.locator("dialog button.primary").click()
    page.locator("dialog").wait_for(state="detached")

    wish = Adoption.objects.get()
    assert (wish.symbol, wish.author, f"{wish.stop_loss_ratio:f}".rstrip("0")) == (SYMBOL, "demo", "0.12")
    assert page.problems == []


def test_a_stop_out_of_range_keeps_the_question_open_and_says_why(page: Any) -> None:
    log_in(page, role=Role.TRADER)

    page.click(f"#adopt-{SYMBOL}")
    page.fill("#ask-value", "95")
    page.locator("dialog button.primary").click()

    page.locator("dialog .wrong:not([hidden])").wait_for()
    assert not Adoption.objects.exists()


def test_a_viewer_is_told_and_asked_nothing(page: Any) -> None:
    log_in(page, role=Role.VIEWER)

    page.locator("#blocked-body li", has_text=SYMBOL).wait_for()

    assert page.locator(f"#adopt-{SYMBOL}").count() == 0
