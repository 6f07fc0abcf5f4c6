"""The settings as a process of its own sees them."""

import json
import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from duolive.configuration import ROOT


def run(code, tmp_path, **variables):
    environment = {"PATH": os.environ["PATH"], "DUOLIVE_ENV_FILE": "", "DUOLIVE_HOME": str(tmp_path / "home")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment | variables, capture_output=True, text=True, check=False
    )


def setting(name, tmp_path, **variables):
    said = run(f"import json, duolive.settings as s; print(json.dumps(s.{name}, default=str))", tmp_path, **variables)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"DUOLIVE_ENV": "prod"}, "DUOLIVE_ENV='prod' must be one of replay, paper, testnet, live"),
        ({"DUOLIVE_ENV": "live"}, "SECRET_KEY is not set and the live environment makes none by itself"),
        ({"DATABASE_URL": "mysql://h/d"}, "DATABASE_URL must begin with sqlite:/// or postgres://"),
        ({"DEBUG": "maybe"}, "DEBUG='maybe' must be true or false"),
    ],
)
def test_a_wrong_variable_is_one_line_and_no_traceback(tmp_path, variables, line):
    said = run("import duolive.settings", tmp_path, **variables)

    assert said.returncode == 1
    assert said.stderr == f"duo-live: {line}\n"


def test_the_web_process_starts_without_keys(tmp_path):
    (tmp_path / "home" / "secrets").mkdir(parents=True)
    (tmp_path / "home" / "secrets" / "FIELD_ENCRYPTION_KEYS").write_text("key\n")

    assert setting("FIELD_ENCRYPTION_KEYS", tmp_path) == ["key"]
    assert setting("FIELD_ENCRYPTION_KEYS", tmp_path, FIELD_ENCRYPTION_KEYS="") == []


def test_the_newest_of_several_encryption_keys_comes_first(tmp_path):
    assert setting("FIELD_ENCRYPTION_KEYS", tmp_path, FIELD_ENCRYPTION_KEYS="new, old") == ["new", "old"]


def test_loopback_may_always_ask(tmp_path):
    assert setting("ALLOWED_HOSTS", tmp_path) == ["127.0.0.1", "localhost", "[::1]"]
    assert setting("ALLOWED_HOSTS", tmp_path, ALLOWED_HOSTS="desk.example.org")[0] == "desk.example.org"
    assert "localhost" in setting("ALLOWED_HOSTS", tmp_path, ALLOWED_HOSTS="desk.example.org")


def test_the_redis_of_the_home_is_found_by_commands_run_by_hand(tmp_path):
    (tmp_path / "home" / "secrets").mkdir(parents=True)
    (tmp_path / "home" / "secrets" / "REDIS_URL").write_text("redis://:p@127.0.0.1:7/0\n")

    assert setting("CELERY_BROKER_URL", tmp_path) == "redis://:p@127.0.0.1:7/0"
    assert setting("CELERY_BROKER_URL", tmp_path, REDIS_URL="redis://other/1") == "redis://other/1"


@pytest.mark.parametrize(("https", "secure"), [("0", False), ("1", True)])
def test_cookies_are_secure_behind_tls(tmp_path, https, secure):
    assert setting("SESSION_COOKIE_SECURE", tmp_path, DUOLIVE_HTTPS=https) is secure
    assert setting("CSRF_COOKIE_SECURE", tmp_path, DUOLIVE_HTTPS=https) is secure


def test_the_venue_is_known_by_its_addresses_only(tmp_path):
    assert setting("BINANCE_REST_URL", tmp_path) == "http://127.0.0.1:8090"
    assert setting("BINANCE_WS_URL", tmp_path, DUOLIVE_PAPER_PORT="9") == "ws://127.0.0.1:9"


@pytest.mark.parametrize(
    ("environment", "address"), [("testnet", "https://demo-fapi.binance.com"), ("live", "https://fapi.binance.com")]
)
def test_each_environment_has_an_address_of_its_own(tmp_path, environment, address):
    needed = {"SECRET_KEY": "s" * 50, "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(), "ALLOWED_HOSTS": "h"}

    assert setting("BINANCE_REST_URL", tmp_path, DUOLIVE_ENV=environment, **needed) == address


def test_celery_loses_at_most_a_tick_and_waits_for_ever_on_nothing(tmp_path):
    code = (
        "from duolive.celery import app; import json\n"
        "c = app.conf\n"
        "print(json.dumps([c.task_acks_late, c.task_ignore_result, c.result_backend, c.worker_disable_prefetch,"
        " bool(c.broker_transport_options['socket_timeout']), bool(c.broker_pool_acquire_timeout),"
        " c.beat_scheduler, c.beat_sync_every, c.beat_cron_starting_deadline, c.beat_max_loop_interval]))"
    )

    said = run(code, tmp_path, DJANGO_SETTINGS_MODULE="duolive.settings")

    scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
    assert json.loads(said.stdout) == [False, True, None, True, True, True, scheduler, 1, 300, 1]


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("signals.tasks.scan_due", "scan"),
        ("notifications.tasks.deliver_due", "notify"),
        ("advisor.tasks.read_context", "notify"),
        ("trading.tasks.check_positions", "trading"),
        ("desk.tasks.anything", "trading"),
    ],
)
def test_each_task_has_its_queue(tmp_path, task, queue):
    code = f"from duolive.celery import app; print(app.amqp.router.route({{}}, '{task}')['queue'].name)"

    assert run(code, tmp_path, DJANGO_SETTINGS_MODULE="duolive.settings").stdout == f"{queue}\n"


def test_every_variable_that_is_read_is_documented():
    import re

    documented = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    sources = [ROOT / "duolive" / name for name in ("settings.py", "configuration.py")]
    read = {
        name
        for path in sources
        for name in re.findall(r'\.(?:secret|text|flag|integer|listed|positive_decimal)\("([A-Z_]+)"', path.read_text())
    }

    assert read - documented == set()
