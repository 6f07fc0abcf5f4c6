"""``manage.py up`` with stand-ins for Django's and the exchange's processes; Redis and the supervisor are real."""

import os
import sys
from dataclasses import replace
from pathlib import Path

from duolive.supervisor import command, plan

FAKE = str(Path(__file__).with_name("fake_process.py"))
SETUP_ROLE = os.environ.get("FAKE_SETUP", "step")
real = {name: getattr(plan, name) for name in ("setup", "clients", "paper_exchange")}


def faked(process, role=None):
    def argv(real_argv):
        return (sys.executable, FAKE, role or process.name, *real_argv[1:])

    return replace(process, argv=argv(process.argv), restart_argv=process.restart_argv and argv(process.restart_argv))


plan.setup = lambda *given: [faked(process, SETUP_ROLE) for process in real["setup"](*given)]
plan.clients = lambda *given: [faked(process) for process in real["clients"](*given)]
plan.paper_exchange = lambda *given: faked(real["paper_exchange"](*given))

if __name__ == "__main__":
    sys.exit(command.main(sys.argv[1:]))
