"""The risk page in a browser: what has tripped, the limits, a reset with its reason, a setting out of its range."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.models import Account
from risk import breaker_store
from risk.breaker import stop_at_once
from risk.breaker_store import tier_of
from risk.limit_settings import RiskSettings
from risk.models import RiskVersion
from risk.settings_store import risk_settings_of
from risk.states import Tier
from tests.e2e.browsing import log_in, open_page
from tests.e2e.web_process import WebProcess
from tests.factories import NOON, make_bot, make_fill, make_protected_position
from trading.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]
LATER_THAN_THE_MARKET = datetime(2100, 1, 1, tzinfo=UTC)  # of today, whatever the day of the venue is


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


def test_settings_go_by_plain_words_with_their_units(page: Any) -> None:
    labels = page.locator("#risk-settings label").all_inner_texts()

    assert len(labels) == len(RiskSettings.model_fields)
    assert not [label for label in labels if "_" in label or label.endswith((" pct", " usdt", " minutes"))]
    assert page.inner_text('[data-name="daily_loss_usdt"] .unit') == "USDT"
    assert page.inner_text('[data-name="crash_minutes"] .unit') == "min"


def test_a_switch_a_choice_and_a_list_are_saved_as_what_they_are(page: Any, account: Account) -> None:
    page.check("#risk-crash_flatten")
    page.select_option("#risk-crash_tier", "halted")
    page.fill("#risk-symbol_deny", "dotusdt, btcusdt")

    page.click("#save-bar button[type=submit]")
    page.wait_for_selector("dialog")
    asked = page.inner_text("dialog")
    page.click("dialog button.primary")
    page.wait_for_selector('[data-version="1"]')

    saved = risk_settings_of(account)
    assert "close only → halted" in asked
    assert (saved.crash_flatten, saved.crash_tier) == (True, Tier.HALTED)
    assert saved.symbol_deny == ("DOTUSDT", "BTCUSDT")
    assert page.input_value("#risk-symbol_deny") == "DOTUSDT, BTCUSDT"
    assert page.locator("#save-bar").is_hidden()
    assert page.problems == []


def test_money_of_the_limits_is_told_to_the_cent(browser: Any, web: WebProcess, account: Account) -> None:
    order = Order.objects.filter(account=account).first()
    assert order is not None
    make_fill(order, at=LATER_THAN_THE_MARKET, realized_pnl=Decimal("-3.67502354"), commission=Decimal(0))
    page = open_page(browser, web.url)

    log_in(page, path="/risk")
    page.wait_for_selector("#limits progress")

    assert "3.68 of " in page.inner_text("#limits")
