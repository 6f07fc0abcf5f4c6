"""A process dies where it was told to, once, and nowhere else."""

import os
import signal
import subprocess
import sys
import time
import types

import pytest

from tests.chaos.dying import KillPoints, arm, disarm
from tests.chaos.matrix import Moment
from tests.chaos.patching import replace
from tests.system.running_desk import ROOT

DIES = """
import os, sys
from pathlib import Path
from tests.chaos.dying import KillPoints
from tests.chaos.matrix import Moment
points = KillPoints(Path(sys.argv[1]))
send = points._around_send(lambda order, venue: print("sent", flush=True))
class Order: symbol, purpose = sys.argv[2], sys.argv[3]
send(Order, None)
print("alive", flush=True)
"""


def send(folder, symbol="DOTUSDT", purpose="entry"):
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(folder), symbol, purpose],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize(
    ("moment", "said"), [(Moment.BEFORE_SEND, []), (Moment.AFTER_ANSWER, ["sent"])], ids=["before", "after"]
)
def test_it_dies_at_its_moment_and_the_next_process_lives(tmp_path, moment, said):
    arm(tmp_path, "DOTUSDT", moment)

    assert send(tmp_path) == (-signal.SIGKILL, said)
    assert send(tmp_path) == (0, ["sent", "alive"])
    assert disarm(tmp_path, "DOTUSDT") == pytest.approx(time.time(), abs=60)


def test_other_contracts_and_purposes_live(tmp_path):
    arm(tmp_path, "DOTUSDT", Moment.BEFORE_SEND, purpose="stop")

    assert send(tmp_path, symbol="XRPUSDT") == (0, ["sent", "alive"])
    assert send(tmp_path, purpose="entry") == (0, ["sent", "alive"])
    assert send(tmp_path, purpose="stop") == (-signal.SIGKILL, [])


def test_a_kill_point_that_nobody_met_is_forgotten(tmp_path):
    arm(tmp_path, "DOTUSDT", Moment.BEFORE_SEND)

    assert disarm(tmp_path, "DOTUSDT") is None
    assert send(tmp_path) == (0, ["sent", "alive"])


def test_a_connection_opened_again_and_again_is_watched_once(tmp_path):
    points, connection = KillPoints(tmp_path), types.SimpleNamespace(execute_wrappers=[])

    for _ in range(3):
        points._on_connection(connection=connection)

    assert connection.execute_wrappers == [points._statement]


def test_writes_are_counted_from_the_first_statement_about_the_contract(tmp_path, monkeypatch):
    died = []
    monkeypatch.setattr(os, "kill", lambda pid, number: died.append(number))
    arm(tmp_path, "DOTUSDT", Moment.MID_WRITE, writes=2)
    points = KillPoints(tmp_path)

    for sql, params in [("UPDATE a", (1,)), ("SELECT b", ("DOTUSDT",)), ("INSERT c", ("DOTUSDT",)), ("UPDATE d", ())]:
        assert died == []
        points._statement(lambda *_: None, sql, params, False, {})

    assert died == [signal.SIGKILL]


@pytest.mark.parametrize(("opened", "deaths"), [(None, []), ("exits", [signal.SIGKILL])], ids=["known", "first"])
def test_a_first_fill_kills_when_it_is_committed_with_its_exits(tmp_path, monkeypatch, opened, deaths):
    died = []
    monkeypatch.setattr(os, "kill", lambda pid, number: died.append(number))
    arm(tmp_path, "DOTUSDT", Moment.AFTER_FILL)
    trade = types.SimpleNamespace(symbol="DOTUSDT")

    taken_in = KillPoints(tmp_path)._after_first_fill(lambda trade, entry, venue: opened)(trade, "entry", "venue")

    assert taken_in == opened
    assert died == deaths


def test_a_function_is_replaced_wherever_it_is_known(monkeypatch):
    home, importer = types.ModuleType("drill_home"), types.ModuleType("drill_importer")
    home.guard = importer.renamed = lambda: "guarded"
    monkeypatch.setitem(sys.modules, "drill_home", home)
    monkeypatch.setitem(sys.modules, "drill_importer", importer)

    replace("drill_home:guard", lambda original: lambda: f"not {original()}")

    assert home.guard() == importer.renamed() == "not guarded"
