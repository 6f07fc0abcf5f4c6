"""The risk page in a browser: what has tripped, the limits, a reset with its reason, a setting out of its range."""

from pathlib import Path
from typing import Any

import pytest

from desk.models import Account
from risk import breaker_store
from risk.breaker import stop_at_once
from risk.breaker_store import tier_of
from risk.models import RiskVersion
from risk.states import Tier
from tests.e2e.browsing import log_in, open_page
from tests.e2e.web_process import WebProcess
from tests.factories import NOON, make_bot, make_protected_position

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def account(transactional_db: None) -> Account:
    """A halted account with one position."""
    bot = make_bot(name="surge")
    make_protected_position(bot, symbol="DOTUSDT")
    breaker_store.change(bot.account, lambda breaker, _row: stop_at_once(breaker, now=NOON, value="owner"))
    return bot.account


@pytest.fixture
def page(browser: Any, web: WebProcess, account: Account) -> Any:
    page = open_page(browser, web.url)
    log_in(page, path="/risk")
    return page


def test_a_tripped_breaker_is_reset_with_a_reason(page: Any, account: Account, pictures: Path) -> None:
    page.wait_for_selector(".trips li")
    page.screenshot(path=str(pictures / "risk.png"), full_page=True)

    page.click("#reset")
    page.fill("#ask-value", "looked at it")
    page.click("dialog button.primary")
    page.wait_for_selector('#tiers [data-tier="active"][aria-current]')

    assert tier_of(account) is Tier.ACTIVE
    assert page.locator("#limits progress").count() == 4
    assert page.problems == []


def test_a_setting_out_of_its_range_is_refused_in_its_field(page: Any, account: Account) -> None:
    page.fill("#risk-max_leverage", "126")
    page.fill("#risk-max_position_pct", "20")
    page.click("#risk-settings button.primary")
    page.wait_for_selector('[data-name="max_leverage"] .wrong:not([hidden])')

    told = page.inner_text('[data-name="max_leverage"] .wrong')

    assert "125" in told
    assert not RiskVersion.objects.exists()
