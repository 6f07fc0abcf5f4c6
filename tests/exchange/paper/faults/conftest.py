import pytest

from tests.exchange.paper.server.running import running


@pytest.fixture
def exchange(tmp_path):
    """A client of a held paper exchange of its own."""
    with running(tmp_path / "home") as client:
        yield client
