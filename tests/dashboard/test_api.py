"""The API answers those who may ask, in exact decimals and UTC."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from desk.event_kinds import EventKind
from tests import factories
from tests.factories import NOON
from trading.core.states import OrderStatus, PositionStatus, Purpose

LISTS = ["positions", "positions/history", "orders", "trades", "signals", "logs"]
OTHERS = ["status", "auto-trade", "health"]


def answer(client: Client, path: str):
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    return response.json()


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_nobody_is_answered_without_a_login(client: Client, path: str):
    assert client.get(f"/api/v1/{path}").status_code in (401, 403)


@pytest.mark.parametrize("path", LISTS)
def test_lists_of_an_empty_desk_are_empty(visitor: Client, path: str):
    assert answer(visitor, path) == []


def test_a_token_opens_the_api(client: Client, user):
    key = Token.objects.create(user=user).key

    response = client.get("/api/v1/status", headers={"Authorization": f"Token {key}"})

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["orders", "trades", "signals", "logs", "positions/history"])
@pytest.mark.parametrize("limit", ["0", "-1", "5001", "ten", "1.5", "", "²", "9" * 40])
def test_a_limit_out_of_bounds_is_refused_with_the_bounds(visitor: Client, path: str, limit: str):
    response = visitor.get(f"/api/v1/{path}", {"limit": limit})

    assert response.status_code == 400
    assert "whole number from 1 to" in response.json()["errors"]["limit"]


def test_a_limit_cuts_the_list_to_the_newest(visitor: Client):
    bot = factories.make_bot()
    for hours in (1, 2, 3):
        factories.make_closed_position(bot, closed_at=NOON + timedelta(hours=hours))

    trades = answer(visitor, "trades?limit=2")

    assert [trade["exit_time"] for trade in trades] == ["2024-11-23T15:00:05Z", "2024-11-23T14:00:05Z"]


def test_status_adds_up_the_desk(visitor: Client):
    account = factories.make_account(wallet_balance=Decimal("1000"), unrealized_pnl=Decimal("3"))
    bot = factories.make_bot(account, auto_trade=True)
    factories.make_protected_position(bot, worst_naked_seconds=0.2)
    factories.make_closed_position(bot, closed_at=NOON - timedelta(hours=1))
    factories.make_closed_position(bot, closed_at=NOON - timedelta(days=1))

    status = answer(visitor, "status")

    assert status["environment"] == "replay"
    assert status["market_time"] == "2024-11-23T12:00:05Z"
    assert status["speed"] == "60"
    assert Decimal(status["equity"]) == Decimal("1003")
    assert Decimal(status["exposure"]) == Decimal("99")  # 12 at the mark of 8.25
    assert Decimal(status["open_risk"]) == Decimal("18.36")  # 12 × (10.03 − 8.5)
    assert status["open_risk_is_bounded"] is True
    assert Decimal(status["today"]["result"]) == Decimal("2.9")
    assert (status["today"]["trades"], status["today"]["worst_naked_seconds"]) == (1, 0.2)
    assert status["protection"]["state"] == "protected"
    assert status["auto_trade"] is True
    assert status["next_scan_at"] == "2024-11-23T13:00:05Z"


def test_status_of_an_empty_desk_knows_nothing_and_says_so(visitor: Client):
    status = answer(visitor, "status")

    assert (status["equity"], status["wallet_balance"], status["last_scan"]) == (None, None, None)
    assert status["protection"] == {"state": "nothing_open", "naked_since": None, "naked_seconds": 0.0}
    assert set(status["loops"].values()) == {"never"}


def test_status_is_answered_while_the_venue_is_down(visitor: Client, venue_clock):
    venue_clock.is_down = True

    status = answer(visitor, "status")

    assert (status["market_time"], status["speed"], status["today"], status["next_scan_at"]) == (None,) * 4


def test_status_names_the_highest_ratios_of_the_last_scan(visitor: Client):
    factories.make_bot()
    factories.make_scan(hour=NOON.replace(second=0), readings={"AUSDT": {"ratio": "2.5"}, "BUSDT": {"ratio": "14.25"}})

    scan = answer(visitor, "status")["last_scan"]

    assert scan["highest"] == [{"symbol": "BUSDT", "ratio": "14.25"}, {"symbol": "AUSDT", "ratio": "2.5"}]


def test_a_position_shows_its_protection(visitor: Client):
    position = factories.make_protected_position()
    stop = position.orders.get(purpose=Purpose.STOP)

    shown = answer(visitor, "positions")[0]

    assert shown["side"] == "SHORT"
    assert (shown["quantity"], shown["entry_price"]) == ("12", "8.5")
    assert Decimal(shown["unrealized_pnl"]) == Decimal("3")
    assert shown["entry_time"] == "2024-11-23T12:00:07Z"
    assert shown["protection"]["state"] == "protected"
    assert shown["protection"]["naked_seconds"] == 0.0
    assert shown["protection"]["stop"] == {
        "client_order_id": stop.client_order_id,
        "trigger_price": "10.03",
        "status": "NEW",
    }
    assert shown["protection"]["take_profit"]["trigger_price"] == "5.695"


def test_a_position_without_a_stop_counts_its_seconds_and_unbounds_the_risk(visitor: Client, settings):
    from django.utils import timezone

    position = factories.make_position(naked_since=timezone.now() - timedelta(seconds=30))
    factories.make_order(position, purpose=Purpose.STOP, status=OrderStatus.UNKNOWN)

    shown = answer(visitor, "positions")[0]["protection"]
    status = answer(visitor, "status")

    assert shown["state"] == "unprotected"
    assert shown["naked_seconds"] >= 30
    assert shown["stop"]["status"] == "UNKNOWN"
    assert status["open_risk_is_bounded"] is False
    assert status["protection"]["state"] == "unprotected"


def test_a_closed_position_is_history_and_keeps_its_orders_and_fills(visitor: Client):
    position = factories.make_closed_position()
    order = factories.make_order(position, purpose=Purpose.ENTRY, status=OrderStatus.FILLED)
    fill = factories.make_fill(order)

    assert answer(visitor, "positions") == []
    shown = answer(visitor, f"positions/{position.pk}")
    assert answer(visitor, "positions/history") == [shown]
    assert shown["exit_reason"] == "take_profit"
    assert [row["client_order_id"] for row in shown["orders"]] == [order.client_order_id]
    assert [row["trade_id"] for row in shown["fills"]] == [fill.trade_id]


def test_a_position_that_does_not_exist_is_not_found(visitor: Client):
    assert visitor.get("/api/v1/positions/77").status_code == 404


def test_a_trade_is_a_round_trip_with_its_result_after_commission(visitor: Client):
    factories.make_closed_position(realized_pnl=Decimal("3"), commission=Decimal("0.1"), leverage=3)

    trade = answer(visitor, "trades")[0]

    assert (trade["realized_pnl"], trade["commission"], trade["result"]) == ("3", "0.1", "2.9")
    assert trade["return_pct"] == "8.53"  # 2.9 of the 34 USDT of margin
    assert trade["exit_reason"] == "take_profit"
    assert (trade["quantity"], trade["entry_price"], trade["exit_price"]) == ("12", "8.5", "8.25")


def test_an_entry_that_never_filled_is_no_trade(visitor: Client):
    factories.make_closed_position(
        filled_at=None, exit_reason="entry_unfilled", entry_price=None, entered_quantity=Decimal(0)
    )

    assert answer(visitor, "trades") == []


def test_a_signal_tells_its_outcome_and_every_verdict(visitor: Client):
    signal = factories.make_signal(status="refused", reason_code="entry_gain", reason="gain 12 % > 9 %")
    factories.make_verdict(signal, outcome="reject", reason="gain 12 % > 9 %", metrics={"gain_pct": "12"})
    pending = factories.make_signal(signal.bot)

    shown = {row["id"]: row for row in answer(visitor, "signals")}

    assert shown[pending.pk]["accepted"] is None
    assert shown[signal.pk]["accepted"] is False
    assert shown[signal.pk]["reason_code"] == "entry_gain"
    assert shown[signal.pk]["verdicts"] == [
        {"name": "entry_gain", "outcome": "reject", "reason": "gain 12 % > 9 %", "metrics": {"gain_pct": "12"}}
    ]


def test_auto_trade_is_on_when_one_bot_may_enter(visitor: Client):
    account = factories.make_account()
    factories.make_bot(account, name="off", auto_trade=False)
    factories.make_bot(account, name="on", auto_trade=True)

    switch = answer(visitor, "auto-trade")

    assert switch["enabled"] is True
    assert {bot["name"]: bot["auto_trade"] for bot in switch["bots"]} == {"off": False, "on": True}


def test_advice_on_entries_is_not_listed_among_the_findings_of_scans(visitor: Client):
    bot = factories.make_bot()
    factories.make_signal(bot, symbol="DOTUSDT")
    factories.make_signal(bot, symbol="BTCUSDT", terms={"leverage": 3})

    assert [signal["symbol"] for signal in visitor.get("/api/v1/signals").json()] == ["DOTUSDT"]


def test_orders_of_both_books_are_listed_newest_first(visitor: Client):
    factories.make_protected_position()

    orders = answer(visitor, "orders")

    assert [order["purpose"] for order in orders] == ["take_profit", "stop", "entry"]
    assert [order["book"] for order in orders] == ["algo", "algo", "ordinary"]
    assert orders[1]["quantity"] is None


def test_other_environments_are_not_shown(visitor: Client):
    bot = factories.make_bot(factories.make_account(environment="live"))
    factories.make_protected_position(bot)
    factories.make_signal(bot)
    factories.make_event(EventKind.SIGNAL_REFUSED, bot=bot)

    assert [answer(visitor, path) for path in LISTS] == [[]] * len(LISTS)


def test_logs_tell_events_of_one_case(visitor: Client):
    case = uuid.uuid4()
    factories.make_event(EventKind.SIGNAL_REFUSED, case=case, symbol="DOTUSDT", reason="too late")
    factories.make_event()

    told = answer(visitor, f"logs?case={case}")

    assert [row["sentence"] for row in told] == ["DOTUSDT: signal refused, too late"]
    assert visitor.get("/api/v1/logs?case=x").status_code == 400


def test_secrets_appear_nowhere(visitor: Client):
    factories.make_protected_position(status=PositionStatus.OPEN)

    texts = [visitor.get(f"/api/v1/{path}").content.decode() for path in [*LISTS, *OTHERS]]

    assert not any("sealed" in text or "api_key" in text for text in texts)
