"""A model server for each test that asks for one."""

from collections.abc import Iterator

import pytest

from tests.advisor.model_server import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def other_server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running
