"""What is on record over the API: cases, days, protection, accounts."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.figures import percentile
from desk.event_kinds import EventKind
from exchange.types import Side
from tests import factories
from tests.factories import NOON
from trading.core.states import Purpose
from trading.models import Income

PATHS = [
    "accounts", "bots", "daily-pnl", "snapshots", "protection", "audit", "why/DOTUSDT", "config", "config/versions",
    f"cases/{uuid.UUID(int=7)}",
]  # fmt: skip


@pytest.fixture
def answer(visitor):
    def get(path: str):
        response = visitor.get(f"/api/v1/{path}")
        assert response.status_code == 200, response.content
        return response.json()

    return get


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_answered_without_a_login(client, path):
    assert client.get(f"/api/v1/{path}").status_code in (401, 403)


def test_a_case_is_told_with_labels_and_units(answer):
    signal = factories.make_signal(symbol="DOTUSDT", status="refused", reason_code="max_positions")
    factories.make_event(EventKind.SIGNAL_FOUND, case=signal.case, symbol="DOTUSDT", ratio="12.5", price="8.5")

    case = answer(f"cases/{signal.case}")

    assert (case["state"], case["position"], case["reason"]) == ("refused", None, "too many positions")
    assert case["signal"]["symbol"] == "DOTUSDT"
    candle = case["steps"][0]
    assert candle["title"] == "Surge found"
    assert {"name": "surge_ratio", "label": "ratio", "value": "12.50", "unit": "×"} in candle["known"]


def test_a_case_speaks_the_readers_language(visitor):
    signal = factories.make_signal(symbol="DOTUSDT")
    factories.make_event(EventKind.SIGNAL_FOUND, case=signal.case, symbol="DOTUSDT", ratio="12.5", price="8.5")

    told = visitor.get(f"/api/v1/cases/{signal.case}", headers={"Accept-Language": "zh-hans"}).json()

    assert told["steps"][0]["title"] != "Surge found"


def test_a_case_that_does_not_exist_is_not_found(visitor):
    assert visitor.get(f"/api/v1/cases/{uuid.uuid4()}").status_code == 404


def test_why_tells_of_a_symbol_without_any_case_what_was_seen_last(answer):
    factories.make_bot()
    factories.make_scan(hour=NOON.replace(second=0), readings={"DOTUSDT": {"ratio": "3.25"}})

    why = answer("why/dotusdt")

    assert (why["symbol"], why["last_ratio"], why["threshold"], why["cases"]) == ("DOTUSDT", "3.25", "10", [])
    assert why["last_scan_hour"] == "2024-11-23T12:00:00Z"


def test_why_lists_refusals_newest_first(answer):
    bot = factories.make_bot()
    for day in (3, 1):
        scan = factories.make_scan(hour=NOON.replace(second=0) - timedelta(days=day))
        factories.make_signal(bot, scan=scan, symbol="DOTUSDT", status="refused", reason_code="daily_loss")

    cases = answer("why/DOTUSDT")["cases"]

    assert [case["began_at"] for case in cases] == sorted((case["began_at"] for case in cases), reverse=True)
    assert {case["state"] for case in cases} == {"refused"}
    assert len(answer("why/DOTUSDT?limit=1")["cases"]) == 1


def test_trades_can_be_cut_to_the_last_days(answer, visitor):
    bot = factories.make_bot()
    for days in (0, 5):
        factories.make_closed_position(bot, closed_at=NOON - timedelta(days=days, minutes=1))

    assert len(answer("trades?days=2")) == 1
    assert len(answer("trades?days=6")) == 2
    assert visitor.get("/api/v1/trades?days=91").status_code == 400


def test_a_day_sums_its_trades_and_its_funding(answer):
    account = factories.make_account()
    bot = factories.make_bot(account)
    factories.make_closed_position(bot, closed_at=NOON - timedelta(hours=1))
    factories.make_closed_position(bot, closed_at=NOON - timedelta(hours=2), realized_pnl=Decimal(-1))
    factories.make_closed_position(bot, closed_at=NOON - timedelta(days=1))
    _income(account, "FUNDING_FEE", "-0.25")

    today, yesterday = answer("daily-pnl?days=2")

    assert (today["day"], today["trades"], today["wins"]) == ("2024-11-23", 2, 1)
    assert (Decimal(today["result"]), Decimal(today["funding"])) == (Decimal("1.8"), Decimal("-0.25"))
    assert (yesterday["day"], Decimal(yesterday["result"])) == ("2024-11-22", Decimal("2.9"))


def test_balances_of_past_days_follow_from_the_books(answer):
    account = factories.make_account(wallet_balance=Decimal("1003.65"))
    position = factories.make_closed_position(factories.make_bot(account))
    entry = factories.make_order(position, purpose=Purpose.ENTRY)
    factories.make_fill(entry, at=NOON - timedelta(days=1), commission=Decimal("0.04"))
    factories.make_fill(entry, side=Side.BUY.value, realized_pnl=Decimal(4), commission=Decimal("0.06"))
    _income(account, "FUNDING_FEE", "-0.25")

    days = answer("snapshots?days=3")

    assert [(row["day"], Decimal(row["wallet_balance"]), Decimal(row["change"])) for row in days] == [
        ("2024-11-23", Decimal("1003.65"), Decimal("3.69")),
        ("2024-11-22", Decimal("999.96"), Decimal("-0.04")),
        ("2024-11-21", Decimal("1000.00"), Decimal(0)),
    ]


def test_days_need_the_market_clock(visitor, venue_clock):
    factories.make_account()
    venue_clock.is_down = True

    assert visitor.get("/api/v1/daily-pnl").status_code == 503


def test_protection_is_reported_in_figures(answer):
    bot = factories.make_bot()
    factories.make_protected_position(bot, worst_naked_seconds=0.4)
    factories.make_closed_position(bot, worst_naked_seconds=2.5, closed_at=NOON)

    report = answer("protection")

    assert report["light"]["state"] == "protected"
    assert (report["worst_naked_seconds_today"], report["p99_naked_seconds"]) == (2.5, 2.5)
    assert report["positions"][0]["protection"]["stop"]["trigger_price"] == "10.03"


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.99, None),
        ([1.0], 0.99, 1.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
    ],
)
def test_a_percentile_is_a_value_that_occurred(values, share, expected):
    assert percentile(values, share) == expected


def test_accounts_and_bots_are_listed_without_keys(answer):
    bot = factories.make_bot(name="surge")
    factories.make_position(bot)

    accounts, bots = answer("accounts"), answer("bots")

    assert (accounts[0]["id"], accounts[0]["wallet_balance"]) == (bot.account_id, "1000")
    assert not any("api" in name for name in accounts[0])
    assert (bots[0]["name"], bots[0]["version"], bots[0]["open_positions"]) == ("surge", 1, 1)


def _income(account, income_type: str, amount: str) -> None:
    Income.objects.create(
        account=account,
        income_type=income_type,
        transaction_id=Income.objects.count() + 1,
        amount=Decimal(amount),
        asset="USDT",
        at=NOON,
    )
