"""The guard of loops."""

import pytest
from structlog.testing import capture_logs

from desk.guarding import guarded
from exchange.errors import ExchangeUnavailable


def test_what_fails_is_contained_and_known_to_have_failed() -> None:
    worked = []

    for number in range(3):
        with guarded("count", number=number) as attempt:
            worked.append(1 // (number - 1))
        assert attempt.failed is (number == 1)

    assert worked == [-1, 1]


@pytest.mark.parametrize(
    ("error", "level", "event"),
    [(ExchangeUnavailable("down"), "warning", "step_interrupted"), (KeyError("x"), "error", "step_failed")],
)
def test_a_venue_that_fails_is_a_warning_and_anything_else_an_error(error: Exception, level: str, event: str) -> None:
    with capture_logs() as logs, guarded("reading", symbol="AUSDT"):
        raise error

    assert [(log["log_level"], log["event"], log["step"], log["symbol"]) for log in logs] == [
        (level, event, "reading", "AUSDT")
    ]


def test_the_end_of_the_process_is_not_held_up() -> None:
    with pytest.raises(KeyboardInterrupt), guarded("working"):
        raise KeyboardInterrupt
