"""The command as a real process: starting, stopping, dying."""

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from exchange.paper import command
from tests.exchange.paper.server.running import Client

ROOT = Path(__file__).resolve().parents[3]
START = "2024-11-23T16:55Z"
LAUNCH = "import sys; from exchange.paper.command import main; sys.exit(main(sys.argv[1:]))"


@contextmanager
def process(*arguments):
    """The running command and its first line."""
    child = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = child.stdout.readline()
        assert line, child.stderr.read()
        yield child, json.loads(line)
    finally:
        child.kill()
        child.communicate()


def client_of(first_line):
    address = first_line["rest"].removeprefix("http://")
    return Client(address, key=first_line["api_key"], secret=first_line["api_secret"])


def outcome(*arguments):
    child = subprocess.run(
        [sys.executable, "-c", LAUNCH, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    return child.returncode, child.stdout, child.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_cleanly_within_two_seconds(tmp_path, number):
    with process("--start", START, "--home", str(tmp_path)) as (child, first_line):
        client = client_of(first_line)
        assert client.get("/fapi/v1/ping").status_code == 200

        started = time.monotonic()
        child.send_signal(number)

        assert child.wait(5) == 0
        assert time.monotonic() - started < 2
        assert child.stderr.read() == ""


def test_first_line_names_everything_a_client_needs(tmp_path):
    arguments = ["--start", START, "--held", "--api-key", "k", "--api-secret", "s", "--deposit", "77"]
    with process(*arguments) as (_, first_line):
        client = client_of(first_line)

        assert set(first_line) == {"rest", "ws", "api_key", "api_secret", "control"}
        assert (first_line["api_key"], first_line["api_secret"]) == ("k", "s")
        assert client.http.get(first_line["control"] + "/clock").json()["held"] is True
        assert client.done("GET", "/fapi/v3/balance")[0]["balance"] == "77"


def test_kill_in_the_middle_of_orders_loses_nothing_that_was_answered(tmp_path):
    home = ("--home", str(tmp_path))
    with process("--start", START, "--speed", "60", *home) as (child, first_line):
        client = client_of(first_line)
        answered, acknowledged_ms = place_until_killed(client, child)
        with (tmp_path / "journal.jsonl").open("ab") as file:
            file.write(b'{"op":"command","at":17')

    with process("--start", "2025-01-01", "--held", *home) as (child, again):
        client = client_of(again)
        resumed = client.state()
        child.send_signal(signal.SIGTERM)
        assert child.wait(5) == 0

    with process("--held", *home) as (_, third_line):
        assert client_of(third_line).state() == resumed | {"market_ms": client_of(third_line).now_ms()}

    known = {order["client_order_id"] for order in resumed["accounts"][first_line["api_key"]]["orders"]}
    assert answered
    assert answered <= known
    assert len(known - answered) <= 4
    assert resumed["market_ms"] >= acknowledged_ms
    assert again["api_key"] == first_line["api_key"]


def place_until_killed(client, child):
    """Four clients place orders as fast as they can; the exchange is killed after some. Returns what was answered."""
    answered, times = set(), [0]

    def place(worker):
        own = Client(client.http.base_url.netloc.decode(), key=client.key, secret=client.secret)
        for number in range(500):
            try:
                row = own.buy("0.002", newClientOrderId=f"w{worker}-{number}")
            except httpx2.TransportError:
                return
            answered.add(row["clientOrderId"])
            times.append(row["updateTime"])
            if len(answered) >= 20:
                child.kill()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(place, range(4)))
    child.wait(5)
    return answered, max(times)


def test_taken_port_is_one_clear_line():
    with process("--start", START) as (_, first_line):
        code, out, err = outcome("--port", first_line["rest"].rsplit(":", 1)[1])

    assert (code, out) == (2, "")
    assert err.startswith("paper_exchange: cannot listen on 127.0.0.1:")
    assert err.count("\n") == 1


def test_home_in_use_is_one_clear_line(tmp_path):
    with process("--start", START, "--home", str(tmp_path)):
        code, _, err = outcome("--port", "0", "--home", str(tmp_path))

    assert code == 2
    assert "in use by another paper exchange" in err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--start", "2031-01-01"], "lies outside the data, which runs from 2024-"),
        (["--data", "/nonexistent"], "no recorded market in /nonexistent"),
    ],
)
def test_what_cannot_be_started_is_one_clear_line(arguments, text):
    code, out, err = outcome("--port", "0", *arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert text in err


@pytest.mark.parametrize("arguments", [["--speed", "0"], ["--start", "yesterday"], ["--deposit", "-1"], ["--nope"]])
def test_senseless_arguments_are_explained(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_it_runs_without_django():
    code = "import sys, exchange.paper.command; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(("switch", "rate_is_zero"), [((), False), (("--funding", "off"), True)])
def test_funding_is_real_unless_it_is_switched_off(tmp_path, switch, rate_is_zero):
    with process("--start", START, "--home", str(tmp_path), "--held", *switch) as (_, first_line):
        rows = client_of(first_line).get("/fapi/v1/premiumIndex").json()

    assert all(float(row["lastFundingRate"]) == 0 for row in rows) == rate_is_zero


def test_terms_are_named_and_wrong_ones_refused(tmp_path):
    with process("--start", START, "--home", str(tmp_path), "--held", "--terms", "mark=last") as (_, first_line):
        state = client_of(first_line).state()

    assert (state["terms"]["mark"], state["terms"]["has_funding"]) == ("last", True)
    assert outcome("--port", "0", "--terms", "moon=true")[0] == 2
    assert outcome("--port", "0", "--terms", "mark")[0] == 2


def test_terms_outlive_a_restart_whatever_it_is_started_with(tmp_path):
    with process("--start", START, "--home", str(tmp_path), "--held", "--funding", "off"):
        pass

    with process("--home", str(tmp_path), "--held") as (_, first_line):
        assert client_of(first_line).state()["terms"]["has_funding"] is False
