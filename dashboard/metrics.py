"""The desk in numbers for Prometheus, reckoned from the database at each question: no process has to count.

Money in USDT, times in seconds of wall time. What cannot be told now is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, Model, QuerySet
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from dashboard import figures
from dashboard.protection_report import ProtectionReport, protection_report
from desk.event_kinds import EventKind
from desk.models import Account, Bot, Event
from risk.breaker_store import tier_of
from risk.states import Tier
from signals.models import Signal, SignalStatus
from trading import selectors
from trading.core.states import UNRESOLVED, PositionStatus
from trading.models import Position

ALARMS = (
    EventKind.POSITION_UNPROTECTED,
    EventKind.OWNER_PAGED,
    EventKind.LADDER_CLIMBED,
    EventKind.ORDER_UNKNOWN,
    EventKind.ORDER_REFUSED,
    EventKind.REPAIRED,
    EventKind.LEDGER_DIFFERS,
    EventKind.FOREIGN_FOUND,
    EventKind.RIVAL_FOUND,
    EventKind.SLIPPAGE_HIGH,
    EventKind.PROCESS_RESTARTED,
)
Labelled = Iterable[tuple[Sequence[str], float | Decimal]]


class DeskCollector(Collector):
    """Everything that is told, read once for each question."""

    def collect(self) -> Iterator[Metric]:
        report = protection_report()
        yield from _protection(report)
        yield from _positions(report.positions)
        yield from _accounts(list(Account.objects.filter(environment=settings.DUOLIVE_ENV)))
        yield from _loops()
        yield from _doubts()
        yield from _counts()


def exposition() -> bytes:
    """The text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(DeskCollector())
    return generate_latest(registry)


def _protection(report: ProtectionReport) -> Iterator[Metric]:
    naked = report.light.naked_seconds
    yield _gauge("unprotected_seconds", "For how long something has been open without a stop; 0: all is covered", naked)
    worst, p99 = report.worst_naked_seconds_today, report.p99_naked_seconds
    yield from _known("unprotected_seconds_worst_today", "Longest time without a stop since 00:00 UTC", worst)
    yield from _known("unprotected_seconds_p99", "Time without a stop that 99 of 100 trades stay within", p99)


def _positions(held: Sequence[Position]) -> Iterator[Metric]:
    by_status = {status.value: 0 for status in PositionStatus if status is not PositionStatus.CLOSED}
    for position in held:
        by_status[position.status] += 1
    counted = {(status,): number for status, number in by_status.items()}
    yield _gauges("positions", "Positions that are not over", ["status"], counted.items())
    risk = figures.open_risk(held)
    yield _gauge("exposure_usdt", "Open notional at the last mark price", figures.exposure(held))
    yield from _known(
        "loss_at_stops_usdt", "Loss if every stop fires at its trigger", risk.loss if risk.is_bounded else None
    )


def _accounts(accounts: Sequence[Account]) -> Iterator[Metric]:
    balances = {(account.name,): account.wallet_balance for account in accounts if account.wallet_balance is not None}
    yield _gauges("wallet_balance_usdt", "As last read", ["account"], balances.items())
    open_results = {(each.name,): each.unrealized_pnl for each in accounts if each.unrealized_pnl is not None}
    yield _gauges("unrealized_pnl_usdt", "As last read", ["account"], open_results.items())
    tiers = {(each.name, tier.value): float(tier_of(each) is tier) for each in accounts for tier in Tier}
    yield _gauges("breaker_tier", "1 at the tier in force", ["account", "tier"], tiers.items())
    bots = Bot.objects.filter(account__in=accounts).order_by("pk")
    switched = {(bot.name,): float(bot.auto_trade) for bot in bots}
    yield _gauges("auto_trade", "1 where the bot may enter by itself", ["bot"], switched.items())


def _loops() -> Iterator[Metric]:
    silent = {(loop,): age for loop, age in selectors.heartbeat_ages().items()}
    yield _gauges("loop_silence_seconds", "Since each loop finished a round", ["loop"], silent.items())


def _doubts() -> Iterator[Metric]:
    unresolved = _counted(selectors.orders().filter(status__in=UNRESOLVED).order_by(), "purpose")
    yield _gauges("orders_unresolved", "Orders whose outcome is being asked for", ["purpose"], unresolved.items())
    blocked = _counted(selectors.blocks().order_by(), "reason")
    yield _gauges("symbols_blocked", "Symbols on which nothing new is entered", ["reason"], blocked.items())


def _counts() -> Iterator[Metric]:
    of_desk = Signal.objects.filter(bot__account__environment=settings.DUOLIVE_ENV).exclude(status=SignalStatus.PENDING)
    by_end = _counted(of_desk.order_by(), "bot__name", "status").items()
    yield _counters("signals", "Signals by what became of them", ["bot", "status"], by_end)
    told = Event.objects.filter(kind__in=ALARMS).order_by()
    alarms = {(kind.value,): 0 for kind in ALARMS} | _counted(told, "kind")
    yield _counters("alarms", "What was told that somebody should know of", ["kind"], alarms.items())


def _counted(rows: "QuerySet[Model]", *fields: str) -> dict[tuple[str, ...], int]:
    found = rows.values_list(*fields).annotate(number=Count("*"))
    return {tuple(map(str, values)): number for *values, number in found}


def _gauge(name: str, text: str, value: float | Decimal) -> Metric:
    return GaugeMetricFamily(f"duolive_{name}", text, value=float(value))


def _known(name: str, text: str, value: float | Decimal | None) -> Iterable[Metric]:
    return [] if value is None else [_gauge(name, text, value)]


def _gauges(name: str, text: str, labels: Sequence[str], values: Labelled) -> Metric:
    family = GaugeMetricFamily(f"duolive_{name}", text, labels=labels)
    for label_values, value in values:
        family.add_metric(label_values, float(value))
    return family


def _counters(name: str, text: str, labels: Sequence[str], values: Labelled) -> Metric:
    family = CounterMetricFamily(f"duolive_{name}", text, labels=labels)
    for label_values, value in values:
        family.add_metric(label_values, float(value))
    return family
