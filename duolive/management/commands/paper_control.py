"""``manage.py paper_control WORD``: operate a running paper exchange; needs no database."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from duolive import configuration
from exchange.paper import control_command


class Command(BaseCommand):
    help = "Operate a running paper exchange: state, accounts, clock, snapshots, faults."
    requires_system_checks = []

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """All arguments are those of the exchange's own command, and none are Django's."""
        sys.exit(_control(argv[2:]))

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, **options: Any) -> None:
        code = _control(options["words"])
        if code:
            raise CommandError("the paper exchange did not do it", returncode=code)


def _control(words: Sequence[str]) -> int:
    return control_command.main(words, port=configuration.load().paper_port)
