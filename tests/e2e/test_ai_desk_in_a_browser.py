"""The AI bot's desk in a browser: what it holds and closed, its switch, the ends of its timeline, news by socket."""

from typing import Any

import pytest

from advisor.models import Decision, Variant
from desk.event_kinds import EventKind
from desk.models import Bot
from desk.roles import Role
from tests import factories
from tests.advisor import rows
from tests.e2e.ai_day import write_ai_day
from tests.e2e.browsing import log_in, open_page
from tests.e2e.conftest import MARKET_TIME
from tests.e2e.day import write_day
from tests.e2e.web_process import WebProcess

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

FIVE_THOUSAND = 5000


@pytest.fixture
def bot(transactional_db: None) -> Bot:
    return write_ai_day(write_day())


@pytest.fixture
def page(browser: Any, web: WebProcess, bot: Bot) -> Any:
    page = open_page(browser, web.url)
    yield page
    assert page.problems == []


def test_the_page_shows_what_the_bot_holds_and_closed_and_nothing_of_the_others(page: Any) -> None:
    log_in(page, path="/ai")
    page.wait_for_selector("#position-rows .position")

    held = page.locator("#position-rows .symbol").all_inner_texts()
    closed = set(page.locator("#trade-table tbody .symbol").all_inner_texts())

    assert (held, closed) == (["BTCUSDT"], {"ETHUSDT"})
    assert page.locator("#trade-table tbody tr").count() == 6
    assert "of equity" in page.inner_text("[data-figure=ai-today]")
    assert "available" in page.inner_text("[data-figure=ai-open]")


def test_the_bot_is_stopped_at_once_and_started_after_a_question(page: Any, bot: Bot) -> None:
    Bot.objects.filter(pk=bot.pk).update(auto_trade=True)
    log_in(page, path="/ai")
    page.click("#ai-turn:has-text('Stop the bot')")

    page.click("#ai-turn:has-text('Start the bot')")
    asked = page.inner_text("dialog")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#ai-turn:has-text('Stop the bot')")

    bot.refresh_from_db()
    assert bot.auto_trade
    assert "ai-futures" in asked and "REPLAY" in asked.upper()


def test_a_viewer_has_no_switch(page: Any) -> None:
    log_in(page, path="/ai", role=Role.VIEWER)
    page.wait_for_selector("#position-rows .position")

    assert page.locator("#ai-turn, #position-rows [id^=close-]").count() == 0


def test_keys_reach_both_ends_of_five_thousand_decisions(browser: Any, web: WebProcess, transactional_db: None) -> None:
    write_ai_day(write_day(), decisions=FIVE_THOUSAND)
    page = open_page(browser, web.url)
    total, oldest = Decision.objects.count(), Decision.objects.order_by("pk").first()
    log_in(page, path="/ai")
    page.wait_for_selector(".decision a")
    page.focus(".decision a >> nth=0")
    first = page.evaluate("document.activeElement.id")

    page.keyboard.press("End")
    page.wait_for_selector(f"#decision-{oldest.pk}:focus")
    place = page.evaluate("document.activeElement.parentElement.ariaPosInSet")
    page.keyboard.press("PageUp")
    page.wait_for_selector(".decision a:focus")
    above = int(page.evaluate("document.activeElement.parentElement.ariaPosInSet"))
    page.keyboard.press("Home")
    page.wait_for_selector(f"#{first}:focus")

    assert place == str(total) and 2 < total - above < 60
    assert page.problems == []


def test_variants_costs_and_reviews_follow_the_bot_by_socket(page: Any, bot: Bot) -> None:
    log_in(page, path="/ai/variants")
    page.wait_for_selector("tr[data-champion]")
    challenger = Variant.objects.get(name="qwen v1")
    Variant.objects.filter(pk=challenger.pk).update(name="qwen renamed")
    factories.make_event(
        EventKind.VARIANT_PROMOTED, bot=bot, at=MARKET_TIME, variant="qwen v1", author="anna", reason="x"
    )
    page.wait_for_selector("#comparisons b:has-text('qwen renamed')")

    page.goto("/ai/reviews")
    page.wait_for_selector("#reviews .card")
    rows.make_review(bot, at=MARKET_TIME, insights=["Shorts at night lost."])
    rows.make_decision(bot, symbol="XRPUSDT", at=MARKET_TIME)

    page.wait_for_selector("#reviews:has-text('Shorts at night lost.')")
