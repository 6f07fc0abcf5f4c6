"""The filter lab: what each filter, and each combination, would have refused, and what the refused would have made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import structlog

from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from exchange.types import PositionSide
from risk.filters import FILTERS, run_filters
from risk.filters.context import FilterContext
from risk.verdict import Outcome, Verdict
from signals.scan import HOUR
from signals.shadow import Judge, ShadowEntry, ShadowExit, follow_judged
from signals.strategies.base import Proposal, Strategy
from signals.strategies.filter_settings import FilterSettings
from trading.paged_bars import bars_between, finished_between
from trading.shadow_judging import judge_by

log = structlog.get_logger(__name__)

FINISHED_HOURS = 25
FOLLOWED_INTERVAL = "5m"  # what the judgements look at
UNIT_QUANTITY = Decimal(1)
Filters = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the lab would have traded. Ratios are of the entry price; without a strategy nobody judges the trade."""

    position_side: PositionSide
    stop_loss_ratio: Decimal
    take_profit_ratio: Decimal
    max_hold: timedelta
    strategy: Strategy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabCase:
    """One past signal: each filter's verdict alone, and what the trade would have made; None while that is open.

    ``error`` is what the venue answered instead of bars, empty where it answered.
    """

    proposal: Proposal
    verdicts: Mapping[str, Verdict]
    exit: ShadowExit | None
    error: str = ""

    def is_refused_by(self, names: Iterable[str]) -> bool:
        return any(self.verdicts[name].outcome is Outcome.REJECT for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRow:
    """A combination of filters. Results are sums of ratios of the notional; cases without an exit count in none.

    ``unavailable`` counts the signals of which a filter had no data.
    """

    filters: tuple[str, ...]
    refused: int
    passed: int
    unavailable: int
    refused_result: Decimal
    refused_wins: int
    passed_result: Decimal


def every_filter(settings: FilterSettings) -> Filters:
    """All filters with the bounds of ``settings``, those that are switched off too, in the order they run."""
    switches = {name: True for name in FilterSettings.model_fields if name.endswith("_enabled")}
    return settings.model_copy(update={**switches, "enable_risk_filters": True}).filters()


def lab_rows(cases: Sequence[LabCase], names: Sequence[str], *, largest: int) -> list[LabRow]:
    """Every combination of up to ``largest`` of ``names``; the best for what passes first."""
    sizes = range(1, min(largest, len(names)) + 1)
    rows = [lab_row(cases, chosen) for size in sizes for chosen in combinations(names, size)]
    return sorted(rows, key=lambda row: (-row.passed_result, len(row.filters)))


def lab_row(cases: Sequence[LabCase], chosen: tuple[str, ...]) -> LabRow:
    """What the ``chosen`` filters together make of ``cases``; none of them refuses nothing."""
    refused = [case for case in cases if case.is_refused_by(chosen)]
    passed = [case for case in cases if not case.is_refused_by(chosen)]
    missing = sum(any(case.verdicts[name].outcome is Outcome.UNAVAILABLE for name in chosen) for case in cases)
    return LabRow(
        filters=chosen,
        refused=len(refused),
        passed=len(passed),
        unavailable=missing,
        refused_result=_result(refused),
        refused_wins=sum(case.exit is not None and case.exit.result_ratio > 0 for case in refused),
        passed_result=_result(passed),
    )


def _result(cases: Iterable[LabCase]) -> Decimal:
    return sum((case.exit.result_ratio for case in cases if case.exit is not None), Decimal(0))


def lab_cases(
    market: MarketDataPort, proposals: Sequence[Proposal], *, filters: Filters, plan: Plan, now: datetime
) -> Iterator[LabCase]:
    """Judge each past signal at the end of its hour, by finished hours only, and follow the trade up to ``now``.

    A filter that looks at mark or index price is UNAVAILABLE: no venue tells those of the past. A signal of which the
    venue would not tell is a case with its error, without verdicts that could count.
    """
    for proposal in proposals:
        try:
            yield _case(market, proposal, filters=filters, plan=plan, now=now)
        except ExchangeError as error:
            log.warning("lab_signal_not_read", symbol=proposal.symbol, error=str(error))
            unread = {name: Verdict(name, Outcome.UNAVAILABLE, str(error)) for name in filters}
            yield LabCase(proposal=proposal, verdicts=unread, exit=None, error=str(error))


def _case(market: MarketDataPort, proposal: Proposal, *, filters: Filters, plan: Plan, now: datetime) -> LabCase:
    return LabCase(
        proposal=proposal,
        verdicts=verdicts_alone(filters, _context(market, proposal)),
        exit=_followed(market, proposal, plan, now=now),
    )


def verdicts_alone(filters: Filters, context: FilterContext) -> dict[str, Verdict]:
    """What each filter says by itself, whatever the others say."""
    return {name: _alone(name, parameters, context) for name, parameters in filters.items()}


def _alone(name: str, parameters: Mapping[str, Any], context: FilterContext) -> Verdict:
    if FILTERS[name].needs_hours and not context.hours:
        return Verdict(name, Outcome.UNAVAILABLE, "no hours of that time")
    return run_filters({name: parameters}, context)[0]


def _context(market: MarketDataPort, proposal: Proposal) -> FilterContext:
    """Hours up to the signal's own, which is the last: the hour of the entry had hardly begun."""
    last = proposal.candle_open
    hours = bars_between(market, proposal.symbol, "1h", start=last - (FINISHED_HOURS - 1) * HOUR, end=last)
    return FilterContext(
        symbol=proposal.symbol, signal_price=proposal.price, entry_price=proposal.price, hours=hours
    )  # fmt: skip


def _followed(market: MarketDataPort, proposal: Proposal, plan: Plan, *, now: datetime) -> ShadowExit | None:
    entry = shadow_entry(proposal, plan)
    latest = min(now, entry.until + 2 * HOUR)
    bars = finished_between(market, proposal.symbol, FOLLOWED_INTERVAL, start=entry.entered_at, now=latest)
    return follow_judged(entry, bars, judge=_judge(market, proposal, plan)).exit


def _judge(market: MarketDataPort, proposal: Proposal, plan: Plan) -> Judge:
    if plan.strategy is None:
        return lambda entry, at: entry
    return judge_by(plan.strategy, market, quantity=UNIT_QUANTITY, candle_open=proposal.candle_open)


def shadow_entry(proposal: Proposal, plan: Plan) -> ShadowEntry:
    """The entry at the close of the signal's hour."""
    sign = 1 if plan.position_side is PositionSide.SHORT else -1
    entered_at = proposal.candle_open + HOUR
    return ShadowEntry(
        symbol=proposal.symbol,
        position_side=plan.position_side,
        entered_at=entered_at,
        entry_price=proposal.price,
        stop_price=proposal.price * (1 + sign * plan.stop_loss_ratio),
        take_profit_price=proposal.price * (1 - sign * plan.take_profit_ratio),
        until=entered_at + plan.max_hold,
    )
