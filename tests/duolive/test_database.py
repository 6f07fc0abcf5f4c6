from pathlib import Path

import pytest

from duolive.database import POSTGRES_OPTIONS, database
from duolive.environment import ConfigurationError

HOME = Path("/home/desk/100% #1?")


def entry(url):
    return database(url, home=HOME, max_age_seconds=0)


def test_without_a_url_it_is_sqlite_in_the_home_that_survives_a_power_cut():
    default = entry("")

    assert default["ENGINE"] == "django.db.backends.sqlite3"
    assert default["NAME"] == str(HOME / "desk.sqlite3")
    assert default["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in default["OPTIONS"]["init_command"]
    assert "synchronous=FULL" in default["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////var/desk.sqlite3", "/var/desk.sqlite3"),
        ("sqlite:///desk.sqlite3", "desk.sqlite3"),
        ("sqlite:///:memory:", ":memory:"),
    ],
)
def test_sqlite_urls_name_a_file(url, name):
    assert entry(url)["NAME"] == name


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgres_url_is_taken_apart_and_decoded(scheme):
    parts = entry(f"{scheme}://us%40er:p%2Fw@db.local:5433/desk?sslmode=require")

    assert parts["ENGINE"] == "django.db.backends.postgresql"
    assert (parts["USER"], parts["PASSWORD"]) == ("us@er", "p/w")
    assert (parts["HOST"], parts["PORT"], parts["NAME"]) == ("db.local", "5433", "desk")
    assert parts["OPTIONS"] == POSTGRES_OPTIONS | {"sslmode": "require"}


def test_a_dead_network_ends_a_connection_to_postgres_and_a_url_may_say_when():
    options = entry("postgres://db.local/desk?tcp_user_timeout=60000")["OPTIONS"]

    assert options["keepalives_idle"] + options["keepalives_count"] * options["keepalives_interval"] <= 30
    assert (options["connect_timeout"], options["tcp_user_timeout"]) == (5, "60000")
    assert "options" not in options  # no limit on statements: a migration takes its time


def test_parts_left_out_are_left_to_the_driver():
    parts = entry("postgres:///desk")

    assert (parts["USER"], parts["PASSWORD"], parts["HOST"], parts["PORT"]) == ("", "", "", "")


@pytest.mark.parametrize(
    "url", ["mysql://u:hidden@h/desk", "postgres://u:hidden@h", "postgres://u:hidden@h:x/desk", "sqlite://"]
)
def test_a_wrong_url_is_refused_without_showing_its_password(url):
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as refusal:
        entry(url)

    assert "hidden" not in str(refusal.value)
