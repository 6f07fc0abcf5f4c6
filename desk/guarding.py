"""The guard of loops: one item's trouble is logged, and the others have their turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from exchange.errors import ExchangeError

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Attempt:
    """How a guarded step went."""

    failed: bool = False


@contextmanager
def guarded(step: str, **facts: object) -> Iterator[Attempt]:
    """Contain what goes wrong inside: a venue that fails is a warning, anything else an error with its traceback."""
    attempt = Attempt()
    try:
        yield attempt
    except ExchangeError as error:
        attempt.failed = True
        log.warning("step_interrupted", step=step, error=str(error), **facts)
    except Exception:
        attempt.failed = True
        log.exception("step_failed", step=step, **facts)
