import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from duolive.cli.arguments import parser

COMMANDS = [
    *("scan", "status", "positions", "orders", "signals", "trades", "close", "adopt", "token", "test-notify"),
    "telegram-webhook",
    "role",
    *("add", "reduce"),
    *("risk", "circuit", "panic", "filter-lab", "what-if", "decisions", "variants", "context"),
    *("order", "tp", "sl", "cancel", "cancel-all", "cancel-rest"),
    *("config", "auto-trade", "why", "ledger", "ps", "doctor", "reset"),
]


def test_help_names_every_command_and_the_exit_codes(cli):
    answer = cli("--help")

    assert answer.code == 0
    assert set(re.findall(r"^    ([a-z-]+)\b", answer.out, re.MULTILINE)) == {*COMMANDS, "run"}
    assert "exit codes: 0 done, 1 refused" in answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(cli, command):
    answer = cli(command, "--help")

    assert answer.code == 0
    assert f"usage: python -m duolive {command}" in answer.out
    assert "--json" in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["close"],
        ["token"],
        ["scan", "--at", "yesterday"],
        ["scan", "--at", "2024-11-23", "--from", "2024-11-22"],
        ["scan", "--threshold", "0"],
        ["scan", "--threshold", "many"],
        ["scan", "--threshold", "NaN"],
        ["trades", "0"],
        ["trades", "-5"],
        ["order"],
        ["order", "DOTUSDT", "many"],
        ["tp", "DOTUSDT"],
        ["sl", "DOTUSDT", "-1"],
        ["cancel"],
        ["auto-trade", "maybe"],
        ["why"],
        ["ledger", "--from", "yesterday"],
    ],
)
def test_wrong_usage_ends_with_2(cli, arguments):
    answer = cli(*arguments)

    assert answer.code == 2
    assert "usage:" in answer.err


def test_no_command_shows_the_help_and_ends_with_2(cli):
    answer = cli()

    assert answer.code == 2
    assert "commands:" in answer.err


@pytest.mark.parametrize("arguments", [["--json", "status"], ["status", "--json"]])
def test_json_may_stand_before_or_after_the_command(arguments):
    assert parser().parse_args(arguments).json is True


def test_tables_are_the_default():
    assert parser().parse_args(["status"]).json is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-11-23", datetime(2024, 11, 23, tzinfo=UTC)),
        ("2024-11-23T17:00", datetime(2024, 11, 23, 17, tzinfo=UTC)),
        ("2024-11-23T17:00Z", datetime(2024, 11, 23, 17, tzinfo=UTC)),
        ("2024-11-23T17:00+08:00", datetime(2024, 11, 23, 17, tzinfo=timezone(timedelta(hours=8)))),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(text, expected):
    parsed = parser().parse_args(["scan", "--at", text]).at

    assert parsed == expected
    assert parsed.tzinfo is UTC


def test_symbols_may_be_typed_small():
    assert parser().parse_args(["close", "btcusdt"]).symbol == "BTCUSDT"


def test_thresholds_are_exact():
    assert parser().parse_args(["scan", "--threshold", "10.1"]).threshold == Decimal("10.1")


def test_the_module_runs_as_a_program_and_an_unknown_command_ends_with_2(process):
    answer = process("bogus")

    assert answer.code == 2
    assert "invalid choice: 'bogus'" in answer.err


def test_help_needs_no_valid_configuration(process):
    assert process("--help", DUOLIVE_ENV="nowhere").code == 0


def test_a_wrong_configuration_is_named_in_one_line_and_ends_with_3(process):
    answer = process("status", DUOLIVE_ENV="nowhere")

    assert answer.code == 3
    assert "DUOLIVE_ENV='nowhere'" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["close", "BTCUSDT"],
        ["token", "demo"],
        ["order", "BTCUSDT", "1", "1"],
        ["config"],
        ["why", "BTCUSDT"],
    ],
)
def test_without_a_desk_commands_say_how_to_start_one_and_end_with_3(process, command):
    answer = process(*command)

    assert answer.code == 3
    assert "python manage.py up" in answer.err
    assert "Traceback" not in answer.err


def test_failures_are_json_where_json_is_asked_for(process):
    answer = process("status", "--json")

    assert answer.code == answer.json["exit_code"] == 3
    assert "No desk is set up" in answer.json["error"]


def test_an_exchange_that_cannot_be_reached_ends_with_3(process, free_port):
    url = f"127.0.0.1:{free_port}"

    answer = process("scan", BINANCE_REST_URL=f"http://{url}", BINANCE_WS_URL=f"ws://{url}")

    assert answer.code == 3
    assert f"http://{url}" in answer.err
    assert "Traceback" not in answer.err


def test_run_is_the_supervisor(cli, monkeypatch):
    from duolive.supervisor import command

    given = []
    monkeypatch.setattr(command, "main", lambda arguments: given.extend(arguments) or 1)

    code = cli("run", "--env", "replay", "--speed", "60").code

    assert code == 1
    assert given == ["--env", "replay", "--speed", "60"]


def test_run_explains_itself_as_up_does(process):
    answer = process("run", "--help")

    assert answer.code == 0
    assert "--env" in answer.out and "--speed" in answer.out


def test_run_refuses_what_up_refuses(process):
    answer = process("run", "--env", "live", "--speed", "60", BINANCE_API_KEY="k", BINANCE_API_SECRET="s")

    assert answer.code == 2
    assert "replay environment only" in answer.err
