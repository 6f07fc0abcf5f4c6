"""Every text of the pages can be read in the dark and in the light: WCAG AA, measured over all of them."""

from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.advisor import rows
from tests.e2e.ai_day import write_ai_day
from tests.e2e.browsing import log_in, open_page
from tests.e2e.contrast import THEMES, faint_texts
from tests.e2e.day import write_day, write_naked_position
from tests.e2e.test_ai_in_a_browser import PAGES, address
from tests.e2e.test_context_in_a_browser import write_context
from tests.e2e.web_process import WebProcess
from trading.core.states import ChangeStatus
from trading.models import Position

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

OTHERS = {
    "overview": ("/", ".position"),
    "positions": ("/positions", ".position .actions"),
    "order": ("/order?symbol=DOTUSDT", "#what-if dl"),
    "trades": ("/trades", "#trade-table tbody tr"),
    "signals": ("/signals", "#signal-table tbody tr"),
    "settings": ("/settings", ".setting"),
    "risk": ("/risk", "main .panel"),
    "why": ("/why/ANKRUSDT", ".case-line"),
}


@pytest.fixture
def page(browser: Any, web: WebProcess, transactional_db: None, tmp_path: Path) -> Any:
    """Somebody's page, with rows of every tone: won and lost, refused, failed, pending, naked."""
    write_context(tmp_path)
    bot = write_day()
    write_naked_position(bot)
    factories.make_change(
        Position.objects.get(symbol="DOTUSDT"), status=ChangeStatus.REFUSED, refusal_code="max_adds", author="anna"
    )
    ai = write_ai_day(bot)
    for outcome in ("pending", "failed", "refused"):
        rows.make_opening(ai, outcome=outcome)
    page = open_page(browser, web.url)
    log_in(page)
    return page


def test_every_text_of_the_ai_pages_can_be_read(page: Any) -> None:
    pages = {name: (address(name), content) for name, (_path, content) in PAGES.items()}

    assert faults_of(page, pages) == []


def test_every_text_of_the_other_pages_can_be_read(page: Any) -> None:
    assert faults_of(page, OTHERS) == []


def faults_of(page: Any, pages: dict[str, tuple[str, str]]) -> list[str]:
    found = []
    for name, (path, content) in pages.items():
        page.goto(path)
        page.locator(content).first.wait_for()
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found += [f"{name}: {fault}" for theme in THEMES for fault in faint_texts(page, theme)]
    return found
