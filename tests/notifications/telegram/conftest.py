"""A chat with the desk: write a line, read the answer."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from notifications.telegram.commands import answer
from notifications.telegram.moment import Moment
from tests.factories import NOON


@pytest.fixture
def market_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Market time stands at noon for what reads it from the venue."""
    monkeypatch.setattr("notifications.telegram.moment.clock", lambda: SimpleNamespace(now=lambda: NOON))


@pytest.fixture
def say(db: None) -> Callable[..., str]:
    """Send a line to the desk and get its answer; ``after`` is wall time that has passed since now."""

    def write(text: str, *, after: timedelta = timedelta(0)) -> str:
        return answer(text, Moment(market=NOON, wall=timezone.now() + after))

    return write


@pytest.fixture
def confirm(say: Callable[..., str]) -> Callable[[str], str]:
    """Send a line, then the code that its answer asks for."""

    def write(text: str) -> str:
        return say(f"/yes {code_in(say(text))}")

    return write


def code_in(text: str) -> str:
    """The code an answer asks for."""
    return text.split("/yes ")[1].split()[0]
