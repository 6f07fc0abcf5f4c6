"""``make conformance``: other people's clients trade on the paper exchange, each as it was published.

For each client: an environment of its own, a freshly started exchange on the client's own time, one script, whose JSON
lines become rows of a table. The exit code is 1 when a check failed.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conformance.environments import EnvironmentFailed, ensure
from tests.conformance.table import Outcome, as_markdown, as_text, summary

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "clients"
HOME = REPOSITORY / "var" / "conformance"
REPORT = REPOSITORY / "docs" / "conformance.md"
CLIENTS = ("sdk", "ccxt", "python_binance", "freqtrade")
DAY = "2024-11-24"  # the recorded day that is today: three months of bars lie before it
START_S, SCRIPT_S, STOP_S = 60, 900, 20
HEAD = """# Conformance

Other people's clients trade on the [paper exchange](paper-exchange.md), installed as they were published and told
nothing but where it is. `make conformance` makes this table anew; the checks are in `tests/conformance/clients`.
"""


def main(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    outcomes: list[Outcome] = []
    for client in options.client or CLIENTS:
        for outcome in check(client, only=options.only):
            _say(as_text(outcome))
            outcomes.append(outcome)
    _say(f"\n{summary(outcomes)}")
    if not options.client and not options.only:
        REPORT.write_text(f"{HEAD}\n{summary(outcomes)}.\n\n{as_markdown(outcomes)}\n", encoding="utf-8")
    return 0 if outcomes and all(outcome.ok for outcome in outcomes) else 1


def check(client: str, *, only: str = "") -> Iterator[Outcome]:
    """Every check of one client, made against an exchange of its own."""
    _say(f"\n{client}: preparing its environment")
    try:
        interpreter = ensure(client, base=HOME / "env")
    except EnvironmentFailed as error:
        yield Outcome(client=client, version="", check="can be installed", ok=False, detail=str(error))
        return
    with running_exchange(log=HOME / f"{client}.exchange.log") as announcement:
        yield from read_outcomes(client, _script_lines(client, interpreter, announcement, only=only))


def read_outcomes(client: str, lines: Iterator[str]) -> Iterator[Outcome]:
    """A script's lines as outcomes, and one more that fails when the script did not come to its end."""
    version, done = "", False
    for line in lines:
        told = _told(line)
        if "check" in told:
            yield Outcome(
                client=client, version=version, check=told["check"], ok=told["ok"], detail=told.get("detail", "")
            )
        client, version = told.get("client", client), told.get("version", version)
        done = done or bool(told.get("done"))
    if not done:
        yield Outcome(
            client=client, version=version, check="the script comes to its end", ok=False, detail="see its log"
        )


@contextmanager
def running_exchange(*, log: Path) -> Iterator[str]:
    """A fresh paper exchange on the time of day, ended with the block; yields its announcement, one line of JSON."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "manage.py", "paper_exchange", "--port", "0", "--rebase", "now", "--start", DAY]
    with log.open("wb") as file:
        exchange = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=file, text=True)
    assert exchange.stdout is not None
    try:
        announcement = exchange.stdout.readline()
        if not announcement:
            raise SystemExit(f"the paper exchange did not start: {log.read_text(errors='replace')[-500:]}")
        yield announcement
    finally:
        exchange.terminate()
        try:
            exchange.wait(STOP_S)
        except subprocess.TimeoutExpired:
            exchange.kill()
            exchange.wait()


def _script_lines(client: str, interpreter: Path, announcement: str, *, only: str) -> Iterator[str]:
    """Lines of the script's stdout as they come; its stderr goes to a log. Killed when it takes too long."""
    command = [str(interpreter), str(SCRIPTS / f"checks_{client}.py"), only]
    environment = os.environ | {"CONFORMANCE_PAPER": announcement, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    with (HOME / f"{client}.log").open("wb") as log:
        script = subprocess.Popen(command, cwd=HOME, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    assert script.stdout is not None
    limit = threading.Timer(SCRIPT_S, script.kill)
    limit.start()
    try:
        yield from script.stdout
    finally:
        limit.cancel()
        script.kill()
        script.wait()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _told(line: str) -> Mapping[str, Any]:
    """A line that is no JSON object is something the client printed itself."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("--client", action="append", choices=CLIENTS, help="only this client; repeatable")
    parser.add_argument("--only", default="", help="only checks whose sentence contains this")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
