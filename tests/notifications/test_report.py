"""The periodic report and the day's balance snapshot."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from desk import snapshots
from desk.event_kinds import EventKind
from desk.models import BalanceSnapshot, Event
from desk.narration import sentence
from exchange.errors import ExchangeUnavailable
from notifications import tasks
from notifications.report import REPORT_EVERY, report_due
from tests.factories import (
    NOON,
    make_account,
    make_bot,
    make_event,
    make_fill,
    make_order,
    make_protected_position,
    make_signal,
)
from trading.core.states import Purpose

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def account():
    account = make_account()
    make_event(account=account)
    return account


def reports() -> list[Event]:
    return list(Event.objects.filter(kind=EventKind.REPORT).order_by("id"))


def test_the_first_report_comes_four_hours_after_the_start(account):
    early = report_due(now=NOON + REPORT_EVERY - timedelta(seconds=1))
    due = report_due(now=NOON + REPORT_EVERY)

    assert (early, due) == (0, 1)


def test_reports_follow_every_four_hours_however_often_the_tick_comes(account):
    made = [report_due(now=NOON + timedelta(minutes=minutes)) for minutes in range(0, 24 * 60 + 1, 10)]

    assert sum(made) == 6
    assert [report.at.hour for report in reports()] == [16, 20, 0, 4, 8, 12]


def test_after_a_pause_there_is_one_report_and_not_all_that_were_missed(account):
    assert [report_due(now=NOON + 3 * DAY), report_due(now=NOON + 3 * DAY)] == [1, 0]


def test_a_report_holds_balance_result_positions_and_entries(account):
    bot = make_bot(account)
    position = make_protected_position(bot, signal=make_signal(bot))
    make_fill(make_order(position, purpose=Purpose.CLOSE), realized_pnl=Decimal("-2"), commission=Decimal("0.3"))

    report_due(now=NOON + REPORT_EVERY)

    assert sentence(reports()[0]) == (
        "Balance 1000.00 USDT (– since yesterday), today -2.30, unrealised +0.00, 1 positions, 1 entries today"
    )


def test_a_report_compares_with_the_balance_of_yesterday(account):
    snapshots.keep_balances(now=NOON)
    account.wallet_balance = Decimal("1012.5")
    account.save()

    report_due(now=NOON + DAY)

    assert reports()[0].facts["difference"] == "+12.50"


def test_a_balance_is_kept_once_a_day(account):
    kept = [snapshots.keep_balances(now=NOON + timedelta(minutes=minutes)) for minutes in (0, 1, 60)]

    snapshot = BalanceSnapshot.objects.get()
    assert kept == [1, 0, 0]
    assert (snapshot.date, snapshot.wallet_balance, snapshot.at) == (NOON.date(), Decimal(1000), NOON)


def test_a_balance_that_was_read_yesterday_is_not_todays(account):
    assert snapshots.keep_balances(now=NOON + DAY) == 0


def test_an_account_never_read_has_no_snapshot_and_its_report_invents_nothing(account):
    account.wallet_balance = account.balances_at = None
    account.save()

    assert snapshots.keep_balances(now=NOON) == 0
    report_due(now=NOON + REPORT_EVERY)
    assert reports()[0].facts["balance"] == "–"


def test_accounts_of_other_environments_are_not_reported():
    make_event(account=make_account(environment="live"))

    assert report_due(now=NOON + DAY) == 0
    assert snapshots.keep_balances(now=NOON) == 0


def test_the_task_reads_market_time(account, monkeypatch):
    monkeypatch.setattr(tasks, "clock", lambda: SimpleNamespace(now=lambda: NOON + REPORT_EVERY))

    tasks.report_due()

    assert len(reports()) == 1
    assert BalanceSnapshot.objects.exists()


def test_an_exchange_that_is_down_only_postpones_the_report(account, monkeypatch):
    def down() -> None:
        raise ExchangeUnavailable("down")

    monkeypatch.setattr(tasks, "clock", down)

    tasks.report_due()

    assert reports() == []
