"""Arguments of ``manage.py paper_exchange``."""

import argparse
import os
from decimal import Decimal
from pathlib import Path

from exchange.command_values import moment_ms, number_from_zero
from exchange.paper.clock import FASTEST
from exchange.paper.feeds.mirror.opening import BINANCE_REST

REPOSITORY_DATA = Path(__file__).resolve().parents[2] / "data"


def command_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="manage.py paper_exchange",
        description="An exchange on recorded data that speaks the REST and WebSocket protocol of USDS-M futures. "
        "Prints one JSON object with its addresses and an API key, then serves until it is stopped.",
    )
    _add_place(parser)
    _add_recording(parser)
    _add_mirror(parser)
    _add_clock(parser)
    _add_account(parser)
    _add_behaviour(parser)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8090, help="port, 0 for any free one (default: %(default)s)")
    parser.add_argument("--home", type=Path, help="where the journal lives; the same home resumes (default: a new one)")


def _add_recording(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=REPOSITORY_DATA, help="recorded market (default: the repository's)"
    )
    parser.add_argument("--start", type=moment_ms, help="market time to begin at, ISO 8601, UTC (default: first data)")
    parser.add_argument(
        "--rebase",
        choices=("now",),
        help="move the recording by whole days so that market time is the time of day; --start then names the recorded "
        "day that is today (default: one with a surge soon)",
    )


def _add_mirror(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mirror",
        metavar="REST_URL",
        nargs="?",
        const=BINANCE_REST,
        help="live market data of another venue instead of recorded ones, with accounts and matching here "
        "(REST_URL left out: %(const)s)",
    )
    parser.add_argument("--mirror-ws", metavar="WS_URL", help="its streams (default: those that belong to REST_URL)")
    parser.add_argument(
        "--mirror-proxy",
        metavar="URL",
        default=os.environ.get("BINANCE_PROXY"),
        help="HTTP or SOCKS proxy to the mirrored venue (default: BINANCE_PROXY)",
    )


def _add_clock(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--speed", type=_speed, default=Decimal(1), help="market seconds per second (default: 1)")
    parser.add_argument("--held", action="store_true", help="begin with the clock held, until it is released")


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--api-key", help="key of the first account (default: a new one)")
    parser.add_argument("--api-secret", help="its secret (default: a new one)")
    parser.add_argument(
        "--deposit", type=number_from_zero, default=Decimal(10_000), help="its first USDT (default: %(default)s)"
    )


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument(
        "--faults",
        type=Path,
        metavar="FILE",
        help="faults of a new exchange: a JSON list, or an object with faults and seed; words in docs/paper-faults.md",
    )
    parser.add_argument("--latency-ms", type=_latency, default=0.0, help="delay of each REST answer (default: 0)")


def _speed(text: str) -> Decimal:
    speed = number_from_zero(text)
    if not speed:
        raise argparse.ArgumentTypeError("the speed must be positive; --held stops the clock")
    if speed > FASTEST:
        raise argparse.ArgumentTypeError(f"the speed must be at most {FASTEST}")
    return speed


def _term(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _latency(text: str) -> float:
    return float(number_from_zero(text))
