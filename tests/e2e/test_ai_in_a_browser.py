"""The AI bot's pages in a real browser: they fill, ten thousand decisions scroll, each opens, more come by socket."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.models import Decision, Variant
from desk.models import Bot, Event
from tests.advisor import rows
from tests.e2e.ai_day import DECISIONS, write_ai_day
from tests.e2e.browsing import WITHIN_MS, log_in, open_page
from tests.e2e.conftest import MARKET_TIME
from tests.e2e.day import write_day
from tests.e2e.test_context_in_a_browser import write_context
from tests.e2e.test_languages_in_a_browser import ENGLISH, english_in
from tests.e2e.web_process import WebProcess

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

PAGES = {
    "ai": ("/ai", ".decision a"),
    "ai-decision": ("/ai/decision/{opening}", ".step[data-kind=result]"),
    "ai-plans": ("/ai/plans", ".card[data-status=pending]"),
    "ai-memory": ("/ai/memory", "#memory-table tbody tr"),
    "ai-reviews": ("/ai/reviews", "#reviews .card"),
    "ai-costs": ("/ai/costs", "[data-provider=qwen]"),
    "ai-variants": ("/ai/variants", "tr[data-champion]"),
    "ai-context": ("/ai/context", "#sources li[data-source]"),
    "ai-prompt": ("/ai/prompt", "#prompt .empty"),
}
ROWS = "document.querySelectorAll('.decision').length"
MOST_ROWS = 60  # in the document, however long the list
# What models are called, what they said, and the wire's own names, which are the same in every language.
NAMES = {
    "deepseek", "chat", "qwen", "plus", "openai", "gpt", "gemini", "flash", "latest", "anthropic", "claude", "sonnet",
    "venue", "okx", "news", "whales", "yields", "OKX", "HTTP", "ai", "futures", "TradingView",
    "ms", "USD", "AI", "EMA", "ATR", "BTC", "en", "zh", "stub",
}  # fmt: skip
OWN_WORDS = r"headlines of the day|whale transfers|[\w-]+(\.[a-z]+)+"  # what an owner calls his sources, and hosts
# In one step: what is removed comes back with the next news of the socket.
TEXT_WITHOUT_QUOTATIONS = """() => {
  document.querySelectorAll('.reasoning, .quoted').forEach((element) => element.remove());
  return document.querySelector('main').innerText;
}"""


@pytest.fixture
def bot(transactional_db: None, tmp_path: Path) -> Bot:
    write_context(tmp_path)
    return write_ai_day(write_day())


def address(name: str) -> str:
    return PAGES[name][0].format(opening=Decision.objects.get(outcome="executed").pk)


@pytest.fixture
def page(browser: Any, web: WebProcess) -> Any:
    page = open_page(browser, web.url)
    yield page
    assert page.problems == []


def until(is_so: Callable[[], bool]) -> None:
    """Wait; the page's policy forbids conditions as texts of its own."""
    deadline = time.monotonic() + WITHIN_MS / 1000
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_shows_its_content_inside_the_screen(browser, web: WebProcess, bot, pictures: Path, width: int):
    page = open_page(browser, web.url, width=width)
    log_in(page)

    for name, (_path, content) in PAGES.items():
        page.goto(address(name))
        page.locator(content).first.wait_for()
        page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)

        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.problems == [], name


def test_every_page_speaks_chinese(page, bot, pictures: Path):
    log_in(page)
    page.click("button[lang=zh-hans]")
    page.wait_for_selector("html[lang=zh-hans]")

    for name, (_path, content) in PAGES.items():
        page.goto(address(name))
        page.locator(content).first.wait_for()
        page.screenshot(path=pictures / f"{name}-zh.png", full_page=True)

        shown = re.sub(OWN_WORDS, "", page.evaluate(TEXT_WITHOUT_QUOTATIONS))
        assert english_in(shown) - NAMES - ENGLISH == set(), name


@pytest.mark.long
def test_without_anything_each_page_says_what_will_fill_it(page, transactional_db):
    log_in(page, path="/ai")

    for path in ("/ai", "/ai/plans", "/ai/memory", "/ai/reviews", "/ai/context", "/ai/variants"):
        page.goto(path)
        nothing = page.locator("main .empty:visible").first
        nothing.wait_for()
        assert len(nothing.inner_text()) > 30, path


def test_the_page_fills_with_prices_figures_pairs_and_executions(page, bot):
    log_in(page, path="/ai")

    page.locator("#tickers .symbol", has_text="BTCUSDT").wait_for()
    page.locator("#executions .symbol", has_text="BTCUSDT").wait_for()

    assert page.locator("#pairs li").count() == 6
    assert "+6.40" in page.inner_text("[data-figure=ai-total]")
    assert "0.035" in page.inner_text("[data-figure=ai-cost]")
    assert "active" in page.inner_text("#circuit")
    assert page.locator("#curve-body .curve").count() == 1


