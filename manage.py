#!/usr/bin/env python
"""``up`` and ``paper_exchange`` run without Django (a third of the memory); every other command is Django's."""

import os
import sys


def main(argv: list[str]) -> int:
    chosen, arguments = argv[1:2], argv[2:]
    if chosen == ["up"]:
        from duolive.supervisor import command as supervisor

        return supervisor.main(arguments)
    if chosen == ["paper_exchange"]:
        from exchange.paper import command as paper_exchange

        return paper_exchange.main(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duolive.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
