"""The supervisor as a process of its own, with real children and a real Redis."""

import os
import signal
import subprocess
import sys

import pytest

from tests.duolive.supervisor.desk import ROOT, eventually, is_alive

CLIENTS = ("web", "beat", "worker", "stream", "watchdog")
EXCHANGE_KEYS = ("BINANCE_API_KEY", "BINANCE_API_SECRET", "FIELD_ENCRYPTION_KEYS")


def test_the_clock_is_released_when_all_is_ready_and_then_the_address_is_shown(start_desk):
    desk = start_desk("--demo", "--speed", "60", "--start", "2024-11-23T16:55Z").until_running()

    order = [(line["role"], line["what"]) for line in desk.journal()]
    [release] = desk.journal(what="control")
    assert (release["path"], release["body"]) == ("/c/clock", {"held": False})
    assert [line["ready"] for line in desk.journal(what="readyz")] == [False, False, True]
    assert order.index(("paper", "started")) < order.index(("step", "started")) < order.index(("web", "started"))
    assert order[-1] == ("paper", "control")
    assert f"http://127.0.0.1:{desk.web_port}" in desk.output
    assert "replay at 60x" in desk.output
    password = (desk.home / "secrets" / "DUOLIVE_DEMO_PASSWORD").read_text().strip()
    assert f"User: demo   Password: {password}" in desk.output


def test_the_paper_exchange_gets_its_arguments_and_its_secrets_are_never_shown(start_desk):
    desk = start_desk("--speed", "60", "--start", "2024-11-23T16:55Z").until_running()

    [paper] = desk.starts("paper")
    text = " ".join(paper["argv"])
    assert f"paper_exchange --host 127.0.0.1 --port {desk.paper_port} --home {desk.home}/paper --speed 60" in text
    assert "--start 2024-11-23T16:55:00Z" in text
    assert text.endswith("--held")
    assert "hush" not in desk.output
    assert (desk.home / "secrets" / "PAPER_API_SECRET").read_text().strip() not in desk.output


def test_in_the_environment_paper_the_exchange_mirrors_the_live_market(start_desk):
    desk = start_desk("--env", "paper").until_running()

    [paper] = desk.starts("paper")
    text = " ".join(paper["argv"])
    assert "--mirror https://fapi.binance.com --mirror-ws wss://fstream.binance.com" in text
    assert not {"--held", "--speed", "--start"} & set(paper["argv"])
    assert desk.starts("worker")[0]["env"]["BINANCE_REST_URL"] == f"http://127.0.0.1:{desk.paper_port}"
    assert "Environment: paper, the market of https://fapi.binance.com" in desk.output


def test_the_mirrored_market_and_the_proxy_to_it_can_be_chosen(start_desk, tmp_path):
    (tmp_path / "proxy").write_text("socks5://127.0.0.1:9\n")
    desk = start_desk(
        "--env", "paper",
        DUOLIVE_MIRROR_REST_URL="http://127.0.0.1:8091/",
        BINANCE_PROXY_FILE=str(tmp_path / "proxy"),
    ).until_running()  # fmt: skip

    [paper] = desk.starts("paper")
    assert "--mirror http://127.0.0.1:8091 --mirror-ws ws://127.0.0.1:8091" in " ".join(paper["argv"])
    assert paper["env"]["BINANCE_PROXY"] == "socks5://127.0.0.1:9"


def test_a_market_out_of_reach_is_one_plain_line(tmp_path, many_free_ports):
    web, paper = many_free_ports(2)
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("DUOLIVE_", "BINANCE_", "REDIS_"))}
    ours = {
        "DUOLIVE_ENV_FILE": "",
        "DUOLIVE_WEB_PORT": str(web),
        "DUOLIVE_PAPER_PORT": str(paper),
        "DUOLIVE_MIRROR_REST_URL": "http://127.0.0.1:9",
    }
    argv = [sys.executable, "manage.py", "up", "--env", "paper", "--home", str(tmp_path / "home")]

    ended = subprocess.run(argv, cwd=ROOT, env=kept | ours, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("duo-live:")]
    assert "http://127.0.0.1:9 cannot be mirrored: ConnectError" in line
    assert "Traceback" not in ended.stdout + ended.stderr


def test_only_those_that_send_know_exchange_keys(start_desk):
    desk = start_desk().until_running()
    key = (desk.home / "secrets" / "PAPER_API_KEY").read_text().strip()

    for role in ("web", "beat", "paper"):
        environment = desk.starts(role)[0]["env"]
        assert [environment[name] for name in EXCHANGE_KEYS] == ["", "", ""]
        assert key not in environment.values()
    for role in ("worker", "stream", "watchdog"):
        environment = desk.starts(role)[0]["env"]
        assert environment["BINANCE_API_KEY"] == key
        assert "FIELD_ENCRYPTION_KEYS" not in environment  # so the home's secret counts
    migrate, setup = desk.starts("step")
    assert migrate["env"]["BINANCE_API_KEY"] == ""
    assert setup["env"]["BINANCE_API_KEY"] == key


def test_real_keys_never_reach_our_own_exchange_or_its_clients(start_desk, tmp_path):
    (tmp_path / "secret").write_text("real-secret")
    desk = start_desk(
        BINANCE_API_KEY="real-key",
        BINANCE_API_SECRET_FILE=str(tmp_path / "secret"),
        BINANCE_LIVE_API_KEY="real-live",
        BINANCE_LIVE_SECRET_KEY="real-live-secret",
    ).until_running()

    for start in desk.journal(what="started"):
        known = [*start["argv"], *start["env"].values()]
        assert not [text for text in known if "real-" in text or text == str(tmp_path / "secret")]


