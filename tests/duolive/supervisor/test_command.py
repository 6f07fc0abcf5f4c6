"""What cannot start says so in one line."""

import json
import socket
import subprocess

import pytest

from duolive.supervisor import command

OURS = ("DUOLIVE_", "BINANCE_", "REDIS_", "TESTNET_", "SECRET_KEY", "FIELD_")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path, many_free_ports):
    import os

    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    web, paper = many_free_ports(2)
    monkeypatch.setenv("DUOLIVE_ENV_FILE", "")
    monkeypatch.setenv("DUOLIVE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DUOLIVE_WEB_PORT", str(web))
    monkeypatch.setenv("DUOLIVE_PAPER_PORT", str(paper))


def refusal(capsys, *arguments):
    """Exit code and the one line on stderr."""
    code = command.main(arguments)
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert said.err.startswith("duo-live: ")
    return code, said.err.removeprefix("duo-live: ").rstrip()


@pytest.mark.parametrize("venue", ["testnet", "live"])
def test_a_real_venue_without_a_key(capsys, venue):
    code, line = refusal(capsys, "--env", venue)

    assert code == 2
    assert line.startswith("BINANCE_API_KEY and BINANCE_API_SECRET are needed to trade at https://")


def test_another_server_without_a_key(capsys, monkeypatch):
    monkeypatch.setenv("BINANCE_REST_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("BINANCE_WS_URL", "ws://127.0.0.1:1")

    assert "are needed to trade at http://127.0.0.1:1" in refusal(capsys)[1]


@pytest.mark.parametrize(
    ("variable", "purpose"), [("DUOLIVE_WEB_PORT", "the web pages"), ("DUOLIVE_PAPER_PORT", "the paper exchange")]
)
def test_a_taken_port(capsys, monkeypatch, variable, purpose):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv(variable, str(port))

        code, line = refusal(capsys)

    assert code == 1
    assert line == f"port {port} for {purpose} is taken: stop what listens there or set {variable}"


def test_an_address_that_is_not_ours(capsys):
    assert "cannot listen on 203.0.113.7" in refusal(capsys, "--host", "203.0.113.7")[1]


def test_the_home_of_another_environment(capsys, monkeypatch, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "stamp.json").write_text(
        json.dumps({"environment": "live", "venue": "https://fapi.binance.com"})
    )

    code, line = refusal(capsys)

    assert code == 1
    assert "belongs to live at https://fapi.binance.com, not to replay at own paper exchange" in line


def test_a_redis_that_does_not_answer(capsys, monkeypatch, free_port):
    monkeypatch.setenv("REDIS_URL", f"redis://:hidden@127.0.0.1:{free_port}/0")

    code, line = refusal(capsys)

    assert code == 1
    assert line.startswith("REDIS_URL: no Redis answers there")
    assert "hidden" not in line


def test_no_redis_server_at_all(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("duolive.supervisor.redis_server._bundled_server", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    code, line = refusal(capsys)

    assert code == 1
    assert line == "no Redis server found: install valkey or redis 6.2 or newer, or set REDIS_URL"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--env", "paper", "--speed", "60"), "a speed of 60 is possible in the replay environment only"),
        (("--env", "paper", "--start", "2024-11-23T16:55Z"), "--start chooses recorded market time"),
    ],
)
def test_what_only_a_replay_can_do(capsys, arguments, said):
    code, line = refusal(capsys, *arguments)

    assert code == 2
    assert said in line


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("DUOLIVE_MIRROR_REST_URL", "fapi.binance.com", "must begin with http:// or https://"),
        ("DUOLIVE_MIRROR_WS_URL", "https://fstream.binance.com", "must begin with ws:// or wss://"),
    ],
)
def test_a_market_that_cannot_be_mirrored(capsys, monkeypatch, variable, text, said):
    monkeypatch.setenv(variable, text)

    code, line = refusal(capsys, "--env", "paper")

    assert (code, line) == (2, f"{variable}={text!r} {said}")


@pytest.mark.parametrize("venue", ["paper", "testnet", "live"])
def test_a_demo_never_trades_real_money(capsys, monkeypatch, venue):
    monkeypatch.setenv("BINANCE_API_KEY", "key")
    monkeypatch.setenv("BINANCE_API_SECRET", "secret")

    assert "--demo" in refusal(capsys, "--env", venue, "--demo")[1]


def test_a_start_that_is_refused_for_its_port_empties_nothing(capsys, monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "stamp.json").write_text(json.dumps({"environment": "replay", "venue": "own paper exchange"}))
    (home / "desk.sqlite3").touch()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("DUOLIVE_WEB_PORT", str(other.getsockname()[1]))

        refusal(capsys, "--fresh")

    assert (home / "desk.sqlite3").exists()


@pytest.mark.parametrize("files", [["desk.sqlite3"], ["stamp.json", "desk.sqlite3"]])
def test_only_the_home_of_a_replay_is_emptied(capsys, tmp_path, files):
    home = tmp_path / "home"
    home.mkdir()
    for name in files:
        (home / name).write_text(json.dumps({"environment": "live", "venue": "x"}))

    code, line = refusal(capsys, "--fresh")

    assert code == 1
    assert "is not the home of a replay: it is not emptied" in line
    assert all((home / name).exists() for name in files)


def test_a_damaged_stamp_is_named(capsys, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "stamp.json").write_text("{")

    assert "stamp.json is damaged" in refusal(capsys)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--speed", "0"),
        ("--speed", "fast"),
        ("--start", "yesterday"),
        ("--data", "/no/such"),
        ("--env", "prod"),
        ("--margin", "0"),
        ("--margin", "-5"),
        ("--loss-limit", "much"),
    ],
)
def test_a_wrong_argument_ends_with_usage(capsys, arguments):
    with pytest.raises(SystemExit) as end:
        command.main(arguments)

    assert end.value.code == 2
    assert f"argument {arguments[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["2024-11-23T16:55Z", "2024-11-23T16:55", "2024-11-23T17:55+01:00"])
def test_a_start_without_zone_is_utc(text):
    options = command._parser().parse_args(["--start", text])

    assert options.start.isoformat() == "2024-11-23T16:55:00+00:00"


def test_manage_py_starts_it_without_loading_django(tmp_path):
    script = (
        "import sys, manage\n"
        "try: manage.main(['manage.py', 'up', '--env', 'live'])\n"
        "finally: print('django' in sys.modules, 'celery' in sys.modules)"
    )
    said = subprocess.run(
        [command.sys.executable, "-c", script],
        cwd=command.configuration.ROOT,
        env={"DUOLIVE_ENV_FILE": "", "DUOLIVE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout == "False False\n"
    assert "BINANCE_API_KEY" in said.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), ()),
        (("--margin", "7.5", "--loss-limit", "0"), ("--margin=7.5", "--loss-limit=0")),
        (("--auto-trade",), ("--auto-trade",)),
    ],
)
def test_what_is_said_about_the_bot_reaches_the_setup(tmp_path, arguments, told):
    options = command._parser().parse_args(["--home", str(tmp_path), *arguments])

    assert command._bot_arguments(options) == told
