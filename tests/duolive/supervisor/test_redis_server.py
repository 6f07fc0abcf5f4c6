import stat

import pytest
import redis

from duolive.supervisor import redis_server
from duolive.supervisor.errors import StartRefused
from tests.valkey import Valkey


def program(folder, name, said):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def no_bundled_server(monkeypatch):
    monkeypatch.setattr(redis_server, "_bundled_server", lambda: None)


def test_the_bundled_server_comes_first():
    assert redis_server.find_server().name == "valkey-server"


def test_a_server_on_the_path_is_the_second_choice(no_bundled_server, monkeypatch, tmp_path):
    found = program(tmp_path, "redis-server", "Redis server v=7.0.15 sha=00000000:0 bits=64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert redis_server.find_server() == found


def test_a_server_that_is_too_old_is_refused_by_name(no_bundled_server, monkeypatch, tmp_path):
    found = program(tmp_path, "redis-server", "Redis server v=6.0.16 sha=00000000:0 bits=64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(redis_server, "NAMES_ON_PATH", ("redis-server",))

    with pytest.raises(StartRefused, match=rf"\({found} is older than 6.2\)"):
        redis_server.find_server()


def test_the_server_evicts_nothing_keeps_a_journal_and_wants_a_password(tmp_path):
    with Valkey(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        settings = client.config_get("*")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=client.connection_pool.connection_kwargs["port"]).ping()

    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["save"] == ""
    assert settings["bind"] == "127.0.0.1"
    assert settings["dir"] == str(tmp_path / "redis")


def test_what_was_written_survives_a_kill(tmp_path):
    with Valkey(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)
        server.stop()
        server.start()

        assert client.get("kept") == b"yes"


def test_the_port_stays_and_the_files_are_the_owners_only(tmp_path):
    first, second = redis_server.prepare(tmp_path), redis_server.prepare(tmp_path)

    assert first == second
    assert first.password in first.url
    for path in (tmp_path / "redis" / "server.conf", tmp_path / "secrets" / "REDIS_URL"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_server_of_an_earlier_start_is_not_joined_on_the_same_data(tmp_path, monkeypatch):
    monkeypatch.setattr(redis_server, "GONE_WITHIN_SECONDS", 0.1)
    with Valkey(tmp_path), pytest.raises(StartRefused, match="of an earlier start still runs on port"):
        redis_server.prepare(tmp_path)


def test_another_program_on_the_port_makes_it_choose_another(tmp_path, free_port):
    import socket

    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "port").write_text(str(free_port))
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()

        server = redis_server.prepare(tmp_path)

    assert server.port != free_port


def test_an_external_server_that_answers_is_accepted(valkey_url):
    redis_server.require_reachable(valkey_url)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "http://127.0.0.1"])
def test_an_external_server_that_does_not_answer_is_refused(url):
    with pytest.raises(StartRefused, match="REDIS_URL"):
        redis_server.require_reachable(url)
