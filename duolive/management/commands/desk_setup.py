"""``manage.py desk_setup``: make the database ready for the processes. Doing it twice changes nothing."""

import os
import sys
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from desk import lease
from desk.models import Account, Bot
from desk.venue import clock
from duolive.cli.outcome import CommandError
from duolive.configuration import Venue
from duolive.setup import accounts
from duolive.setup.schedule import write_schedule
from duolive.setup.start_settings import StartSettings, described
from exchange.errors import ExchangeError
from signals.bot_settings import SettingsRefused, problem_of

CLOCK_BEHIND_EXIT = 3
LEASE_HELD_EXIT = 4


class Command(BaseCommand):
    help = "Write the schedule, the account with its encrypted keys, and its bots. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="also the user demo, and bots that trade at once")
        parser.add_argument("--demo-bot", default="", help="of these only the one with this strategy")
        parser.add_argument("--margin", type=Decimal, help="USDT of margin of the surge bot's entries")
        parser.add_argument("--loss-limit", type=Decimal, help="USDT the surge bot may lose in a day; 0: no limit")
        parser.add_argument("--auto-trade", action="store_true", help="switch the surge bot on")

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
        account = self._write(is_demo=options["demo"], demo_bot=options["demo_bot"])
        self._apply(
            StartSettings(
                margin=options["margin"], loss_limit=options["loss_limit"], auto_trade=options["auto_trade"]
            ),
            account,
        )  # fmt: skip
        self._tell(account)

    def _take_lease(self) -> None:
        run = lease.Run.of(settings.DUOLIVE_RUN)
        if run is None:
            return
        try:
            lease.take(run)
        except lease.LeaseHeld as error:
            self.stderr.write(str(error))
            sys.exit(LEASE_HELD_EXIT)

    def _write(self, *, is_demo: bool, demo_bot: str) -> Account:
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
        return account

    def _apply(self, given: StartSettings, account: Account) -> None:
        bot = Bot.objects.get(account=account, strategy=accounts.SURGE)
        try:
            given.apply(bot, now=clock().now())
        except (SettingsRefused, CommandError) as refusal:
            self.stderr.write(f"{bot.name}: {refusal}")
            sys.exit(1)

    def _tell(self, account: Account) -> None:
        if settings.DUOLIVE_ENV == Venue.LIVE:
            self.stdout.write("REAL MONEY: what this desk does is done with the money of the account")
        for bot in Bot.objects.filter(account=account).order_by("pk"):
            if not problem_of(bot.config_version):
                self.stdout.write(described(bot))
        self.stdout.write(f"desk ready: account {account.name}")
