"""The equity curve over the days that were read."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from dashboard.equity import equity_curve
from desk.models import Account, BalanceSnapshot
from tests import factories
from tests.dashboard.test_pages import beginning_of
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def keep(account: Account, *, back: int, wallet: str, unrealized: str = "0") -> None:
    at = NOON - timedelta(days=back)
    BalanceSnapshot.objects.create(
        account=account, date=at.date(), wallet_balance=Decimal(wallet), unrealized_pnl=Decimal(unrealized), at=at
    )


def test_days_come_oldest_first_with_open_results_in_them():
    account = factories.make_account()
    keep(account, back=0, wallet="1010", unrealized="-4.5")
    keep(account, back=1, wallet="1000")

    values = [Decimal(row["equity"]) for row in equity_curve()]

    assert values == [Decimal("1000"), Decimal("1005.5")]


def test_only_the_last_days_are_told():
    account = factories.make_account()
    for back in range(5):
        keep(account, back=back, wallet=str(1000 + back))

    assert [row["day"] for row in equity_curve(days=2)] == [
        (NOON - timedelta(days=1)).date().isoformat(),
        NOON.date().isoformat(),
    ]


def test_accounts_of_other_environments_are_left_out():
    keep(factories.make_account(name="elsewhere", environment="live"), back=0, wallet="5")

    assert equity_curve() == []


def test_the_overview_is_born_with_the_curve(visitor: Client, public_market):
    keep(factories.make_account(), back=0, wallet="1000")

    page = beginning_of(visitor.get("/").content.decode())["page"]

    assert [Decimal(row["equity"]) for row in page["equity"]] == [Decimal(1000)]
