"""Taking in what others push: genuine, new and readable, or not at all."""

import structlog

from advisor.context.catalogue import catalogue, key_named
from advisor.context.errors import SourceFailed
from advisor.context.pushed import is_genuine, pushed_readings, signature
from advisor.context.sources import WebhookSource
from advisor.context.store import take_in_call
from exchange.clock import wall_now

log = structlog.get_logger(__name__)


class NotGenuine(Exception):
    """No such source, no secret of ours, a wrong signature, an old one, or one that was taken in before."""


def receive(name: str, body: bytes, *, timestamp: str, signed: str) -> int:
    """Keep the readings in ``body``; how many. Raises NotGenuine, and SourceFailed for a genuine call without sense."""
    now = wall_now()
    source = catalogue().named(name)
    if not isinstance(source, WebhookSource):
        raise NotGenuine
    try:
        secret = key_named(source.secret)
    except SourceFailed as failed:
        log.warning("context_webhook_without_key", source=name, error=str(failed))
        raise NotGenuine from None
    if not is_genuine(secret, timestamp=timestamp, signed=signed, body=body, now=now):
        raise NotGenuine
    readings = pushed_readings(body, read_at=now)
    if not take_in_call(source, readings, signature=signature(secret, timestamp, body), now=now):
        raise NotGenuine
    return len(readings)