def test_every_child_trades_at_the_announced_address_and_reads_no_file_again(start_desk):
    desk = start_desk().until_running()

    for role in CLIENTS:
        environment = desk.starts(role)[0]["env"]
        assert environment["BINANCE_REST_URL"] == f"http://127.0.0.1:{desk.paper_port}"
        assert environment["BINANCE_WS_URL"] == "ws://x"
        assert environment["DUOLIVE_ENV_FILE"] == ""
        assert environment["DUOLIVE_HOME"] == str(desk.home)
        assert environment["REDIS_URL"].startswith("redis://:")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_clients_then_the_exchange_and_leaves_nothing(start_desk, number):
    desk = start_desk().until_running()
    pids = desk.pids()

    code = desk.stop(number)

    assert code == 0
    stops = [line["role"] for line in desk.journal(what="stopped")]
    assert sorted(stops[:5]) == sorted(CLIENTS)
    assert stops[5:] == ["paper"]
    assert len(pids) >= 9
    assert [pid for pid in pids if is_alive(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_killed_supervisor_takes_every_process_with_it(start_desk):
    desk = start_desk().until_running()
    direct = {desk.starts(role)[0]["pid"] for role in (*CLIENTS, "paper")} | set(desk.redis_pids())

    desk.stop(signal.SIGKILL)

    eventually(lambda: not any(is_alive(pid) for pid in direct), "all children are gone")
    for line in desk.journal(what="pool"):  # the stand-in's pool has no parent watch as Celery's has
        os.kill(line["child"], signal.SIGKILL)


@pytest.mark.parametrize("role", ["worker", "web", "stream", "beat", "watchdog"])
def test_a_killed_client_comes_back_while_the_others_go_on(start_desk, role):
    desk = start_desk().until_running()
    others = {name: desk.starts(name)[0]["pid"] for name in (*CLIENTS, "paper") if name != role}

    os.kill(desk.starts(role)[0]["pid"], signal.SIGKILL)

    eventually(lambda: len(desk.starts(role)) == 2, f"{role} starts again")
    assert all(is_alive(pid) for pid in others.values())
    assert all(len(desk.starts(name)) == 1 for name in others)
    assert f"{role:<8} | ended with SIGKILL; starts again in 0.5 s" in desk.output


def test_the_pool_of_a_killed_worker_is_ended_before_the_next_one_starts(start_desk):
    desk = start_desk().until_running()
    [pool] = eventually(lambda: desk.journal(what="pool"), "the worker has a pool")

    os.kill(desk.starts("worker")[0]["pid"], signal.SIGKILL)

    eventually(lambda: not is_alive(pool["child"]), "the pool is gone")


def test_a_restarted_paper_exchange_is_not_held_again(start_desk):
    desk = start_desk("--speed", "60").until_running()

    os.kill(desk.starts("paper")[0]["pid"], signal.SIGKILL)

    eventually(lambda: len(desk.starts("paper")) == 2, "the paper exchange starts again")
    first, second = desk.starts("paper")
    assert first["argv"] == [*second["argv"], "--held"]
    assert len(desk.starts("worker")) == 1


def test_a_killed_redis_comes_back_on_its_port(start_desk):
    desk = start_desk().until_running()
    [before] = desk.redis_pids()
    url = (desk.home / "secrets" / "REDIS_URL").read_text()

    os.kill(before, signal.SIGKILL)

    eventually(lambda: desk.redis_pids() not in ([], [before]), "Redis is back")
    assert (desk.home / "secrets" / "REDIS_URL").read_text() == url
    assert len(desk.starts("worker")) == 1


def test_a_signal_during_the_start_stops_it(start_desk):
    desk = start_desk(FAKE_SETUP="hanging")
    eventually(lambda: desk.starts("hanging"), "the setup runs")

    code = desk.stop()

    assert code == 0
    assert desk.starts("web") == []
    assert [pid for pid in desk.pids() if is_alive(pid)] == []


def test_a_setup_that_fails_hands_its_line_and_code_on(start_desk):
    desk = start_desk(FAKE_SETUP="fail")

    code = desk.ended()

    assert code == 3
    assert "duo-live: migrate failed: the journal's clock is behind the newest row\n" in desk.output
    assert desk.starts("web") == []
    assert [pid for pid in desk.pids() if is_alive(pid)] == []


def test_a_second_start_uses_the_same_secrets(start_desk):
    desk = start_desk("--demo").until_running()
    secrets = {path.name: path.read_text() for path in (desk.home / "secrets").iterdir()}
    desk.stop()

    again = start_desk("--demo").until_running()

    assert {path.name: path.read_text() for path in (again.home / "secrets").iterdir()} == secrets


def test_a_fresh_start_empties_the_home(start_desk):
    start_desk("--demo").until_running().stop()
    desk = start_desk("--demo", "--fresh")
    left = desk.home / "left-over"
    before = (desk.home / "secrets" / "DUOLIVE_DEMO_PASSWORD").read_text()

    desk.until_running()

    assert not left.exists()
    assert (desk.home / "secrets" / "DUOLIVE_DEMO_PASSWORD").read_text() != before


def test_two_supervisors_cannot_share_a_home(start_desk):
    desk = start_desk().until_running()

    second = start_desk()

    assert second.ended() == 1
    assert "another supervisor runs with the home" in second.output
    assert desk.process.poll() is None


def test_the_broker_of_redis_url_is_used_and_none_started(start_desk, valkey_url):
    desk = start_desk(REDIS_URL=valkey_url).until_running()

    assert desk.starts("worker")[0]["env"]["REDIS_URL"] == valkey_url
    assert desk.redis_pids() == []
