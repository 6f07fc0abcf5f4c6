"""The watchdog process: ``manage.py watchdog``, and the last word of its owner: ``manage.py watchdog --flatten``."""

import getpass
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseTrouble
from django.db import connections

from desk.guarding import guarded
from desk.models import Account, Installation, accounts_of_this_environment
from desk.secrets import SecretUnreadable
from duolive.watchdog.alarms import Alarms
from duolive.watchdog.database import PatientDatabase
from duolive.watchdog.flattening import Flattened, flatten_all
from duolive.watchdog.keeping import NothingKept, keep_on, kept_file, read_kept
from duolive.watchdog.loops import LOOPS
from duolive.watchdog.watch import Watch
from exchange.errors import ExchangeError
from notifications.channels import open_channels
from trading.core.stakes import Known
from trading.core.vigil import Patience
from trading.services.stakes import known_positions
from trading.venue import open_venue

LAST_WORDS_SECONDS = 5.0  # wall, for what is still to be told when the watchdog is stopped


class Command(BaseCommand):
    help = (
        "Look at the desk from outside: alarm when its checks stop or a position has no stop at the exchange, and "
        "cancel the entries of a desk that is dead. Needs neither Redis nor any other process. Runs until stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Patience()
        parser.add_argument("--every", type=_seconds, default=5.0, help="seconds between looks (default: %(default)s)")
        parser.add_argument(
            "--late-after", type=_seconds, default=usual.checks, help="seconds without a check that make an alarm"
        )
        parser.add_argument(
            "--naked-after", type=_seconds, default=usual.naked, help="seconds without a stop that make an alarm"
        )
        parser.add_argument(
            "--dead-after",
            type=_seconds,
            default=usual.dead,
            help="seconds without a check after which our entry orders are cancelled",
        )
        parser.add_argument("--flatten", action="store_true", help="close all our positions at market, then end")
        parser.add_argument("--yes", action="store_true", help="with --flatten: do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["flatten"]:
            self._flatten(is_sure=options["yes"])
            return
        alarms, database = Alarms(open_channels(), database=PatientDatabase()), PatientDatabase()
        patience = Patience(
            checks=options["late_after"],
            naked=options["naked_after"],
            dead=max(options["dead_after"], options["every"]),
        )
        accounts = accounts_of_this_environment()
        watches = [
            Watch(
                account=account,
                venue=open_venue(account),
                alarms=alarms,
                database=database,
                patience=replace(patience, loops={} if number else LOOPS),  # the loops are the same for all accounts
            )
            for number, account in enumerate(accounts)
        ]
        if not watches:
            raise CommandError("this environment has no account; run: python manage.py desk_setup")
        keep_on(kept_file())
        _watch_until_stopped(watches, alarms, every=options["every"])

    def _flatten(self, *, is_sure: bool) -> None:
        if not is_sure and input("Close every position of the desk at market? Type yes: ").strip() != "yes":
            raise CommandError("nothing was done")
        nonce, accounts = self._read_accounts()
        if not accounts:
            raise CommandError("this environment has no account")
        are_flat = [self._flatten_account(account, nonce=nonce, kept=positions) for account, positions in accounts]
        if not all(are_flat):
            raise CommandError("not everything is closed; the stops of what is open stand. Try again.")
        self.stdout.write("All flat.")

    def _read_accounts(self) -> tuple[str, list[tuple[Account, Sequence[Known]]]]:
        """The nonce, and each account with its positions: from the database, else as the running watchdog kept them."""
        try:
            nonce = Installation.current().nonce
            return nonce, [(account, known_positions(account)) for account in accounts_of_this_environment()]
        except DatabaseTrouble as error:
            self.stderr.write(f"the database does not answer: {error}".rstrip())
        try:
            kept, at = read_kept(kept_file())
        except NothingKept as error:
            raise CommandError(f"nothing was kept for this: {error}. Close by hand at the exchange.") from error
        self.stderr.write(f"going on by what was kept at {at:%Y-%m-%d %H:%M:%S} UTC")
        return kept.nonce, [(each.account(), each.positions) for each in kept.accounts]

    def _flatten_account(self, account: Account, *, nonce: str, kept: Sequence[Known]) -> bool:
        """What goes wrong with one account keeps no other from being flattened."""
        with guarded("flatten_account", account=account.name):
            try:
                venue = open_venue(account)
                return flatten_all(venue, nonce=nonce, author=getpass.getuser(), say=self._say, kept=kept)
            except (ExchangeError, SecretUnreadable, ImproperlyConfigured) as error:
                self.stderr.write(f"{account}: {error}")
        return False

    def _say(self, result: Flattened) -> None:
        outcome = f"{result.left:f} still open {result.error}".rstrip() if result.left or result.error else "closed"
        self.stdout.write(f"{result.symbol}: {outcome}")


def _watch_until_stopped(watches: list[Watch], alarms: Alarms, *, every: float) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    telling = threading.Thread(target=alarms.run, args=(stopping,), name="alarms", daemon=True)
    telling.start()
    connections.close_all()  # from here on the database is asked in threads, which may be left behind
    while not stopping.is_set():
        for watch in watches:
            with guarded("watch", account=watch.account.name):
                watch.round()
        stopping.wait(every)
    telling.join(LAST_WORDS_SECONDS)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 86_400:
        raise ValueError
    return seconds
