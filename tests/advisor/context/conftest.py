"""A source on loopback, and the owner's file of sources."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.advisor.context.samples import KEY, write_sources
from tests.advisor.feed_server import FeedServer

SECRET = "a secret of the sender's and ours"


@pytest.fixture
def feed() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def configured(settings, tmp_path: Path) -> Callable[..., Path]:
    """Writes the file that names the sources."""
    path = tmp_path / "context.json"
    settings.AI_CONTEXT_FILE = path
    settings.AI_CONTEXT_KEYS = {KEY: SECRET}
    settings.AI_CONTEXT_PROXY = ""
    return lambda *rows: write_sources(path, *rows)
