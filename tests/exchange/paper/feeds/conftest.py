from pathlib import Path

import pytest

from exchange.paper.feeds.replay import ReplayMarket

DATA = Path(__file__).resolve().parents[4] / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    return DATA


@pytest.fixture(scope="session")
def market(data_dir: Path) -> ReplayMarket:
    return ReplayMarket.load(data_dir)
