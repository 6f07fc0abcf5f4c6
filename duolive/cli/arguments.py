"""Commands and their arguments. Knows no Django, so that --help answers at once and without a configuration."""

import argparse
from decimal import Decimal

from duolive.cli.advice_arguments import add_advice
from duolive.cli.care_arguments import add_care
from duolive.cli.command_parser import EXIT_CODES, RUN, Commands, add_symbol, add_wait, add_yes
from duolive.cli.command_parser import add_command as _command
from duolive.cli.lab_arguments import add_lab
from duolive.cli.risk_arguments import add_risk
from duolive.cli.trading_arguments import add_trading
from duolive.cli.values import https_address, symbol
from exchange.command_values import moment, positive_count, positive_number

COUNT_HELP = "at most N (default 50)"
TIME_HELP = "UTC unless it says otherwise, e.g. 2024-11-23T17:00"


def parser() -> argparse.ArgumentParser:
    """The whole command line; ``handler`` of the result names the function to call, as module:function."""
    root = argparse.ArgumentParser(
        prog="python -m duolive",
        description="Ask and steer the trading desk of this directory (settings: .env and DUOLIVE_HOME).",
        epilog=EXIT_CODES,
    )
    root.add_argument("--json", action="store_true", default=False, help="print one JSON object instead of tables")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    # For the list only: main hands its arguments to the supervisor before any is parsed.
    commands.add_parser(RUN, help="run the whole desk: the same as 'python manage.py up'", add_help=False)
    _add_scan(commands)
    _add_readings(commands)
    _add_close(commands)
    _add_adopt(commands)
    _add_access(commands)
    add_trading(commands)
    add_risk(commands)
    add_lab(commands)
    add_advice(commands)
    add_care(commands)
    return root


def _add_scan(commands: Commands) -> None:
    scan = _command(
        commands,
        "scan",
        handler="scanning:scan",
        summary="look through the whole market for sell-volume surges",
        more="Reads public data only, stores and trades nothing. Without a time it judges the newest finished hour.",
    )
    when = scan.add_mutually_exclusive_group()
    when.add_argument("--at", type=moment, metavar="TIME", help=f"judge the newest hour finished by then; {TIME_HELP}")
    when.add_argument(
        "--from",
        type=moment,
        metavar="TIME",
        dest="start",
        help=f"judge every hour that opens from here on; {TIME_HELP}",
    )
    scan.add_argument("--to", type=moment, metavar="TIME", dest="end", help="up to here, excluded (default: now)")
    scan.add_argument(
        "--threshold",
        type=positive_number,
        metavar="N",
        help="sell volume in hourly means of the day before that makes a surge (default: the bot's setting, else 10)",
    )


def _add_readings(commands: Commands) -> None:
    _command(
        commands,
        "status",
        handler="desk:status",
        summary="show balance, open positions and how well they are protected",
    )
    _command(
        commands, "positions", handler="listings:positions", summary="list open positions with stop and take-profit"
    )
    orders = _command(commands, "orders", handler="listings:orders", summary="list working orders")
    orders.add_argument("symbol", nargs="?", type=symbol, metavar="SYMBOL", help="of this contract only, e.g. BTCUSDT")
    orders.add_argument("--all", action="store_true", help="finished orders too, newest first")
    orders.add_argument("-n", type=positive_count, default=50, metavar="N", dest="count", help=COUNT_HELP)
    for name, summary in (
        ("signals", "list the newest signals and what became of them"),
        ("trades", "list finished trades and their sum"),
    ):
        listing = _command(commands, name, handler=f"listings:{name}", summary=summary)
        listing.add_argument("count", nargs="?", type=positive_count, default=50, metavar="N", help=COUNT_HELP)


def _add_close(commands: Commands) -> None:
    close = _command(
        commands,
        "close",
        handler="closing:close",
        summary="close a position at market",
        more="Asks the running desk and waits for the outcome; the stop stays until the position is gone.",
    )
    add_symbol(close, "contract of the open position, e.g. BTCUSDT")
    add_wait(close, until="it is closed", seconds=90)


def _add_adopt(commands: Commands) -> None:
    adopt = _command(
        commands,
        "adopt",
        handler="adopting:adopt",
        summary="let a bot take over a position that is not the desk's",
        more="It is then protected and closed like any other; orders of others on the contract stay as they are.",
    )
    add_symbol(adopt, "contract of the position, e.g. BTCUSDT")
    adopt.add_argument("--bot", metavar="NAME", help="which bot (default: the one for positions by hand)")
    adopt.add_argument(
        "--sl", type=positive_number, default=Decimal(18), metavar="PCT", help="stop in %% of its price (default 18)"
    )
    adopt.add_argument(
        "--tp", type=positive_number, default=Decimal(33), metavar="PCT", help="take-profit in %% (default 33)"
    )
    add_yes(adopt)
    add_wait(adopt, until="it is taken over", seconds=60)


def _add_access(commands: Commands) -> None:
    token = _command(
        commands,
        "token",
        handler="access:token",
        summary="print a user's API token, made when there is none",
        more="Use it as the header 'Authorization: Token …'. Whoever has it may do what the user may.",
    )
    token.add_argument("user", metavar="USER", help="login name")
    role = _command(
        commands,
        "role",
        handler="people:role",
        summary="show or change what a person may do",
        more="A viewer sees everything, a trader also orders, closes and pauses, an owner also changes settings.",
    )
    role.add_argument("user", nargs="?", metavar="USER", help="login name (default: show everybody)")
    role.add_argument("role", nargs="?", choices=("viewer", "trader", "owner", "none"), help="the role to give")
    test = _command(
        commands,
        "test-notify",
        handler="access:send_test_message",
        summary="send a test message on every channel set up",
    )
    test.add_argument("message", nargs="?", default="Test message", metavar="TEXT", help="what to send")
    webhook = _command(
        commands,
        "telegram-webhook",
        handler="access:set_telegram_webhook",
        summary="have Telegram post what you write to this desk",
        more="Needs TELEGRAM_WEBHOOK_SECRET, and a TLS proxy before the web process.",
    )
    webhook.add_argument("url", type=https_address, metavar="URL", help="public address, e.g. https://desk.example.org")
