"""What a viewer is shown, and the lines that were drawn for everybody."""

from typing import Any

import pytest

from desk.models import Account, BalanceSnapshot, Bot
from desk.roles import Role
from tests.e2e.browsing import log_in, open_page
from tests.e2e.conftest import MARKET_TIME
from tests.e2e.day import write_day
from tests.e2e.web_process import WebProcess

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def day(transactional_db: None) -> Bot:
    bot = write_day()
    BalanceSnapshot.objects.create(
        account=Account.objects.get(),
        date=MARKET_TIME.date(),
        wallet_balance=1000,
        unrealized_pnl=0,
        at=MARKET_TIME,
    )
    return bot


@pytest.fixture
def page(browser: Any, web: WebProcess, day: Bot) -> Any:
    return open_page(browser, web.url)


def test_a_viewer_sees_positions_and_settings_and_can_change_neither(page):
    log_in(page, path="/positions", role=Role.VIEWER)
    page.locator(".position .actions").first.wait_for()

    assert page.locator(".position .actions button").count() == 0
    assert page.locator('a[href="/order"]').count() == 0
    page.goto("/settings")
    page.locator("fieldset.group").first.wait_for()
    assert page.locator("fieldset.group:not(:disabled)").count() == 0
    assert page.locator("#switch").count() == 0
    assert page.problems == []


def test_a_trader_may_pause_the_bot_but_not_change_it(page, day):
    Bot.objects.filter(pk=day.pk).update(auto_trade=True)
    log_in(page, path="/settings", role=Role.TRADER)
    page.locator("#switch").click()

    page.locator("#auto-trade-title", has_text="auto-trade off").wait_for()

    assert not Bot.objects.get(pk=day.pk).auto_trade
    assert page.locator("#switch").count() == 0
    assert page.locator("fieldset.group:not(:disabled)").count() == 0


def test_a_page_above_the_role_says_so_and_leads_back(page):
    log_in(page, role=Role.VIEWER)
    page.goto("/order")

    page.get_by_role("link", name="To the overview").click()

    page.locator("#figures").wait_for()


def test_the_overview_draws_equity_and_the_prices_of_positions(page):
    log_in(page)

    page.locator("#equity-body .curve polyline").wait_for()
    page.locator(".position .head .curve polyline").first.wait_for()

    assert "p99" in page.locator("#positions-aside").inner_text()
    assert page.problems == []
