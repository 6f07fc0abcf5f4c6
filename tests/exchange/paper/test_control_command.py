"""The control interface on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.paper import control_command
from tests.exchange.paper.scripted import KEY, T0
from tests.exchange.paper.server.running import running

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def control(tmp_path, capsys):
    """Carries out words on a held exchange: exit code, what was printed as JSON, what was said of failures."""
    with running(tmp_path / "home") as client:

        def run(*words):
            code = control_command.main(["--url", f"{client.http.base_url}/control", *words])
            said = capsys.readouterr()
            return code, json.loads(said.out) if said.out else None, said.err

        run.client = client
        yield run


def test_state_is_an_outline_unless_all_is_asked_for(control):
    control.client.buy("1")

    _, outline, _ = control("state")
    _, whole, _ = control("state", "--all")

    assert outline["accounts"][KEY]["positions"] == {"BTCUSDT BOTH": "1"}
    assert (outline["accounts"][KEY]["orders"], outline["accounts"][KEY]["fills"]) == (1, 1)
    assert outline["market_time"].startswith("2024-11-23T17:00")
    assert whole == control.client.state()


def test_accounts_are_opened_listed_paid_and_begun_anew(control):
    code, opened, _ = control("create", "--deposit", "500")
    key = opened["api_key"]
    control("deposit", key, "100")
    control("deposit", key, "2", "--asset", "BNB")
    control("withdraw", key, "50")
    _, listed, _ = control("accounts")
    control("reset", key, "7")
    _, after, _ = control("accounts")

    assert (code, len(opened["api_secret"]), set(listed)) == (0, 64, {KEY, key})
    assert listed[key]["balances"] == {"USDT": "550", "BNB": "2"}
    assert after[key]["balances"]["USDT"] == "7"


def test_an_account_can_have_a_chosen_key(control):
    _, opened, _ = control("create", "--api-key", "mine", "--api-secret", "hush")

    assert (opened["api_key"], opened["api_secret"], opened["deposit"]) == ("mine", "hush", "10000")


def test_snapshots_are_kept_and_restored(control):
    control("snapshot", "before")
    control.client.buy("1")
    code, clock, _ = control("restore", "before")

    assert (code, clock["held"], control("accounts")[1][KEY]["orders"]) == (0, True, 0)
    assert control("restore", "never")[::2] == (1, "paper_control: no snapshot never\n")


def test_the_clock_is_read_and_changed(control):
    control("speed", "30")
    _, jumped, _ = control("jump", "2024-11-23T17:05")
    _, released, _ = control("release")
    _, held, _ = control("hold")

    assert (jumped["speed"], jumped["market_ms"]) == (30, T0 + 300_000)
    assert (released["held"], held["held"]) == (False, True)
    assert control("clock")[1]["market_ms"] == held["market_ms"]
    assert control("jump", "2024-11-23T17:00")[::2] == (1, "paper_control: market time cannot run backward\n")


def test_faults_are_set_listed_and_removed(control, tmp_path):
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"kind": "nonsense"}]))

    code, listed, _ = control("faults")
    refused, _, said = control("add-faults", str(file))
    cleared, _, _ = control("clear-faults")

    assert (code, listed["faults"], cleared) == (0, [], 0)
    assert (refused, said.count("\n")) == (1, 1)
    assert control("add-faults", str(tmp_path / "none.json"))[0] == 1


def test_no_exchange_is_one_line(capsys):
    code = control_command.main(["--url", "http://127.0.0.1:9/control", "state"])

    assert code == 3
    assert capsys.readouterr().err == (
        "paper_control: no paper exchange answers at http://127.0.0.1:9/control: ConnectError\n"
    )


@pytest.mark.parametrize("words", [[], ["fly"], ["jump", "soon"], ["deposit", "key"]])
def test_wrong_words_end_with_usage(words):
    with pytest.raises(SystemExit) as end:
        control_command.main(words)

    assert end.value.code == 2


def test_manage_py_asks_the_port_of_the_desk(tmp_path):
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("DUOLIVE_", "BINANCE_", "DJANGO_"))}
    ours = {"DUOLIVE_ENV_FILE": "", "DUOLIVE_HOME": str(tmp_path), "DUOLIVE_PAPER_PORT": "9"}

    ended = subprocess.run(
        [sys.executable, "manage.py", "paper_control", "state"],
        cwd=ROOT, env=kept | ours, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.endswith("no paper exchange answers at http://127.0.0.1:9/control: ConnectError\n")
