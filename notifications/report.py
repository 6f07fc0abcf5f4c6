"""The periodic report: where the account stands, every four hours of market time, as an event that is told."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from desk import events, snapshots
from desk.event_kinds import EventKind
from desk.models import Account, Event, accounts_of_this_environment
from trading.selectors import open_positions
from trading.services.holdings import entries_on_day, result_of_day

REPORT_EVERY = timedelta(hours=4)  # market; the first one as long after the desk was set up
UNKNOWN = "–"


def report_due(*, now: datetime) -> int:
    """Record the reports that are due at market time ``now`` and return their number.

    After a pause there is one report, not one for each that was missed.
    """
    return sum(_report(account, now=now) for account in accounts_of_this_environment())


def _report(account: Account, *, now: datetime) -> bool:
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        last = _last_at(account)
        if last is None or now < last + REPORT_EVERY:
            return False
        events.record(EventKind.REPORT, at=now, account=account, **_facts(account, now=now))
    return True


def _last_at(account: Account) -> datetime | None:
    """Market time of the last report, or of the account's first event before there is one."""
    of_account = Event.objects.filter(account=account)
    last = of_account.filter(kind=EventKind.REPORT).order_by("-id").first() or of_account.order_by("id").first()
    return last.at if last else None


def _facts(account: Account, *, now: datetime) -> dict[str, Any]:
    """Money in USDT, to the cent."""
    before = snapshots.yesterday(account, now=now)
    grown = None if before is None or account.wallet_balance is None else account.wallet_balance - before.wallet_balance
    return {
        "balance": UNKNOWN if account.wallet_balance is None else f"{account.wallet_balance:.2f}",
        "difference": _signed(grown),
        "result": _signed(result_of_day(account, now=now)),
        "unrealized": _signed(account.unrealized_pnl),
        "positions": open_positions().filter(account=account).count(),
        "entries": sum(entries_on_day(bot, now=now) for bot in account.bots.all()),
    }


def _signed(amount: Decimal | None) -> str:
    return UNKNOWN if amount is None else f"{amount:+.2f}"
