"""``filter-lab``: past signals, what the filters would have refused of them, and what that would have saved."""

from argparse import Namespace
from datetime import timedelta
from typing import Any

from desk.venue import clock, market_data_of_one_command
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output
from duolive.cli.surge_bot import SURGE, bot_named, surge_settings
from exchange.types import PositionSide
from signals.history import first_of_day, hours_between, scan_range
from signals.scan import finished_hour
from signals.strategies.registry import strategy_class
from signals.strategies.surge_short import SurgeShortConfig
from trading.filter_lab import LabRow, Plan, every_filter, lab_cases, lab_rows
from trading.recorded_lab import recorded_lab

COLUMNS = {
    "filters": "filters",
    "refused": "refused",
    "passed": "passed",
    "unavailable": "no data",
    "refused_wins": "wins refused",
    "refused_pct": "refused made %",
    "passed_pct": "passed made %",
}


def filter_lab(options: Namespace, output: Output) -> None:
    """One row for each filter and each combination, the best for what passes first."""
    if options.recorded:
        _recorded(options, output)
    else:
        _scanned(options, output)


def _recorded(options: Namespace, output: Output) -> None:
    """The desk's own signals: trades that were made, and shadows of those that were not."""
    require_desk()
    bot = bot_named(options.bot)
    lab = recorded_lab(bot, start=options.start, end=options.end or clock().now(), largest=options.largest)
    if lab is None:
        raise CommandError(f"The strategy of {bot.name} has no filters.")
    rows = [_facts(lab.unfiltered), _facts(lab.current), *map(_facts, lab.rows)]
    counts = {"signals": lab.signals, "judged": lab.judged, "known": lab.known, "still_open": lab.still_open}
    output.result({"bot": bot.name, **counts, "unfiltered": rows[0], "current": rows[1], "rows": rows[2:]})
    output.line(
        f"{lab.signals} signals, {lab.judged} judged, {lab.known} with a result, {lab.still_open} still followed; "
        "results in percent of the notional, before fees"
    )
    output.table(COLUMNS, [{**rows[0], "filters": "(none)"}, {**rows[1], "filters": "(as set now)"}, *rows[2:]])


def _scanned(options: Namespace, output: Output) -> None:
    """The signals of past hours, found in the market's bars."""
    market = market_data_of_one_command()
    config, now = surge_settings(), market.server_time()
    hours = [hour for hour in hours_between(options.start, options.end or now) if hour <= finished_hour(now)]
    if not hours:
        raise CommandError("No hour is finished in that time.")
    found = scan_range(market, strategy_class(SURGE)(config), hours)
    filters = every_filter(config)
    cases = list(
        lab_cases(market, first_of_day(found.symbol_hours), filters=filters, plan=plan_of(config), now=now)
    )  # fmt: skip
    rows = [_facts(row) for row in lab_rows(cases, list(filters), largest=options.largest)]
    unread = {
        f"{case.proposal.symbol} {case.proposal.candle_open:%Y-%m-%dT%H:%M}": case.error for case in cases if case.error
    }
    output.result(
        {"hours": len(hours), "signals": len(cases), "unread": unread, "failed": dict(found.failed), "rows": rows}
    )
    output.line(f"{len(cases)} signals in {len(hours)} hours; results in percent of the notional, before fees")
    for name, error in {**found.failed, **unread}.items():
        output.line(f"not read: {name}: {error}")
    output.table(COLUMNS, rows)


def plan_of(config: SurgeShortConfig) -> Plan:
    return Plan(
        position_side=PositionSide.SHORT,
        stop_loss_ratio=config.stop_loss_pct / 100,
        take_profit_ratio=config.strong_tp_pct / 100,
        max_hold=timedelta(hours=config.max_hold_hours),
        strategy=strategy_class(SURGE)(config),
    )


def _facts(row: LabRow) -> dict[str, Any]:
    return {
        "filters": " + ".join(row.filters),
        "refused": row.refused,
        "passed": row.passed,
        "unavailable": row.unavailable,
        "refused_wins": row.refused_wins,
        "refused_pct": f"{row.refused_result * 100:.2f}",
        "passed_pct": f"{row.passed_result * 100:.2f}",
    }
