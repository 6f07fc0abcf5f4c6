import re
from decimal import Decimal
from types import SimpleNamespace

import pytest

from desk import events
from exchange.errors import ExchangeUnavailable
from tests.factories import (
    NOON,
    make_account,
    make_bot,
    make_closed_position,
    make_order,
    make_position,
    make_protected_position,
    make_signal,
)
from trading.core.states import OrderStatus, Purpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def market_clock(monkeypatch):
    clock = SimpleNamespace(now=lambda: NOON, speed=Decimal(60))
    monkeypatch.setattr("duolive.cli.desk.clock", lambda: clock)
    return clock


def lines(answer) -> dict[str, str]:
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in answer.out.splitlines())


def test_status_is_one_look(cli, market_clock):
    make_protected_position(make_bot())
    events.beat("scan")

    answer = cli("status")

    facts = lines(answer)
    assert answer.code == 0
    assert facts["environment"] == "replay"
    assert facts["market time"] == "2024-11-23 12:00:05 UTC"
    assert facts["wallet balance"].startswith("1000 USDT")
    assert facts["open positions"] == "1"
    assert facts["protection"] == "protected"
    assert facts["auto-trade"] == "on"
    assert facts["last scan"] == "0 s ago"


def test_status_as_json_has_decimals_as_text(cli, market_clock):
    make_account()
    events.beat("scan")

    facts = cli("status", "--json").json

    assert facts["wallet_balance"] == "1000"
    assert facts["market_time"] == "2024-11-23T12:00:05Z"
    assert facts["speed"] == "60"
    assert facts["protection"] == "nothing_open"
    assert facts["auto_trade"] is False
    assert facts["heartbeats"].keys() == {"scan"}


def test_status_answers_while_the_exchange_does_not(cli, monkeypatch):
    def fails() -> None:
        raise ExchangeUnavailable("down")

    monkeypatch.setattr("duolive.cli.desk.clock", fails)
    make_account()

    answer = cli("status")

    assert answer.code == 0
    assert lines(answer)["market time"] == "the exchange cannot be reached"


@pytest.mark.parametrize("command", ["status", "positions", "orders", "trades", "signals"])
def test_a_database_without_account_is_no_desk(cli, market_clock, command):
    make_account(environment="live")

    answer = cli(command)

    assert answer.code == 3
    assert "No desk is set up" in answer.err


@pytest.mark.parametrize("command", ["positions", "orders", "trades", "signals"])
def test_an_empty_list_says_so(cli, command):
    make_account()

    assert re.search(r"^No \w+ ", cli(command).out)
    assert cli(command, "--json").json[command] == []


def test_positions_show_their_exits(cli):
    bot = make_bot()
    make_protected_position(bot, symbol="DOTUSDT")
    make_closed_position(bot, symbol="XRPUSDT")

    table = cli("positions").out
    [position] = cli("positions", "--json").json["positions"]

    assert "DOTUSDT" in table and "10.03" in table and "5.695" in table
    assert "XRPUSDT" not in table
    assert position["symbol"] == "DOTUSDT"
    assert position["stop_price"] == "10.03"
    assert position["protection"] == "protected"
    assert position["unrealized_pnl"] == "3.00"


def test_orders_are_the_working_ones_unless_all_are_asked_for(cli):
    make_protected_position(make_bot(), symbol="DOTUSDT")

    working = cli("orders", "--json").json["orders"]
    every = cli("orders", "--all", "--json").json["orders"]

    assert {order["purpose"] for order in working} == {"stop", "take_profit"}
    assert {order["purpose"] for order in every} == {"entry", "stop", "take_profit"}


def test_orders_of_one_symbol(cli):
    bot = make_bot()
    for symbol in ("DOTUSDT", "XRPUSDT"):
        make_protected_position(bot, symbol=symbol)

    found = cli("orders", "dotusdt", "--json").json["orders"]
    newest = cli("orders", "-n", "1", "--json").json["orders"]

    assert {order["symbol"] for order in found} == {"DOTUSDT"}
    assert len(newest) == 1


def test_a_refused_order_shows_the_reason(cli):
    position = make_position(make_bot())
    make_order(position, purpose=Purpose.STOP, status=OrderStatus.REJECTED, reason="would trigger at once")

    assert "would trigger at once" in cli("orders", "--all").out


def test_trades_are_summed_after_commission(cli):
    bot = make_bot()
    make_closed_position(bot, symbol="DOTUSDT")
    make_closed_position(bot, symbol="XRPUSDT", realized_pnl=Decimal("-1.5"))

    answer = cli("trades")
    facts = cli("trades", "--json").json

    assert "2 trades, result 1.3 USDT after commission" in answer.out
    assert facts["result"] == "1.3"
    assert {trade["symbol"]: trade["result"] for trade in facts["trades"]} == {"DOTUSDT": "2.9", "XRPUSDT": "-1.6"}


def test_trades_may_be_limited(cli):
    bot = make_bot()
    for _ in range(3):
        make_closed_position(bot)

    assert len(cli("trades", "2", "--json").json["trades"]) == 2


def test_signals_show_what_became_of_them(cli):
    bot = make_bot()
    make_signal(bot, symbol="DOTUSDT", surge_ratio=Decimal("12.34567"))
    make_signal(bot, symbol="XRPUSDT", status="refused", reason_code="max_positions", reason="6 of 6 are open")

    answer = cli("signals")
    facts = {signal["symbol"]: signal for signal in cli("signals", "--json").json["signals"]}

    assert "6 of 6 are open" in answer.out
    assert facts["DOTUSDT"]["ratio"] == "12.3457"
    assert facts["XRPUSDT"]["reason_code"] == "max_positions"


def test_the_desks_of_other_environments_are_not_shown(cli):
    make_account()
    other = make_bot(make_account(environment="live"))
    make_protected_position(other)
    make_closed_position(other)
    make_signal(other)

    for command in ("positions", "orders", "trades", "signals"):
        assert cli(command, "--json").json[command] == []
