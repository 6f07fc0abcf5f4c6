"""What is on record: case files, accounts, bots, days, protection, who changed what."""

import uuid

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard import daily, snapshots
from dashboard.api.answers import (
    AccountOut,
    BotDetailOut,
    DayBalanceOut,
    DayResultOut,
    ProtectionReportOut,
)
from dashboard.api.base import DeskApi, missing, required_market_time
from dashboard.api.parameters import DAYS_PARAMETER, account_of, days_of, limit_of, limit_parameter
from dashboard.case_serializers import CaseOut, WhyOut
from dashboard.protection_report import protection_report
from dashboard.serializers import EventOut
from dashboard.why import why
from desk.event_kinds import EventKind
from desk.models import Bot, accounts_of_this_environment
from trading.case_file import UnknownCase, case_file

DAYS = 30
MOST_CASES = 50
CHANGES = (EventKind.SETTINGS_CHANGED, EventKind.SWITCHED, EventKind.VARIANT_PROMOTED)


class CaseApi(DeskApi):
    """One case file: every step from the candle to the result."""

    @extend_schema(responses=CaseOut)
    def get(self, request: Request, case: uuid.UUID) -> Response:
        try:
            found = case_file(case)
        except UnknownCase:
            raise missing(_("such case")) from None
        return Response(CaseOut(found).data)


class WhyApi(DeskApi):
    """Why the desk did or did not trade a symbol: its case files, refused ones too, newest first."""

    @extend_schema(responses=WhyOut, parameters=[limit_parameter(MOST_CASES)])
    def get(self, request: Request, symbol: str) -> Response:
        limit = limit_of(request, highest=MOST_CASES, default=10)
        return Response(WhyOut(why(symbol.upper(), limit=limit)).data)


class AccountsApi(DeskApi):
    """Accounts of this environment with the balances that were read last."""

    @extend_schema(responses=AccountOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(AccountOut(accounts_of_this_environment().order_by("pk"), many=True).data)


class BotsApi(DeskApi):
    """Bots of this environment."""

    @extend_schema(responses=BotDetailOut(many=True))
    def get(self, request: Request) -> Response:
        bots = Bot.objects.filter(account__in=accounts_of_this_environment()).order_by("pk")
        return Response(BotDetailOut(bots, many=True).data)


class DailyPnlApi(DeskApi):
    """Result of each UTC day, newest first."""

    @extend_schema(responses=DayResultOut(many=True), parameters=[DAYS_PARAMETER])
    def get(self, request: Request) -> Response:
        days = days_of(request, default=DAYS)
        return Response(DayResultOut(daily.results(now=required_market_time().at, days=days), many=True).data)


class SnapshotsApi(DeskApi):
    """Wallet balance at the end of each UTC day, newest first."""

    @extend_schema(responses=DayBalanceOut(many=True), parameters=[DAYS_PARAMETER])
    def get(self, request: Request) -> Response:
        days = days_of(request, default=DAYS)
        found = daily.balances(account_of(None), now=required_market_time().at, days=days)
        return Response(DayBalanceOut(found, many=True).data)


class ProtectionApi(DeskApi):
    """What stands between each position and an unbounded loss, and how long nothing did."""

    @extend_schema(responses=ProtectionReportOut)
    def get(self, request: Request) -> Response:
        return Response(ProtectionReportOut(protection_report()).data)


class AuditApi(DeskApi):
    """Who changed settings and switches, and who traded by hand, newest first."""

    @extend_schema(responses=EventOut(many=True), parameters=[limit_parameter()])
    def get(self, request: Request) -> Response:
        changes = snapshots.events().filter(Q(kind__in=CHANGES) | Q(facts__has_key="author"))
        return Response(EventOut(changes[: limit_of(request)], many=True).data)
