"""``manage.py desk_setup``: make the database ready for the processes. Doing it twice changes nothing."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from desk import lease
from desk.venue import clock
from duolive.setup import accounts
from duolive.setup.schedule import write_schedule
from exchange.errors import ExchangeError

CLOCK_BEHIND_EXIT = 3
LEASE_HELD_EXIT = 4


class Command(BaseCommand):
    help = "Write the schedule, the account with its encrypted keys, and its bots. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="also the user demo, and bots that trade at once")
        parser.add_argument("--demo-bot", default="", help="of these only the one with this strategy")

    def handle(self, *args: Any, **options: Any) -> None:
        self._take_lease()
        try:
            accounts.check_clock()
        except accounts.ClockBehind as error:
            self.stderr.write(str(error))
            sys.exit(CLOCK_BEHIND_EXIT)
        except ExchangeError as error:
            self.stderr.write(f"the exchange at {settings.BINANCE_REST_URL} does not answer: {error}")
            sys.exit(1)
        self._write(is_demo=options["demo"], demo_bot=options["demo_bot"])

    def _take_lease(self) -> None:
        run = lease.Run.of(settings.DUOLIVE_RUN)
        if run is None:
            return
        try:
            lease.take(run)
        except lease.LeaseHeld as error:
            self.stderr.write(str(error))
            sys.exit(LEASE_HELD_EXIT)

    def _write(self, *, is_demo: bool, demo_bot: str) -> None:
        lease.note_start(now=clock().now())
        write_schedule(speed=float(settings.DUOLIVE_SPEED))
        account = accounts.write_account(
            api_key=settings.BINANCE_API_KEY, api_secret=settings.BINANCE_API_SECRET
        )  # fmt: skip
        for strategy, values in accounts.DEMO_BOTS.items():
            accounts.write_bot(
                account,
                strategy=strategy,
                values=values if is_demo else {},
                auto_trade=is_demo and demo_bot in ("", strategy),
            )
        if is_demo:
            accounts.write_demo_user(os.environ["DUOLIVE_DEMO_PASSWORD"])
        self.stdout.write(f"desk ready: account {account.name}")
