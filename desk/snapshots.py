"""The balance of each account once a UTC market day, so that a day can be compared with the one before."""

from datetime import datetime, timedelta

from desk.models import Account, BalanceSnapshot, accounts_of_this_environment


def keep_balances(*, now: datetime) -> int:
    """Write the day's row of each account whose balance was read on the UTC day of ``now``; return how many are new.

    Doing it again on the same day changes nothing.
    """
    return sum(_keep(account, now=now) for account in accounts_of_this_environment())


def _keep(account: Account, *, now: datetime) -> bool:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if account.wallet_balance is None or account.balances_at is None or account.balances_at < midnight:
        return False
    _snapshot, is_new = BalanceSnapshot.objects.get_or_create(
        account=account,
        date=now.date(),
        defaults={
            "wallet_balance": account.wallet_balance,
            "unrealized_pnl": account.unrealized_pnl or 0,
            "at": account.balances_at,
        },
    )
    return is_new


def yesterday(account: Account, *, now: datetime) -> BalanceSnapshot | None:
    """The row of the UTC day before ``now``, or None where the desk did not run."""
    return BalanceSnapshot.objects.filter(account=account, date=now.date() - timedelta(days=1)).first()
