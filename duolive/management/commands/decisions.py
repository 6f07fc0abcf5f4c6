"""``manage.py decisions``: the same as ``python -m duolive decisions``."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from duolive.cli.main import main


class Command(BaseCommand):
    help = "List what the adviser decided, show one decision whole, or replay it."

    def run_from_argv(self, argv: list[str]) -> None:
        """The command line's own parser reads the arguments."""
        sys.exit(main(["decisions", *argv[2:]]))

    def handle(self, *args: Any, **options: Any) -> None:
        main(["decisions", *map(str, args)])
