"""``scan``: one hour or a range of hours of the whole market, judged without storing anything."""

import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from pydantic import ValidationError

from desk.models import Bot
from desk.venue import market_data_of_one_command
from duolive.cli.metering import MeteredMarketData
from duolive.cli.outcome import CommandError, ExitCode
from duolive.cli.output import Output
from signals.history import first_of_day, hours_between, scan_range
from signals.market_data import BarStore
from signals.scan import HOUR, fetch_hour, finished_hour, judge
from signals.strategies.base import Proposal, Strategy
from signals.strategies.registry import strategy_class

SCANNER = "surge_short"  # the strategy that judges, by its name in settings.STRATEGIES
SAID_FROM_SECONDS = 1.0
COLUMNS = {"symbol": "symbol", "candle_open": "hour (UTC)", "ratio": "ratio", "price": "price", "is_signal": "signal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a scan brought. ``symbols`` were asked about; those in ``failed`` gave no answer."""

    hours: int
    symbols: int
    symbol_hours: Sequence[Proposal]
    failed: dict[str, str]


def scan(options: Namespace, output: Output) -> None:
    """Judge the newest finished hour, the one finished at --at, or all from --from to --to."""
    if options.end is not None and options.start is None:
        raise CommandError("--to needs --from", ExitCode.USAGE)
    strategy = _strategy(options)
    market = MeteredMarketData(market_data_of_one_command(), sleep=partial(_wait, output=output))
    started = time.monotonic()
    if options.start is None and options.at is None:
        found = _newest_hour(market, strategy)
    else:
        found = _range(market, strategy, hours=_hours(options, now=market.server_time()), output=output)
    _report(found, seconds=time.monotonic() - started, weight=market.weight, output=output)
    if found.failed and len(found.failed) >= found.symbols:
        raise CommandError("Not one symbol was answered.", ExitCode.NOT_READY)


def _wait(seconds: float, *, output: Output) -> None:
    """A command that stands still says why."""
    if seconds >= SAID_FROM_SECONDS:
        output.note(f"This minute's requests are used up; the scan goes on in {seconds:.0f} s.")
    time.sleep(seconds)


def _strategy(options: Namespace) -> Strategy:
    """The strategy with the settings of this desk's bot, or its defaults without one; --threshold goes ahead."""
    values = _bot_settings()
    if options.threshold is not None:
        values["surge_threshold"] = options.threshold
    scanner = strategy_class(SCANNER)
    try:
        strategy: Strategy = scanner(scanner.Config.model_validate(values))
    except ValidationError as error:
        raise CommandError(f"These settings cannot be: {error}", ExitCode.USAGE) from error
    return strategy


def _bot_settings() -> dict[str, Any]:
    """A scan needs no desk: without a database, or before it is set up, there are no settings but the defaults."""
    try:
        bot = Bot.objects.filter(strategy=SCANNER, account__environment=settings.DUOLIVE_ENV).order_by("pk").first()
        newest = bot.config_versions.first() if bot is not None else None
    except DatabaseError:
        return {}
    return dict(newest.values) if newest is not None else {}


def _hours(options: Namespace, *, now: datetime) -> list[datetime]:
    """Open times of the hours asked for that are over at market time ``now``."""
    if options.at is not None:
        start = options.at.replace(minute=0, second=0, microsecond=0) - HOUR
        wanted = [start]
    else:
        wanted = hours_between(options.start, options.end or now)
    finished = [hour for hour in wanted if hour <= finished_hour(now)]
    if not finished:
        raise CommandError(f"No hour is finished in that time; at the exchange it is {now:%Y-%m-%d %H:%M:%S} UTC.")
    return finished


def _newest_hour(market: MeteredMarketData, strategy: Strategy) -> Found:
    now = market.server_time()
    hour = finished_hour(now)
    market_hour = fetch_hour(market, hour=hour, now=now, requests=strategy.scan_bars(hour), bars=BarStore())
    return Found(
        hours=1,
        symbols=market_hour.symbols,
        symbol_hours=judge(strategy, market_hour).proposals,
        failed=dict(market_hour.failed),
    )


def _range(market: MeteredMarketData, strategy: Strategy, *, hours: Sequence[datetime], output: Output) -> Found:
    with output.progress("hours judged") as progress:
        bar = progress.add_task("", total=len(hours))
        scanned = scan_range(
            market, strategy, hours, on_progress=lambda done, total: progress.update(bar, completed=done, total=total)
        )
    return Found(
        hours=scanned.hours,
        symbols=len(scanned.contracts),
        symbol_hours=scanned.symbol_hours,
        failed=dict(scanned.failed),
    )


def _report(found: Found, *, seconds: float, weight: int, output: Output) -> None:
    signals = first_of_day(found.symbol_hours)
    output.result(
        {
            "symbol_hours": [_facts(proposal) for proposal in found.symbol_hours],
            "signals": [_facts(proposal) for proposal in signals],
            "symbols": found.symbols,
            "hours": found.hours,
            "seconds": round(seconds, 3),
            "weight": weight,
            "failed": found.failed,
        }
    )
    if found.symbol_hours:
        first = {id(proposal) for proposal in signals}
        output.table(
            COLUMNS, [_facts(row) | {"is_signal": "●" if id(row) in first else ""} for row in found.symbol_hours]
        )
    output.line(
        f"{found.symbols} symbols, {found.hours} hours: {len(found.symbol_hours)} symbol-hours, "
        f"{len(signals)} signals (first of a symbol and UTC day) in {seconds:.2f} s, weight {weight}"
    )
    for symbol, error in found.failed.items():
        output.note(f"{symbol}: left out, {error}")


def _facts(proposal: Proposal) -> dict[str, Any]:
    return {
        "symbol": proposal.symbol,
        "candle_open": proposal.candle_open,
        "ratio": round(proposal.surge_ratio, 4),
        "price": proposal.price,
    }