def test_ten_thousand_decisions_scroll_and_the_document_stays_small(page, transactional_db, pictures: Path):
    write_ai_day(write_day(), decisions=DECISIONS)
    oldest = Decision.objects.order_by("pk").first()
    log_in(page, path="/ai")
    page.wait_for_selector(".decision a")
    total = Decision.objects.count()
    assert f"{total} decisions" in page.inner_text("#timeline-aside").replace(",", "")

    seen = [page.evaluate(ROWS)]
    frame = page.locator("#timeline")
    for share in (0.2, 0.5, 0.8, 1.0):
        frame.evaluate("(element, share) => { element.scrollTop = element.scrollHeight * share; }", share)
        until(lambda: page.locator(".decision.waiting").count() == 0 and page.locator(".decision a").count() > 0)
        seen.append(page.evaluate(ROWS))
    page.screenshot(path=pictures / "ai-oldest.png")

    page.wait_for_selector(f"#decision-{oldest.pk}")
    assert max(seen) <= MOST_ROWS
    assert page.locator(f"#decision-{oldest.pk}").evaluate("row => row.parentElement.ariaPosInSet") == str(total)


def test_a_new_decision_comes_in_front_and_leaves_the_reader_where_he_is(page, transactional_db):
    bot = write_ai_day(write_day(), decisions=200)
    log_in(page, path="/ai")
    page.wait_for_selector(".decision a")
    page.locator("#timeline").evaluate("element => { element.scrollTop = 1360; }")
    at_top = "() => document.elementFromPoint(...middle())?.closest('a')?.id"
    page.evaluate(
        "window.middle = () => { const box = document.getElementById('timeline').getBoundingClientRect();"
        " return [box.x + box.width / 2, box.y + box.height / 2]; }"
    )
    before = page.evaluate(at_top)

    fresh = rows.make_decision(bot, symbol="XRPUSDT", at=MARKET_TIME)
    until(lambda: page.locator("#timeline").evaluate("element => element.scrollTop") > 1400)

    assert page.evaluate(at_top) == before
    page.locator("#timeline").evaluate("element => { element.scrollTop = 0; }")
    page.wait_for_selector(f"#decision-{fresh.pk}")


@pytest.mark.long
def test_an_outcome_changes_where_it_stands(page, bot):
    pending = rows.make_opening(bot, outcome="pending", symbol="XRPUSDT")
    log_in(page, path="/ai")
    row = page.locator(f"#decision-{pending.pk}")
    row.locator("text=pending").wait_for()

    Decision.objects.filter(pk=pending.pk).update(outcome="executed")

    row.locator("text=executed").wait_for()


@pytest.mark.long
def test_filters_stand_in_the_address(page, bot):
    log_in(page, path="/ai")
    page.select_option("select[name=outcome]", "shadow")
    page.wait_for_url("**/ai?outcome=shadow")
    page.wait_for_selector(".decision a")

    shown = set(page.locator(".decision .came .chip").all_inner_texts())

    assert shown == {"only recorded"}
    page.goto("/ai?symbol=NOSUCH")
    assert "Nothing matches" in page.inner_text("#timeline-empty")


@pytest.mark.long
def test_arrow_keys_walk_the_timeline_and_enter_opens_a_decision(page, bot):
    log_in(page, path="/ai")
    page.wait_for_selector(".decision a")
    page.focus(".decision a >> nth=0")

    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    focused = page.evaluate("document.activeElement.id")
    place = page.evaluate("document.activeElement.parentElement.ariaPosInSet")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ai/decision/{focused.removeprefix('decision-')}")

    assert place == "2"


def test_a_decision_tells_its_whole_story(page, bot):
    log_in(page, path=address("ai-decision"))

    story = page.inner_text("#story")
    page.click("#prompt summary")
    page.click("#raw summary")

    parts = ("openai · no answer in time", "size capped", "25 asked, 10 given", "positions at once", "executed")
    assert [part for part in parts if part not in story] == []
    assert "What now?" in page.inner_text("#prompt .quoted")
    assert '"confidence": 0.55' in page.inner_text("#raw .quoted")
    page.wait_for_selector("#chart canvas")


@pytest.mark.long
def test_a_decision_follows_its_own_outcome(page, bot):
    pending = rows.make_opening(bot, outcome="pending")
    log_in(page, path=f"/ai/decision/{pending.pk}")
    page.wait_for_selector("#decision-head .chip:has-text('pending')")

    Decision.objects.filter(pk=pending.pk).update(outcome="refused", reason="stop_distance")

    page.wait_for_selector("#decision-head:has-text('the stop is too close or too far')")


def test_a_challenger_is_promoted_with_a_reason(page, bot):
    log_in(page, path="/ai/variants")
    page.click("[id^=promote-]")
    page.fill("#ask-value", "more wins in ten days")

    page.click("dialog button[type=submit]")
    page.wait_for_selector("tr[data-champion]:has-text('qwen v1')")

    assert Variant.objects.get(name="qwen v1").reason == "more wins in ten days"
    assert Event.objects.filter(kind="variant_promoted").count() == 1


def test_the_overview_shows_both_bots_beside_their_quotas(page, bot):
    log_in(page)

    names = page.locator("#bot-rows .bot-name b").all_inner_texts()

    assert names == ["duo-live", "ai-futures"]
    assert page.locator("#bot-rows progress").count() >= 2
