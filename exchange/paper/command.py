"""``manage.py paper_exchange``: the paper exchange alone, from recorded data or as a mirror of a live market."""

import argparse
import asyncio
import json
import logging
import secrets
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import structlog

from exchange.paper.arguments import command_parser
from exchange.paper.clock import NS_PER_MS
from exchange.paper.core.terms import REALISTIC, Terms
from exchange.paper.core.venue import Venue
from exchange.paper.faults.control import add_faults
from exchange.paper.faults.reading import FaultError
from exchange.paper.feeds.mirror.follower import Follower
from exchange.paper.feeds.mirror.gateway import MirrorApp
from exchange.paper.feeds.mirror.intake import MirrorFeed
from exchange.paper.feeds.mirror.market import MirrorMarket
from exchange.paper.feeds.mirror.opening import CannotMirror, greet, recorded_brackets, stream_url
from exchange.paper.feeds.mirror.upstream import Upstream, UpstreamDown
from exchange.paper.feeds.rebase import RebasedMarket, moment_before_surge, shift_of, shift_to_now
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.journal import Journal, JournalError
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, Host, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.run import listen, serve, stop_on_signals
from exchange.paper.server.weights import RequestLimits

log = structlog.get_logger(__name__)

USAGE_ERROR = 2


class CannotStart(Exception):
    """Something the user can put right; the text is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    api_key: str
    api_secret: str


def main(argv: Sequence[str]) -> int:
    """Run the paper exchange until it is stopped; 0 after a clean stop, 2 when it cannot start."""
    options = command_parser().parse_args(argv)
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


def _run(options: argparse.Namespace) -> None:
    recorded = None if options.mirror else _market(options.data)
    bound = _bind(options.host, options.port)
    with bound, tempfile.TemporaryDirectory(prefix="paper-") as fallback:
        journal = Journal(options.home or Path(fallback))
        if recorded is None:
            asyncio.run(_mirror(options, journal=journal, bound=bound))
        else:
            _replay(options, recorded, journal=journal, bound=bound)


def _replay(options: argparse.Namespace, recorded: Venue, *, journal: Journal, bound: socket.socket) -> None:
    market, setting = _placed_in_time(options, recorded, opening=next(journal.lines(), None))
    host = open_host(journal=journal, venue=market, setting=setting, listen_keys=ListenKeys(), terms=_terms(options))
    app = PaperApp(host, limits=RequestLimits(), latency_s=options.latency_ms / 1000)
    announce = _announcement(options, host, bound)
    asyncio.run(_serve(host, app, bound, on_ready=announce))
    _close(host)


async def _mirror(options: argparse.Namespace, *, journal: Journal, bound: socket.socket) -> None:
    """Serve with another venue's market. What was begun goes on also while that venue is out of reach."""
    feed = MirrorFeed(MirrorMarket(recorded_brackets(options.data)))
    async with _upstream(options) as upstream:
        await _greet(upstream, feed, is_needed=journal.is_empty)
        setting = ClockSetting(start_ms=time.time_ns() // NS_PER_MS, speed=Decimal(1), is_held=False, is_wall=True)
        host = open_host(
            journal=journal,
            venue=feed.market,
            setting=setting,
            listen_keys=ListenKeys(),
            terms=_terms(options),
            feed=feed,
        )
        follower = Follower(host, feed, upstream)
        app = MirrorApp(host, feed=feed, follower=follower, latency_s=options.latency_ms / 1000)
        announce = _announcement(options, host, bound)
        following = asyncio.create_task(follower.run())
        await _serve(host, app, bound, on_ready=announce)
        following.cancel()
        await asyncio.wait([following])
        _close(host)


def _upstream(options: argparse.Namespace) -> Upstream:
    _require_wall_clock(options, "a mirrored market")
    if options.start is not None or options.rebase:
        raise CannotStart("--start and --rebase are for recorded data, --mirror is the present")
    ws_url = options.mirror_ws or stream_url(options.mirror)
    for url, schemes in ((options.mirror, ("http://", "https://")), (ws_url, ("ws://", "wss://"))):
        if not url.startswith(schemes):
            raise CannotStart(f"{url} must begin with {' or '.join(schemes)}")
    try:
        return Upstream(rest_url=options.mirror, ws_url=ws_url, proxy=options.mirror_proxy)
    except (ValueError, ImportError) as error:
        raise CannotStart(f"--mirror-proxy: {error}") from error


async def _greet(upstream: Upstream, feed: MirrorFeed, *, is_needed: bool) -> None:
    try:
        await greet(upstream, feed)
    except CannotMirror as error:
        raise CannotStart(str(error)) from error
    except UpstreamDown as error:
        if is_needed:
            raise CannotStart(f"{upstream.rest_url} cannot be mirrored: {error}") from error
        log.warning("mirror_upstream_unreachable", upstream=upstream.rest_url, error=str(error))


def _announcement(options: argparse.Namespace, host: Host, bound: socket.socket) -> Callable[[], None]:
    _set_faults(host, options)
    credentials, address = _first_account(host, options), _address(options.host, bound)
    return lambda: _announce(address, credentials)


def _close(host: Host) -> None:
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


def _placed_in_time(
    options: argparse.Namespace, recorded: Venue, *, opening: Mapping[str, Any] | None
) -> tuple[Venue, ClockSetting]:
    """The market at the times it is to have, and its clock. ``opening``: a journal's first line, which decides both."""
    now_ms = time.time_ns() // NS_PER_MS
    shift_ms = _asked_shift(options, recorded, now_ms) if opening is None else _known_shift(recorded, opening)
    if not shift_ms and options.rebase:
        raise CannotStart("the journal of this home was begun without --rebase now; use another home")
    if not shift_ms:
        start_ms = _start(options.start, recorded) if opening is None else recorded.first_ms
        return recorded, ClockSetting(start_ms=start_ms, speed=options.speed, is_held=options.held)
    _require_wall_clock(options, "a rebased market")
    setting = ClockSetting(start_ms=now_ms, speed=options.speed, is_held=False, is_wall=True)
    return RebasedMarket(recorded, shift_ms=shift_ms), setting


def _asked_shift(options: argparse.Namespace, recorded: Venue, now_ms: int) -> int:
    if not options.rebase:
        return 0
    asked_ms = options.start
    moment_ms = moment_before_surge(options.data, recorded, now_ms=now_ms) if asked_ms is None else asked_ms
    shift_ms = shift_to_now(recorded_ms=moment_ms, now_ms=now_ms)
    _start(now_ms - shift_ms, recorded)
    return shift_ms


def _known_shift(recorded: Venue, opening: Mapping[str, Any]) -> int:
    """By how much the journal's market was rebased; what is neither that nor the recording is refused later."""
    return shift_of(recorded, first_ms=int(opening.get("first", 0))) or 0


def _require_wall_clock(options: argparse.Namespace, what: str) -> None:
    if options.speed != 1 or options.held:
        raise CannotStart(f"{what} runs by the time of day: --speed is 1 and --held is not possible")


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


def _set_faults(host: Host, options: argparse.Namespace) -> None:
    """A new exchange gets the faults of the file; one that goes on has those it had."""
    if options.faults is None or host.state.accounts:
        return
    try:
        add_faults(host, options.faults.read_bytes())
    except (OSError, FaultError) as error:
        raise CannotStart(f"--faults {options.faults}: {error}") from error


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
