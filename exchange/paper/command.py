"""``manage.py paper_exchange``: the paper exchange alone, from recorded data."""

import argparse
import asyncio
import json
import logging
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import structlog

from exchange.paper.core.terms import REALISTIC, Terms
from exchange.paper.core.venue import Venue
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.journal import Journal, JournalError
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, Host, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.run import listen, serve, stop_on_signals
from exchange.paper.server.weights import RequestLimits
from exchange.types import to_ms

REPOSITORY_DATA = Path(__file__).resolve().parents[2] / "data"
USAGE_ERROR = 2


class CannotStart(Exception):
    """Something the user can put right; the text is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    api_key: str
    api_secret: str


def main(argv: Sequence[str]) -> int:
    """Run the paper exchange until it is stopped; 0 after a clean stop, 2 when it cannot start."""
    options = _parser().parse_args(argv)
    _log_to_stderr()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # while loading; the server takes both over
    try:
        _run(options)
    except (CannotStart, JournalError) as error:
        sys.stderr.write(f"paper_exchange: {error}\n")
        return USAGE_ERROR
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="manage.py paper_exchange",
        description="An exchange on recorded data that speaks the REST and WebSocket protocol of USDS-M futures. "
        "Prints one JSON object with its addresses and an API key, then serves until it is stopped.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8090, help="port, 0 for any free one (default: %(default)s)")
    parser.add_argument(
        "--data", type=Path, default=REPOSITORY_DATA, help="recorded market (default: the repository's)"
    )
    parser.add_argument("--home", type=Path, help="where the journal lives; the same home resumes (default: a new one)")
    parser.add_argument("--start", type=_instant, help="market time to begin at, ISO 8601, UTC (default: first data)")
    parser.add_argument("--speed", type=_speed, default=Decimal(1), help="market seconds per second (default: 1)")
    parser.add_argument("--held", action="store_true", help="begin with the clock held, until it is released")
    parser.add_argument("--api-key", help="key of the first account (default: a new one)")
    parser.add_argument("--api-secret", help="its secret (default: a new one)")
    parser.add_argument("--deposit", type=_money, default=Decimal(10_000), help="its first USDT (default: %(default)s)")
    parser.add_argument(
        "--funding", choices=("real", "off"), default="real", help="whether positions pay funding (default: real)"
    )
    parser.add_argument(
        "--terms",
        type=_term,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a detail of the exchange's behaviour; repeatable; names are those of exchange.paper.core.terms",
    )
    parser.add_argument("--latency-ms", type=_latency, default=0.0, help="delay of each REST answer (default: 0)")
    return parser


def _run(options: argparse.Namespace) -> None:
    market = _market(options.data)
    bound = _bind(options.host, options.port)
    with bound, tempfile.TemporaryDirectory(prefix="paper-") as fallback:
        journal = Journal(options.home or Path(fallback))
        start_ms = _start(options.start, market) if journal.is_empty else market.first_ms
        setting = ClockSetting(start_ms=start_ms, speed=options.speed, is_held=options.held)
        host = open_host(
            journal=journal, venue=market, setting=setting, listen_keys=ListenKeys(), terms=_terms(options)
        )
        credentials = _first_account(host, options)
        app = PaperApp(host, limits=RequestLimits(), latency_s=options.latency_ms / 1000)
        address = _address(options.host, bound)
        asyncio.run(_serve(host, app, bound, on_ready=lambda: _announce(address, credentials)))
        host.close()
        if host.has_failed:
            raise CannotStart("stopped, because the journal cannot be written")


def _terms(options: argparse.Namespace) -> Terms:
    try:
        return Terms.of_row(REALISTIC.as_row() | {"has_funding": options.funding == "real"} | dict(options.terms))
    except ValueError as error:
        raise CannotStart(f"--terms: {error}") from error


async def _serve(host: Host, app: PaperApp, bound: socket.socket, *, on_ready: Callable[[], None]) -> None:
    await serve(host, app, bound, stop=stop_on_signals(), on_ready=on_ready)


def _market(data_dir: Path) -> Venue:
    if not data_dir.is_dir():
        raise CannotStart(f"no recorded market in {data_dir}")
    try:
        return ReplayMarket.load(data_dir)
    except (OSError, ValueError) as error:
        raise CannotStart(f"{data_dir} cannot be read: {error}") from error


def _start(asked_ms: int | None, market: Venue) -> int:
    start_ms = market.first_ms if asked_ms is None else asked_ms
    if not market.first_ms <= start_ms < market.last_ms:
        first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (market.first_ms, market.last_ms))
        raise CannotStart(
            f"--start lies outside the data, which runs from {first:%Y-%m-%dT%H:%MZ} to {last:%Y-%m-%dT%H:%MZ}"
        )
    return start_ms


def _bind(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except (OSError, OverflowError) as error:
        raise CannotStart(f"cannot listen on {host}:{port}: {error}") from error


def _first_account(host: Host, options: argparse.Namespace) -> Credentials:
    """The account of the given key, else the journal's first one, else a new one."""
    accounts = host.state.accounts
    api_key = options.api_key or next(iter(accounts), None) or secrets.token_hex(32)
    if api_key in accounts:
        return Credentials(api_key=api_key, api_secret=accounts[api_key].api_secret)
    api_secret = options.api_secret or secrets.token_hex(32)
    host.open_account(api_key=api_key, api_secret=api_secret, deposit=f"{options.deposit:f}")
    return Credentials(api_key=api_key, api_secret=api_secret)


def _address(host: str, bound: socket.socket) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{name}:{bound.getsockname()[1]}"


def _announce(address: str, credentials: Credentials) -> None:
    line = {
        "rest": f"http://{address}",
        "ws": f"ws://{address}",
        "api_key": credentials.api_key,
        "api_secret": credentials.api_secret,
        "control": f"http://{address}/control",
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _instant(text: str) -> int:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from None
    return to_ms(when if when.tzinfo else when.replace(tzinfo=UTC))


def _speed(text: str) -> Decimal:
    speed = _money(text)
    if not speed:
        raise argparse.ArgumentTypeError("the speed must be positive; --held stops the clock")
    return speed


def _money(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def _term(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _latency(text: str) -> float:
    return float(_money(text))


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
