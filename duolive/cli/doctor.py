"""``doctor``: the checkup on a page."""

from argparse import Namespace
from dataclasses import asdict

from duolive.cli.checkup import State, checkup
from duolive.cli.outcome import Unfavourable
from duolive.cli.output import Output


def doctor(options: Namespace, output: Output) -> None:
    """One line a check. Raises Unfavourable where one has failed."""
    checks = checkup()
    failed = [check for check in checks if check.state is State.FAIL]
    output.result({"healthy": not failed, "checks": [asdict(check) for check in checks]})
    for check in checks:
        output.line(f"{check.state.value:<5} {check.name:<11} {check.text}")
        if check.advice:
            output.line(f"{'':<18}→ {check.advice}")
    if failed:
        raise Unfavourable
