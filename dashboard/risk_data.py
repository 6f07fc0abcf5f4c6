"""What the risk page is born with."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from dashboard.api.risk_answers import RiskOut
from dashboard.market_time import market_time
from desk.models import accounts_of_this_environment, newest_event_at
from trading.risk_report import risk_report


def risk_data(query: Mapping[str, str]) -> dict[str, Any]:
    """The report of the account that ``query`` names, else of the first; nothing before a desk is set up.

    Where the exchange does not answer, the newest time on record is now.
    """
    accounts = list(accounts_of_this_environment().order_by("pk"))
    wanted = query.get("account", "")
    account = next((row for row in accounts if str(row.pk) == wanted), accounts[0] if accounts else None)
    if account is None:
        return {"risk": None, "accounts": []}
    reading = market_time()
    now = reading.at if reading else newest_event_at() or timezone.now()
    report = RiskOut(risk_report(account, now=now)).data
    return {"risk": report, "accounts": [{"id": row.pk, "name": row.name} for row in accounts]}
