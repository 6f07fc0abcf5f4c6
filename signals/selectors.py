"""Reading only: what pages and API show of signals and scans."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from pydantic import ValidationError

from desk.models import Bot
from signals.models import ScanRun, Signal
from signals.strategies.base import StrategyConfig
from signals.strategies.registry import UnknownStrategy, config_of


def signals() -> QuerySet[Signal]:
    """Signals of this environment's bots, newest first, strongest first within a scan."""
    return (
        Signal.objects.filter(bot__account__environment=settings.DUOLIVE_ENV)
        .select_related("bot", "scan")
        .defer("scan__readings_packed")
        .prefetch_related("verdicts")
    )


def found_by_scans() -> QuerySet[Signal]:
    """Signals that a scan found; advice on entries is no finding of a scan and has its own pages."""
    return signals().filter(terms={})


def signal_of_case(case: uuid.UUID) -> Signal | None:
    return signals().filter(case=case).first()


def config_at(bot: Bot, moment: datetime | None = None) -> StrategyConfig | None:
    """The settings of ``bot`` that were in force at ``moment`` (wall time), now without one; None if unreadable."""
    versions = bot.config_versions.order_by("-number")
    version = versions.filter(created_at__lte=moment).first() if moment else versions.first()
    version = version or versions.last()
    if version is None:
        return None
    try:
        return config_of(version)
    except (ValidationError, UnknownStrategy):
        return None


def last_scan() -> ScanRun | None:
    """The newest scan of a strategy that a bot of this environment has."""
    bots = Bot.objects.filter(account__environment=settings.DUOLIVE_ENV)
    strategies = bots.values_list("strategy", flat=True).distinct()
    return ScanRun.objects.filter(strategy__in=list(strategies)).order_by("-hour").first()


def last_ratio(symbol: str) -> tuple[ScanRun, Decimal | None] | None:
    """The newest scan, and the surge ratio it saw on ``symbol``; None before the first scan."""
    run = last_scan()
    if run is None:
        return None
    numbers: Mapping[str, str] = run.readings.get(symbol, {})
    return run, Decimal(numbers["ratio"]) if "ratio" in numbers else None
