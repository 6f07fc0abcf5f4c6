"""Settings as change sets in a browser: tried, saved with a reason, refused field by field, brought back."""

from pathlib import Path
from typing import Any

import pytest

from desk.models import Bot
from risk.models import RiskVersion
from risk.settings_store import change_risk_settings, risk_settings_of
from signals.bot_settings import change_settings, settings_of
from tests import factories
from tests.e2e.browsing import log_in, open_page
from tests.e2e.web_process import WebProcess
from tests.factories import NOON
from tests.risk.filters.bars import hours_of

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bot(transactional_db: None) -> Bot:
    """A bot with three decided signals, one of them at the low of its volume delta."""
    bot = factories.make_bot(name="duo-live")
    for sells in ([1] * 24 + [9], [9] + [1] * 24, [9] + [1] * 24):
        signal = factories.make_signal(bot, status="refused", reason_code="max_positions")
        factories.make_context(signal, hours=hours_of(sells=sells, buys=[1] * 24 + [3]))
    return bot


@pytest.fixture
def page(browser: Any, web: WebProcess, bot: Bot) -> Any:
    return open_page(browser, web.url)


def test_a_change_is_tried_on_the_last_signals_before_it_is_saved(page: Any, bot: Bot, pictures: Path) -> None:
    log_in(page, path="/settings")
    page.check("#setting-cvd_new_low_enabled")
    page.fill("#setting-leverage", "2")

    page.click("#try")
    page.wait_for_selector("#effect:not([hidden]) .effect li")
    page.locator("#effect").screenshot(path=str(pictures / "effect.png"))
    told = page.inner_text("#effect")

    assert "1 of 3, now 0" in told
    assert "2.7 → 1.8 USDT" in told
    assert "volume delta low" in told
    assert bot.config_versions.count() == 1
    assert page.problems == []


def test_a_change_is_saved_with_its_reason_and_its_effect_in_sight(page: Any, bot: Bot, pictures: Path) -> None:
    log_in(page, path="/settings")
    page.fill("#setting-leverage", "2")
    page.click("#save-bar button[type=submit]")
    page.wait_for_selector("dialog")

    shown = page.inner_text("dialog")
    page.fill("#ask-reason", "calmer")
    page.screenshot(path=str(pictures / "save.png"))
    page.click("dialog button.primary")
    page.wait_for_selector('[data-version="2"]')

    version = bot.config_version
    assert "2.7 → 1.8 USDT" in shown
    assert (version.number, version.reason, version.author) == (2, "calmer", "demo")
    assert "calmer" in page.inner_text('[data-version="2"]')
    assert "Leverage: 3 × → 2 ×" in page.inner_text('[data-version="2"]')


def test_an_earlier_version_comes_back_with_one_click(page: Any, bot: Bot, pictures: Path) -> None:
    before = settings_of(bot)
    change_settings(bot, {"leverage": 2, "stop_loss_pct": "12"}, author="anna", now=NOON, reason="calmer")
    log_in(page, path="/settings")

    page.click("#try-1")
    page.wait_for_selector('[data-version="1"] .effect')
    page.screenshot(path=str(pictures / "versions.png"), full_page=True)
    page.click("#back-1")
    page.click("dialog button.primary")
    page.wait_for_selector('[data-version="3"]')

    assert settings_of(bot) == before
    assert page.input_value("#setting-leverage") == "3"
    assert page.problems == [] or all("400" in problem for problem in page.problems)


def test_settings_out_of_range_are_refused_in_their_fields_and_nothing_is_half_applied(page: Any, bot: Bot) -> None:
    log_in(page, path="/settings")
    page.fill("#setting-leverage", "126")
    page.fill("#setting-margin_pct", "0")
    page.fill("#setting-max_positions", "2")

    page.click("#save-bar button[type=submit]")
    page.wait_for_selector('[data-name="leverage"] .wrong:not([hidden])')

    assert "1 to 125" in page.inner_text('[data-name="leverage"] .wrong')
    assert "0.1 to 100" in page.inner_text('[data-name="margin_pct"] .wrong')
    assert page.locator('[data-name="max_positions"] .wrong').is_hidden()
    assert page.locator("dialog").count() == 0
    assert bot.config_versions.count() == 1


def test_risk_settings_have_the_same_history(page: Any, bot: Bot, pictures: Path) -> None:
    before = risk_settings_of(bot.account)
    change_risk_settings(bot.account, {"max_leverage": 2}, author="anna", now=NOON, reason="calmer")
    log_in(page, path="/risk")
    page.wait_for_selector('[data-version="1"]')
    page.screenshot(path=str(pictures / "risk-versions.png"), full_page=True)

    page.click("#back-0")
    page.wait_for_selector("dialog")
    shown = page.inner_text("dialog")
    page.fill("#ask-reason", "too calm")
    page.click("dialog button.primary")
    page.wait_for_selector('[data-version="2"]')

    assert "0 of 3, now 3" in shown
    assert risk_settings_of(bot.account) == before
    assert RiskVersion.objects.get(number=2).reason == "too calm"
    assert page.problems == []


@pytest.mark.parametrize("path", ["/settings", "/risk"])
def test_it_fits_a_phone(browser: Any, web: WebProcess, bot: Bot, pictures: Path, path: str) -> None:
    change_settings(bot, {"leverage": 2}, author="anna", now=NOON, reason="calmer")
    change_risk_settings(bot.account, {"max_leverage": 2}, author="anna", now=NOON, reason="calmer")
    page = open_page(browser, web.url, width=390, height=844)
    log_in(page, path=path)
    page.wait_for_selector('[data-version="1"]')
    page.fill("#setting-leverage" if path == "/settings" else "#risk-max_leverage", "3")
    page.locator("[id^=try-]").first.click()
    page.wait_for_selector(".versions .effect")

    page.locator(".versions").screenshot(path=str(pictures / f"versions-390{path.replace('/', '-')}.png"))

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []
