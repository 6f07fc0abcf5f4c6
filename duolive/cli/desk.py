"""``status``: the one-look answer."""

from argparse import Namespace
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from desk.models import accounts_of_this_environment
from desk.venue import clock
from duolive.cli.outcome import CommandError, ExitCode
from duolive.cli.output import Output, shown
from exchange.errors import ExchangeError
from trading.selectors import DeskStatus, desk_status, heartbeat_ages


def require_desk() -> None:
    """Raises CommandError where this environment has no account yet."""
    if not accounts_of_this_environment().exists():
        raise CommandError("No desk is set up here yet. Start one with: python manage.py up", ExitCode.NOT_READY)


def status(options: Namespace, output: Output) -> None:
    """Balance, positions, protection, clock and pulse. An unreachable exchange is a part of the answer."""
    require_desk()
    market_time, speed = _market_clock()
    facts = desk_status(market_time=market_time, speed=speed)
    ages = heartbeat_ages()
    output.result(asdict(facts) | {"heartbeats": {loop: round(age, 1) for loop, age in ages.items()}})
    width = max(len(label) for label in _lines(facts))
    for label, text in _lines(facts).items():
        output.line(f"{label:<{width}}  {text}")
    for loop, age in sorted(ages.items()):
        output.line(f"{'last ' + loop:<{width}}  {age:.0f} s ago")


def _market_clock() -> tuple[datetime | None, Decimal | None]:
    try:
        market = clock()
        return market.now(), market.speed
    except ExchangeError:
        return None, None


def _lines(facts: DeskStatus) -> dict[str, str]:
    reading = f" (read {shown(facts.balances_at)})" if facts.balances_at else ""
    return {
        "environment": facts.environment,
        "market time": f"{shown(facts.market_time)} UTC" if facts.market_time else "the exchange cannot be reached",
        "speed": f"{shown(facts.speed)} ×" if facts.speed is not None else "unknown",
        "wallet balance": f"{_usdt(facts.wallet_balance)}{reading}",
        "available": _usdt(facts.available_balance),
        "unrealized PnL": _usdt(facts.unrealized_pnl),
        "open positions": str(facts.open_positions),
        "protection": facts.protection.replace("_", " "),
        "worst time without stop": f"{facts.worst_naked_seconds:.2f} s",
        "auto-trade": "on" if facts.auto_trade else "off",
    }


def _usdt(amount: Decimal | None) -> str:
    return "not read yet" if amount is None else f"{amount:f} USDT"
