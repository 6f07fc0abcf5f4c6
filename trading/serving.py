"""All accounts of the stream process side by side: the trouble of one is not the others'."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Account
from desk.venue import clock
from exchange.errors import BadCredentials
from trading.stream import run, stand_by

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 15.0  # wall; a key may be mended at the exchange, by a permission or an address that it is bound to
WORKED_SECONDS = 300.0  # wall; a key that is refused after so long was accepted, and is told of again


async def serve(accounts: Sequence[Account]) -> None:
    """Serve each of ``accounts``, and stand in for the other processes, until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stand_by())
        for account in accounts:
            tasks.create_task(_keep_serving(account))


async def _keep_serving(account: Account) -> None:
    """An account whose key is refused is told of and tried again; what else ends its stream ends the process."""
    is_told = False
    while True:
        began = time.monotonic()
        try:
            await run(account)
        except* BadCredentials as refused:
            log.error("stream_refused", account=account.name, error=str(refused.exceptions[0]))
            if not is_told or time.monotonic() - began > WORKED_SECONDS:
                is_told = await sync_to_async(_tell)(account)
        await asyncio.sleep(AGAIN_SECONDS)


def _tell(account: Account) -> bool:
    """Whether it could be written down."""
    close_old_connections()
    with guarded("tell_refused_key", account=account.name) as attempt:
        events.record(EventKind.KEY_REFUSED, at=clock().now(), account=account, name=account.name)
    return not attempt.failed
