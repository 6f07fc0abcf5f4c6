"""``--rebase now`` as a real process: a client that signs with its own time can trade on the recording."""

import time

import pytest

from tests.exchange.paper.test_paper_command import client_of, outcome, process

HOUR_MS = 3_600_000
START = "2024-11-23"


def wall_ms():
    return time.time_ns() // 1_000_000


def test_server_time_is_the_wall_clock_and_bars_end_now():
    with process("--rebase", "now") as (_, first_line):
        client = client_of(first_line)
        rows = client.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=2).json()

        assert abs(client.now_ms() - wall_ms()) < 1000
        assert rows[-1][0] == wall_ms() // HOUR_MS * HOUR_MS
        assert client.clock()["effective_speed"] == 1


def test_signatures_by_the_clients_own_time_pass():
    with process("--rebase", "now", "--start", START) as (_, first_line):
        order = client_of(first_line).buy("0.01", timestamp=wall_ms())

        assert abs(order["updateTime"] - wall_ms()) < 1000


def test_restart_goes_on_with_the_same_shift_whether_it_is_asked_for_or_not(tmp_path):
    home = ("--home", str(tmp_path))
    with process("--rebase", "now", "--start", START, *home) as (_, first_line):
        order = client_of(first_line).buy("0.01", timestamp=wall_ms())
        first = client_of(first_line).clock()["first_ms"]

    for arguments in ([], ["--rebase", "now"], ["--rebase", "now", "--start", "2024-12-18"]):
        with process(*arguments, *home) as (_, again):
            client = client_of(again)

            assert client.clock()["first_ms"] == first
            assert abs(client.now_ms() - wall_ms()) < 1000
            assert client.state()["accounts"][first_line["api_key"]]["orders"][0]["order_id"] == order["orderId"]


def test_time_of_day_cannot_be_held_moved_or_sped_up():
    with process("--rebase", "now") as (_, first_line):
        client = client_of(first_line)

        for change in ({"held": True}, {"speed": 60}, {"jump_to_ms": wall_ms() + HOUR_MS}, {"step_ms": 1}):
            answer = client.http.post("/control/clock", json=change)
            assert answer.status_code == 400
            assert "time of day" in answer.json()["error"]
        assert client.clock(held=False, speed=1)["held"] is False


def test_a_restored_snapshot_goes_on_at_the_present_time():
    with process("--rebase", "now") as (_, first_line):
        client = client_of(first_line)
        client.control("snapshot", name="before")
        client.buy("0.01", timestamp=wall_ms())

        client.control("restore", name="before")

        assert client.state()["accounts"][client.key]["orders"] == []
        assert abs(client.now_ms() - wall_ms()) < 1000


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--speed", "60"], "--speed is 1"),
        (["--held"], "--held is not possible"),
        (["--start", "2031-01-01"], "lies outside the data"),
        (["--start", "2024-01-01"], "lies outside the data"),
    ],
)
def test_what_cannot_be_rebased_is_one_clear_line(arguments, text):
    code, out, err = outcome("--port", "0", "--rebase", "now", *arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert text in err


def test_home_of_an_ordinary_replay_is_not_rebased(tmp_path):
    with process("--start", START, "--held", "--home", str(tmp_path)):
        pass

    code, _, err = outcome("--port", "0", "--rebase", "now", "--home", str(tmp_path))

    assert (code, err.count("\n")) == (2, 1)
    assert "begun without --rebase now" in err
