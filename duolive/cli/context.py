"""``context``: how the outside sources of the adviser are, and what one of them says when it is asked."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from advisor.context.asking import ask_sources
from advisor.context.catalogue import catalogue
from advisor.context.readings import Reading
from advisor.context.report import SourceReport, context_report
from advisor.context.rounds import watched
from desk.venue import clock
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError, ExitCode, Unfavourable
from duolive.cli.output import Output
from exchange.clock import wall_now
from exchange.errors import ExchangeError

USUAL_SYMBOL = "BTCUSDT"  # where the bots watch none yet
SOURCE_COLUMNS = {
    "name": "source",
    "kind": "kind",
    "standing": "standing",
    "told": "told",
    "last_success_at": "last success (UTC)",
    "due_at": "next (UTC)",
    "failures": "failures",
    "last_error": "last error",
}
READING_COLUMNS = {
    "symbol": "symbol",
    "name": "name",
    "value": "value",
    "unit": "unit",
    "text": "text",
    "as_of": "as of (UTC)",
}


def context(options: Namespace, output: Output) -> None:
    """List or test."""
    require_desk()
    if options.action == "test":
        _test(options, output)
        return
    now, speed = _market()
    report = context_report(now=now, speed=speed)
    if report.error:
        raise CommandError(f"The sources cannot be read: {report.error}.")
    rows = [_facts(source) for source in report.sources]
    output.result({"file": report.file, "sources": rows})
    if not rows:
        output.line(f"No source is configured: {report.file} in the desk's home names them (docs/context.md).")
        return
    output.table(SOURCE_COLUMNS, rows)


def _market() -> tuple[datetime, Decimal]:
    """Market time and speed; the wall's while the venue cannot be asked."""
    try:
        return clock().now(), clock().speed
    except ExchangeError:
        return wall_now(), Decimal(1)


def _facts(report: SourceReport) -> dict[str, Any]:
    return {
        "name": report.source.name,
        "kind": report.source.kind,
        "standing": report.standing.value,
        "told": report.told,
        "last_success_at": report.state.last_success_at,
        "due_at": report.state.due_at,
        "failures": report.state.failures,
        "last_error": report.state.last_error,
        "readings": [_reading(known.reading) | {"freshness": known.freshness.value} for known in report.readings],
    }


def _test(options: Namespace, output: Output) -> None:
    found = catalogue()
    if found.error:
        raise CommandError(f"The sources cannot be read: {found.error}.")
    source = found.named(options.name or "")
    if source is None:
        names = ", ".join(known.name for known in found.sources) or "none"
        raise CommandError(f"Which source? There are: {names}.", ExitCode.USAGE)
    if not source.is_asked:
        raise CommandError(f"{source.name} calls by itself; it cannot be asked.")
    symbols = (options.symbol,) if options.symbol else watched() or (USUAL_SYMBOL,)
    answered = ask_sources([source], symbols)[source.name]
    readings = [reading for group in answered.readings.values() for reading in group]
    failures = {symbol or "-": str(failed) for symbol, failed in answered.failures.items()}
    _show(readings, failures, output, name=source.name)
    if answered.is_silent:
        raise Unfavourable


def _show(readings: Sequence[Reading], failures: dict[str, str], output: Output, *, name: str) -> None:
    rows = [_reading(reading) for reading in readings]
    output.result({"source": name, "readings": rows, "failures": failures})
    if rows:
        output.table(READING_COLUMNS, rows)
    for symbol, failed in failures.items():
        output.line(f"{symbol}: {failed}")


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "symbol": reading.symbol,
        "name": reading.name,
        "value": reading.value,
        "unit": reading.unit,
        "text": reading.text,
        "as_of": reading.as_of,
    }
