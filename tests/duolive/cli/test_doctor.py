"""``doctor``: one line a check, each failure with what to do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from desk.models import Account, Heartbeat
from duolive.cli import checkup
from exchange.errors import BadCredentials, ExchangeUnavailable
from tests.factories import make_account, make_bot, make_position
from trading.core.blocks import BlockReason
from trading.models import SymbolBlock

pytestmark = pytest.mark.django_db

LOOPS = ("check", "scan", "entries", "stream", "watchdog", "advise")


def raising(error: Exception):
    def fails(*_: object) -> None:
        raise error

    return fails


@pytest.fixture
def healthy(settings, monkeypatch, valkey_url):
    """A desk at which nothing is wrong; each test then breaks one thing."""
    make_account()
    for loop in LOOPS:
        Heartbeat.objects.create(loop=loop, beat_at=timezone.now())
    settings.REDIS_URL = valkey_url
    settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = "123:token", "42"
    set_venue(monkeypatch)
    return monkeypatch


def set_venue(monkeypatch, *, speed: str = "60", offset: float = 0.0, can_trade: bool = True) -> None:
    market = SimpleNamespace(server_time=lambda: datetime.now(UTC) + timedelta(seconds=offset))
    trading = SimpleNamespace(modes=lambda: SimpleNamespace(can_trade=can_trade))
    monkeypatch.setattr(checkup.venue, "clock", lambda: SimpleNamespace(speed=Decimal(speed)))
    monkeypatch.setattr(checkup.venue, "market_data", lambda: market)
    monkeypatch.setattr(checkup.venue, "trading", lambda account: trading)


def findings(answer) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in answer.json["checks"]}


def test_a_healthy_desk_ends_with_0(cli, healthy):
    answer = cli("doctor")
    as_json = cli("doctor", "--json")

    assert answer.code == as_json.code == 0
    assert as_json.json["healthy"] is True
    assert {check["state"] for check in as_json.json["checks"]} == {"ok"}
    assert len(answer.out.splitlines()) == len(as_json.json["checks"])


def test_each_finding_is_a_line_and_says_what_to_do(cli, healthy):
    healthy.setattr(checkup.venue, "market_data", raising(ExchangeUnavailable("timed out")))

    lines = cli("doctor").out.splitlines()

    place = lines.index("fail  exchange    timed out")
    assert "check network" in lines[place + 1]


@pytest.mark.parametrize(
    ("error", "state"),
    [(BadCredentials("-2015: invalid API-key"), "fail"), (ExchangeUnavailable("down"), "warn")],
)
def test_a_key_the_exchange_does_not_take_is_named(cli, healthy, error, state):
    healthy.setattr(checkup.venue, "trading", raising(error))

    answer = cli("doctor", "--json")

    assert findings(answer)["keys"]["state"] == state
    assert answer.code == (1 if state == "fail" else 0)


def test_keys_that_cannot_be_opened_here_are_named(cli, healthy):
    healthy.setattr(checkup.venue, "trading", lambda account: account.api_key.reveal())

    answer = cli("doctor", "--json")

    assert answer.code == 1
    assert "FIELD_ENCRYPTION_KEYS" in findings(answer)["keys"]["advice"]


def test_a_key_without_the_permission_to_trade_is_named(cli, healthy):
    set_venue(healthy, can_trade=False)

    assert findings(cli("doctor", "--json"))["keys"]["state"] == "fail"


@pytest.mark.parametrize(("offset", "state"), [(0.2, "ok"), (-0.2, "ok"), (2.0, "warn"), (-30.0, "fail")])
def test_a_clock_that_is_off_is_named_at_a_real_venue(cli, healthy, settings, offset, state):
    settings.DUOLIVE_ENV = "testnet"
    set_venue(healthy, speed="1", offset=offset)
    make_account(environment="testnet")

    found = findings(cli("doctor", "--json"))["exchange"]

    assert found["state"] == state
    assert ("NTP" in found["advice"]) == (state != "ok")


def test_a_replays_clock_is_not_compared_with_the_wall(cli, healthy):
    set_venue(healthy, speed="60", offset=-1e7)

    assert findings(cli("doctor", "--json"))["exchange"]["state"] == "ok"


def test_a_redis_that_is_gone_is_named(cli, healthy, settings, free_port):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"

    answer = cli("doctor", "--json")

    assert answer.code == 1
    assert findings(answer)["redis"]["state"] == "fail"


def test_without_a_database_the_rest_is_still_looked_at(cli, healthy):
    healthy.setattr(connection, "ensure_connection", raising(OperationalError("unable to open database file")))

    found = findings(cli("doctor", "--json"))

    assert found["database"]["state"] == "fail"
    assert found["redis"]["state"] == "ok"
    assert "keys" not in found


def test_pending_migrations_are_named(cli, healthy):
    healthy.setattr(checkup.MigrationExecutor, "migration_plan", lambda self, targets: ["one", "two"])

    found = findings(cli("doctor", "--json"))["database"]

    assert (found["state"], found["text"]) == ("fail", "2 migrations pending")
    assert "migrate" in found["advice"]


@pytest.mark.parametrize(("free", "state"), [(5 << 30, "ok"), (500 << 20, "warn"), (10 << 20, "fail")])
def test_a_full_disk_is_named(cli, healthy, free, state):
    healthy.setattr(checkup.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))

    assert findings(cli("doctor", "--json"))["disk"]["state"] == state


@pytest.mark.parametrize(("version", "state"), [((3, 10, 9), "fail"), ((3, 11, 0), "ok"), ((3, 14, 0), "ok")])
def test_an_old_python_is_named(cli, healthy, version, state):
    healthy.setattr(checkup.sys, "version_info", version)

    assert findings(cli("doctor", "--json"))["python"]["state"] == state


def test_a_naked_position_fails(cli, healthy):
    make_position(make_bot(), naked_since=timezone.now() - timedelta(minutes=1))

    answer = cli("doctor", "--json")

    assert answer.code == 1
    assert findings(answer)["protection"]["state"] == "fail"


@pytest.mark.parametrize(("is_holding", "state"), [(False, "warn"), (True, "fail")])
def test_a_desk_that_stands_still_fails_only_where_it_leaves_a_position_alone(cli, healthy, is_holding, state):
    Heartbeat.objects.all().delete()
    if is_holding:
        make_position(make_bot())

    assert findings(cli("doctor", "--json"))["processes"]["state"] == state


def test_an_owner_who_would_not_be_told_is_warned(cli, healthy, settings):
    settings.TELEGRAM_BOT_TOKEN = ""

    answer = cli("doctor", "--json")

    assert answer.code == 0
    assert findings(answer)["notices"]["state"] == "warn"


def test_before_the_desk_is_set_up_the_doctor_answers_all_the_same(process, free_port):
    answer = process(
        "doctor", "--json", DUOLIVE_PAPER_PORT=str(free_port), REDIS_URL=f"redis://127.0.0.1:{free_port}/0"
    )

    found = findings(answer)
    assert answer.code == 1
    assert {name for name, check in found.items() if check["state"] == "fail"} == {"database", "redis", "exchange"}
    assert all(check["advice"] for check in found.values() if check["state"] != "ok")


def block(symbol: str, reason: BlockReason, detail: str = "") -> None:
    account = Account.objects.get()
    SymbolBlock.objects.create(account=account, symbol=symbol, reason=reason, detail=detail, since=timezone.now())


def test_another_desk_on_the_account_is_a_failure(cli, healthy):
    block("", BlockReason.RIVAL_AT_WORK, "dlbbbbbb-1-e1")

    found = findings(cli("doctor", "--json"))["instance"]

    assert (found["state"], found["text"]) == ("fail", "another Duo-Live works on this account (dlbbbbbb-1-e1)")
    assert "stop the other" in found["advice"]


def test_orders_under_our_ids_that_no_row_knows_are_a_failure_with_the_way_out(cli, healthy):
    block("", BlockReason.OWN_UNKNOWN, "dlbbbbbb-1-s1")

    found = findings(cli("doctor", "--json"))["instance"]

    assert found["state"] == "fail"
    assert "a backup was restored" in found["text"]
    assert "docs/recovery.md" in found["advice"]


def test_a_blocked_contract_is_named_and_no_failure(cli, healthy):
    block("DOTUSDT", BlockReason.FOREIGN_POSITION, "30")

    answer = cli("doctor", "--json")

    found = findings(answer)["contracts"]
    assert (answer.code, found["state"]) == (0, "warn")
    assert found["text"] == "DOTUSDT: a position that is not ours (30)"
