"""Starts a process of the system with the drill's kill points in it and, when asked, one guard broken.

``python -m tests.chaos.launcher up …`` is the supervisor whose children start through here, ``… -- ARGV`` such a child.
"""

import functools
import os
import runpy
import sys
from collections.abc import Sequence
from dataclasses import replace as changed
from pathlib import Path
from types import MappingProxyType

from duolive.supervisor.child import ProcessPlan
from tests.chaos import patching
from tests.chaos.breaks import BREAKS
from tests.chaos.dying import FOLDER, KillPoints

BROKEN = "DRILL_BROKEN"
MORE_WEIGHT = 10  # times the venue's; the drill checks every 2 s instead of 30, and plays a trade in seconds
HEALTHY_AFTER = 3.0  # wall seconds; the drill kills more often than any real trouble, which is no crash loop


def supervise(argv: Sequence[str]) -> int:
    """``manage.py up`` whose processes come through this launcher, but for Redis."""
    from duolive.supervisor import child, command, plan

    clients, paper_exchange = plan.clients, plan.paper_exchange
    plan.clients = lambda *args: [_launched(each) for each in clients(*args)]
    plan.paper_exchange = lambda *args: _launched(paper_exchange(*args))
    child.Backoff = functools.partial(child.Backoff, healthy_after=HEALTHY_AFTER)  # type: ignore[assignment,misc]
    return command.main(argv)


def _launched(process: ProcessPlan) -> ProcessPlan:
    here = (sys.executable, "-m", "tests.chaos.launcher", "--")
    again = (*here, *process.restart_argv[1:]) if process.restart_argv else None
    return changed(process, argv=(*here, *process.argv[1:]), restart_argv=again)


def run(argv: Sequence[str]) -> None:
    """Run ``-m MODULE …`` or ``FILE …`` in this process as Python itself would."""
    allow_more_weight()
    if "paper_exchange" not in argv:
        prepare()
    if argv[0] == "-m":
        sys.argv = list(argv[1:])
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(argv)
        runpy.run_path(argv[0], run_name="__main__")


def allow_more_weight() -> None:
    """Raise the limit of requests on both sides; call it before the desk's modules are loaded."""
    from exchange import rate_budget
    from exchange.paper.server.weights import RequestLimits

    limits = MappingProxyType({window: most * MORE_WEIGHT for window, most in rate_budget.VENUE_LIMITS.items()})
    rate_budget.VENUE_LIMITS = limits
    rate_budget.LocalBudget.__init__.__defaults__ = (limits,)
    RequestLimits.__init__.__kwdefaults__["weight_per_minute"] *= MORE_WEIGHT


def prepare() -> None:
    """Load the desk, put the kill points in, break what is to be broken."""
    import django

    django.setup()
    patching.load_all()
    if broken := os.environ.get(BROKEN):
        for target, wrap in ((BREAKS[broken].target, BREAKS[broken].wrap), *BREAKS[broken].also.items()):
            patching.replace(target, wrap)
    KillPoints(Path(os.environ[FOLDER])).install()


def main(argv: Sequence[str]) -> int:
    if argv[:1] == ["up"]:
        return supervise(argv[1:])
    run(argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
