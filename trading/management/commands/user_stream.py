"""The stream process: ``manage.py user_stream``."""

import asyncio
import contextlib
import gc
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.models import Account, accounts_of_this_environment
from trading.serving import serve


class Command(BaseCommand):
    help = "Listen to the account's events at the exchange and protect every fill at once. Runs until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = list(accounts_of_this_environment())
        if not accounts:
            raise CommandError("this environment has no account; run: python manage.py desk_setup")
        gc.freeze()  # what is loaded stays; searching it for garbage would hold up a stop
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(accounts))


async def _serve(accounts: list[Account]) -> None:
    serving = asyncio.ensure_future(serve(accounts))
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
