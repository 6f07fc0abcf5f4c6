"""Income that is no trade's: kept once, and counted where a day's result is asked for."""

from datetime import timedelta
from decimal import Decimal

from tests.lockstep import Lockstep
from trading.models import Income
from trading.services.holdings import result_of_day
from trading.services.income_keeping import keep_income


def keep(lockstep: Lockstep) -> int:
    return keep_income(lockstep.venue, start=lockstep.now() - timedelta(days=1), end=lockstep.now())


def test_rows_are_kept_once_and_those_of_trades_are_left_to_the_fills(lockstep: Lockstep) -> None:
    lockstep.open_position()

    assert keep(lockstep) == keep(lockstep) == 1
    kept = Income.objects.get()
    assert (kept.income_type, kept.amount, kept.asset) == ("TRANSFER", Decimal(10000), "USDT")


def test_funding_counts_into_the_result_of_a_day_where_asked_for(lockstep: Lockstep) -> None:
    Income.objects.create(
        account=lockstep.account,
        income_type="FUNDING_FEE",
        transaction_id=1,
        symbol="DOTUSDT",
        amount=Decimal("-1.25"),
        asset="USDT",
        at=lockstep.now(),
    )

    assert result_of_day(lockstep.account, now=lockstep.now()) == Decimal("-1.25")
    assert result_of_day(lockstep.account, now=lockstep.now(), with_funding=False) == 0
