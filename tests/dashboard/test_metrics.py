"""The desk in numbers, read back by Prometheus' own parser; for this machine, or with a token."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.authtoken.models import Token

from dashboard import scraping
from desk import events
from desk.event_kinds import EventKind
from desk.models import Heartbeat
from desk.roles import Role, give_role
from desk.secrets import Secret
from risk import breaker_store
from risk.breaker import stop_at_once
from signals.models import SignalStatus
from tests import factories
from trading.core.states import OrderStatus, Purpose

pytestmark = pytest.mark.django_db
OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def client() -> Client:
    """Asks as Prometheus on this machine does."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture(autouse=True)
def market(public_market: Any) -> Any:
    return public_market


def samples(client: Client) -> dict[tuple[str, ...], float]:
    """By name and label values."""
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name.removeprefix("duolive_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def test_a_new_desk_is_told_without_guesses(client: Client) -> None:
    told = samples(client)

    assert told["unprotected_seconds",] == 0
    assert told["positions", "open"] == 0
    assert told["alarms_total", "position_unprotected"] == 0
    assert ("unprotected_seconds_p99",) not in told


def test_seconds_without_a_stop_are_now_the_worst_of_today_and_the_p99(client: Client) -> None:
    bare = factories.make_position(naked_since=timezone.now() - timedelta(seconds=7), worst_naked_seconds=7.5)
    factories.make_order(bare, purpose=Purpose.ENTRY, status=OrderStatus.FILLED)

    told = samples(client)

    assert 7 <= told["unprotected_seconds",] < 60
    assert told["unprotected_seconds_worst_today",] == 7.5
    assert told["unprotected_seconds_p99",] == 7.5
    assert told["positions", "open"] == 1
    assert ("loss_at_stops_usdt",) not in told  # a loss without a stop has no bound


def test_what_is_open_behind_its_stop_has_an_exposure_and_a_bounded_loss(client: Client) -> None:
    position = factories.make_position()
    factories.make_order(position, purpose=Purpose.STOP, status=OrderStatus.NEW)

    told = samples(client)

    assert told["exposure_usdt",] > 0
    assert told["loss_at_stops_usdt",] > 0


def test_doubts_are_counted(client: Client) -> None:
    position = factories.make_position()
    factories.make_order(position, purpose=Purpose.CLOSE, status=OrderStatus.UNKNOWN)

    assert samples(client)["orders_unresolved", "close"] == 1


def test_breaker_switches_and_balances_are_told_by_account_and_bot(client: Client) -> None:
    account = factories.make_account(wallet_balance="1234.5", unrealized_pnl="-6.25")
    bot = factories.make_bot(account, auto_trade=False)
    breaker_store.change(account, lambda breaker, _row: stop_at_once(breaker, now=timezone.now()))

    told = samples(client)

    assert told["wallet_balance_usdt", account.name] == 1234.5
    assert told["unrealized_pnl_usdt", account.name] == -6.25
    assert told["auto_trade", bot.name] == 0
    tiers = {labels[2]: value for labels, value in told.items() if labels[0] == "breaker_tier"}
    assert sum(tiers.values()) == 1
    assert tiers["active"] == 0


def test_a_silent_loop_shows_its_silence(client: Client) -> None:
    events.beat("check")
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=90))

    assert samples(client)["loop_silence_seconds", "check"] >= 90


def test_signals_and_alarms_only_ever_grow(client: Client) -> None:
    signal = factories.make_signal(status=SignalStatus.REFUSED, reason_code="stale_signal", reason="too old")
    events.record(EventKind.OWNER_PAGED, at=timezone.now(), bot=signal.bot, symbol=signal.symbol)

    told = samples(client)

    assert told["signals_total", signal.bot.name, "refused"] == 1
    assert told["alarms_total", "owner_paged"] == 1


def test_alarms_are_counted_by_their_index_however_many_events_there_are(client: Client) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("another database reads a small table from end to end")
    with CaptureQueriesContext(connection) as asked:
        samples(client)

    counting = next(row["sql"] for row in asked.captured_queries if 'FROM "desk_event"' in row["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {counting}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())

    assert "USING COVERING INDEX event_by_kind" in plan


def test_strangers_are_refused_in_words(client: Client) -> None:
    response = client.get("/metrics", **OUTSIDE)  # type: ignore[arg-type]

    assert response.status_code == 403
    assert b"duolive_" not in response.content


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"]
)
def test_a_proxy_on_this_machine_is_no_way_in(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machine_asks_by_a_loopback_name(client: Client, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org", *settings.LOOPBACK_HOSTS]

    assert client.get("/metrics", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["desk.example.org", "desk.example.org:443", "localhost.example.org", "127.0.0.2"])
def test_a_proxy_that_does_not_say_so_is_known_by_the_name_it_passes_on(
    client: Client, settings: Any, host: str
) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    assert client.get("/metrics", headers={"Host": host}).status_code == 403


def test_a_token_opens_it_under_the_published_name_too(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org"]
    user = User.objects.create_user("reader")
    give_role(user, Role.VIEWER)
    wanted = {"Host": "desk.example.org", "Authorization": f"Bearer {Token.objects.create(user=user).key}"}

    assert client.get("/metrics", headers=wanted).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "Token"])
def test_from_outside_a_token_of_a_reader_opens_it(client: Client, scheme: str) -> None:
    user = User.objects.create_user("reader")
    give_role(user, Role.VIEWER)
    token = Token.objects.create(user=user)

    response = client.get("/metrics", headers={"Authorization": f"{scheme} {token.key}"}, **OUTSIDE)  # type: ignore[arg-type]

    assert response.status_code == 200


@pytest.mark.parametrize("trouble", ["no role", "left the desk", "wrong token", "another scheme", "two tokens"])
def test_no_other_token_does(client: Client, trouble: str) -> None:
    user = User.objects.create_user("reader", is_active=trouble != "left the desk")
    if trouble != "no role":
        give_role(user, Role.VIEWER)
    key = Token.objects.create(user=user).key if trouble != "wrong token" else "0" * 40
    scheme = "Basic" if trouble == "another scheme" else "Bearer"
    key = f"{key} {key}" if trouble == "two tokens" else key

    response = client.get("/metrics", headers={"Authorization": f"{scheme} {key}"}, **OUTSIDE)  # type: ignore[arg-type]

    assert response.status_code == 403


def test_a_database_that_cannot_be_read_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bytes:
        raise DatabaseError("away")

    monkeypatch.setattr(scraping, "exposition", fail)

    response = client.get("/metrics")

    assert (response.status_code, response.content) == (503, b"the database cannot be read\n")


def test_a_database_that_cannot_be_asked_for_the_token_is_said_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise DatabaseError("away")

    monkeypatch.setattr(Token.objects, "select_related", fail)

    response = client.get("/metrics", headers={"Authorization": f"Bearer {'0' * 40}"}, **OUTSIDE)  # type: ignore[arg-type]

    assert response.status_code == 503


def test_nothing_secret_and_no_person_is_told(client: Client) -> None:
    account = factories.make_account(api_key=Secret("venue-key-text"), api_secret=Secret("venue-secret-text"))
    factories.make_bot(account)

    text = client.get("/metrics").content

    assert b"venue-key-text" not in text
    assert b"venue-secret-text" not in text
