"""``risk``, ``circuit`` and ``panic``: limits and their use, the breaker, the emergency stop."""

import json
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from desk.models import Account, accounts_of_this_environment, newest_event_at
from desk.venue import clock
from duolive.cli import risk_changes
from duolive.cli.asking import require_yes
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError, ExitCode, Unfavourable
from duolive.cli.output import Output, shown
from duolive.cli.waiting import wait_for
from exchange.errors import ExchangeError
from risk.settings_store import risk_settings_of, risk_version_of
from trading.risk_report import RiskReport, risk_report
from trading.services.breaker import ResetRefused, reset_breaker
from trading.services.emergency_stop import StopReport, emergency_stop, last_report

AUTHOR = "cli"
LEAST_REASON = 3
LIMIT_COLUMNS = {"code": "limit", "bot": "bot", "value": "used", "limit": "of", "unit": "unit"}


def risk(options: Namespace, output: Output) -> None:
    """Show the use of every limit, settings by name, or put changes into a new version."""
    require_desk()
    account = account_named(options.account)
    changes = dict(text.split("=", 1) for text in options.settings if "=" in text)
    names = [text for text in options.settings if "=" not in text]
    if options.rollback is not None and changes:
        raise CommandError("Either --rollback or NAME=VALUE, not both.", ExitCode.USAGE)
    if options.history:
        risk_changes.show_history(account, output)
        return
    values = {name.strip(): _value(text) for name, text in changes.items()}
    if options.preview:
        risk_changes.preview(account, values, rollback=options.rollback, output=output)
        return
    if options.rollback is not None:
        risk_changes.roll_back(account, options.rollback, reason=options.reason)
    if values:
        risk_changes.change(account, values, reason=options.reason)
    if options.settings:
        _show_settings(account, [*names, *changes], output)
    else:
        _show_limits(risk_report(account, now=_market_now()), output)


def _value(text: str) -> Any:
    """Lists are written as JSON; everything else stays text, so that decimals stay exact."""
    if text[:1] != "[":
        return text.strip()
    try:
        return json.loads(text)
    except ValueError:
        return text


def _show_settings(account: Account, names: Sequence[str], output: Output) -> None:
    settings = risk_settings_of(account).model_dump(mode="json")
    wanted = list(settings) if "all" in names else [name.strip() for name in names]
    unknown = [name for name in wanted if name not in settings]
    if unknown:
        raise CommandError(f"There is no risk setting {', '.join(unknown)}. 'risk all' lists them.")
    values = {name: settings[name] for name in wanted}
    output.result({"account": account.name, "version": risk_version_of(account), "settings": values})
    output.line(f"{account.name}, risk settings version {risk_version_of(account)}")
    rows = [{"name": name, "value": str(value)} for name, value in values.items()]
    output.table({"name": "setting", "value": "value"}, rows)


def _show_limits(report: RiskReport, output: Output) -> None:
    rows = [
        {"code": use.code.value, "bot": use.bot, "value": use.value, "limit": use.limit, "unit": use.unit}
        for use in report.limits
    ]
    output.result({**_circuit_facts(report), "limits": rows})
    output.line(f"{report.account.name}: {report.tier.value}")
    output.table(LIMIT_COLUMNS, rows)


def circuit(options: Namespace, output: Output) -> None:
    """Show the breaker, or reset what is seen here after a yes."""
    require_desk()
    account = account_named(options.account)
    report = risk_report(account, now=_market_now())
    if options.action == "reset":
        _reset(report, options, output)
        report = risk_report(account, now=_market_now())
    output.result(_circuit_facts(report))
    output.line(f"{account.name}: {report.tier.value}")
    for trip in report.breaker.trips:
        until = f"until {shown(trip.until)} UTC" if trip.until else f"until its {trip.ends.value} ends it"
        output.line(f"  {trip.cause.value} {trip.value}, limit {trip.limit or '-'}: {trip.tier.value}, {until}")


def _reset(report: RiskReport, options: Namespace, output: Output) -> None:
    if len(options.reason.strip()) < LEAST_REASON:
        raise CommandError("A reset needs a reason: --reason TEXT.", ExitCode.USAGE)
    causes = ", ".join(trip.cause.value for trip in report.breaker.trips) or "nothing"
    question = f"{report.account.name}: reset the breaker ({report.tier.value}: {causes})?"
    require_yes(question, is_given=options.yes, output=output)
    try:
        reset_breaker(
            report.account, seen_version=report.version, author=AUTHOR, reason=options.reason[:200], now=_market_now()
        )
    except ResetRefused as error:
        raise CommandError(f"{report.account.name}: {error}.") from error


def _circuit_facts(report: RiskReport) -> dict[str, Any]:
    return {
        "account": report.account.name,
        "tier": report.tier.value,
        "version": report.version,
        "trips": [
            {
                "cause": trip.cause.value,
                "tier": trip.tier.value,
                "since": trip.since,
                "until": trip.until,
                "value": trip.value,
                "limit": trip.limit,
            }
            for trip in report.breaker.trips
        ],
        "losses_in_a_row": report.losses_in_a_row,
        "day_loss_pct": report.day_loss_pct,
        "week_loss_pct": report.week_loss_pct,
        "drawdown_pct": report.drawdown_pct,
    }


def panic(options: Namespace, output: Output) -> None:
    """Stop, wait until all is closed, and tell each position's end; exit code 1 where one is left."""
    require_desk()
    account = account_named(options.account)
    question = f"{account.name}: close everything at market and halt until a reset?"
    require_yes(question, is_given=options.yes, output=output)
    report = emergency_stop(account, author=AUTHOR, reason=options.reason[:200], now=_market_now())
    if options.wait:
        with output.waiting("waiting until everything is closed"):
            wait_for(lambda: _now(account, report).is_done, seconds=float(options.timeout))
    report = _now(account, report)
    _show_stop(account, report, output)
    if options.wait and not report.is_done:
        raise Unfavourable


def _now(account: Account, report: StopReport) -> StopReport:
    return last_report(account) or report


def _show_stop(account: Account, report: StopReport, output: Output) -> None:
    rows = [
        {
            "symbol": result.symbol,
            "closed": result.is_closed,
            "protected": result.is_protected,
            "left": result.left,
            "result": result.result,
            "refusal": result.refusal,
        }
        for result in report.results
    ]
    output.result({"account": account.name, "halted": True, "done": report.is_done, "positions": rows})
    output.line(f"{account.name}: halted until 'circuit reset'.")
    for result in report.results:
        output.line(f"  {result}")
    if not rows:
        output.line("  Nothing was open.")


def account_named(name: str | None) -> Account:
    """The account called ``name``, or the only one. Raises CommandError."""
    accounts = list(accounts_of_this_environment().order_by("pk"))
    found = [account for account in accounts if name is None or account.name == name]
    if len(found) != 1:
        names = ", ".join(account.name for account in accounts)
        raise CommandError(f"Which account? --account NAME, one of: {names}.", ExitCode.USAGE)
    return found[0]


def _market_now() -> datetime:
    """Market time; the newest on record where the exchange does not answer: stopping must not fail for that."""
    try:
        return clock().now()
    except ExchangeError:
        newest = newest_event_at()
        if newest is None:
            raise
        return newest
