"""One round: whoever is due is asked, and what was said is kept."""

from decimal import Decimal

import structlog

from advisor.context.asking import ask_sources
from advisor.context.catalogue import catalogue
from advisor.context.sources import MOST_SYMBOLS
from advisor.context.store import due_sources, forget_others, settle
from advisor.selectors import watches
from desk.venue import clock
from exchange.clock import wall_now
from exchange.errors import ExchangeError

log = structlog.get_logger(__name__)


def read_due() -> int:
    """Ask the sources that are due; how many were. One that fails costs the others nothing."""
    found = catalogue()
    due = due_sources(found.sources, now=wall_now()) if found.sources else []
    if not due:
        return 0
    speed = _speed()
    answers = ask_sources(due, watched())
    for source in due:
        answered = answers[source.name]
        settle(source, answered, now=wall_now(), speed=speed)
        if answered.error:
            log.info("context_source_failed", source=source.name, error=answered.error)
    forget_others(source.name for source in found.sources)
    return len(due)


def watched() -> tuple[str, ...]:
    """The contracts that the bots look at, what is held first."""
    return tuple(dict.fromkeys(watches().values_list("symbol", flat=True)))[:MOST_SYMBOLS]


def _speed() -> Decimal:
    try:
        return clock().speed
    except ExchangeError:
        return Decimal(1)
