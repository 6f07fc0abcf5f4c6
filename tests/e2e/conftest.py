"""A browser, a web process and a venue clock."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.venue_time import VenueTime
from tests.e2e.web_process import WebProcess

MARKET_TIME = datetime(2024, 11, 23, 17, 12, 30, tzinfo=UTC)


@pytest.fixture
def venue() -> Iterator[VenueTime]:
    with VenueTime(MARKET_TIME, speed=1) as server:
        yield server


@pytest.fixture
def web(transactional_db: None, venue: VenueTime, free_port: int, tmp_path: Path) -> Iterator[WebProcess]:
    with WebProcess(port=free_port, home=tmp_path, venue_url=venue.url) as process:
        yield process


@pytest.fixture
def browser(chromium_path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Chromium. Its synchronous interface runs an event loop in this thread, which Django must be told is fine."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path)
        yield chromium
        chromium.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: SCREENSHOTS, or the test's own directory."""
    folder = Path(os.environ.get("SCREENSHOTS", str(tmp_path)))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
