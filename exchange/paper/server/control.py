"""The control interface under /control/, for loopback peers only: the clock, accounts, and what really happened."""

import ipaddress
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from exchange.command_values import number_from_zero
from exchange.paper.clock import PaperClock
from exchange.paper.core.refusals import VenueError
from exchange.paper.faults.control import add_faults, clear_faults, list_faults
from exchange.paper.faults.reading import FaultError
from exchange.paper.server.host import Host
from exchange.paper.server.requests import Answer, Request
from exchange.paper.server.signing import read_public_key
from exchange.paper.server.snapshots import SnapshotError
from exchange.rules import plain

Body = Mapping[str, Any]


class BadControl(ValueError):
    """A control request that makes no sense; the text says why."""


def is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def control(host: Host, request: Request) -> Answer:
    """Answer a control request: 403 from elsewhere, 404 for an unknown path, 400 with a reason for a bad one."""
    if not is_loopback(request.peer):
        return Answer({"error": "control is for loopback only"}, status=403)
    handler = HANDLERS.get((request.method, request.path))
    if handler is None:
        return Answer({"error": f"no control {request.method} {request.path}"}, status=404)
    host.advance()
    try:
        return Answer(handler(host, request))
    except (BadControl, FaultError, SnapshotError, VenueError) as error:
        return Answer({"error": str(error)}, status=400)


def read_clock(host: Host, request: Request) -> Any:
    clock = host.clock
    return {
        "market_ms": host.engine.now_ms,
        "held": clock.is_held,
        "speed": float(clock.nominal_speed),
        "effective_speed": float(clock.speed),
        "first_ms": host.venue.first_ms,
        "last_ms": host.venue.last_ms,
        "ended": clock.has_ended,
    }


def change_clock(host: Host, request: Request) -> Any:
    """Members, each optional, applied in this order: held, speed, jump_to_ms, step_ms."""
    body = _body(request)
    unknown = set(body) - {"held", "speed", "jump_to_ms", "step_ms"}
    if unknown:
        raise BadControl(f"unknown members: {', '.join(sorted(unknown))}")
    changes = _clock_changes(body)
    try:
        for change in changes:
            host.change_clock(change)
    except ValueError as error:
        raise BadControl(str(error)) from error
    return read_clock(host, request)


def events(host: Host, request: Request) -> Any:
    """Records after ``after``, oldest first, at most ``limit`` (1000): the exchange's own view of what happened."""
    parameters = request.parameters
    after, limit = parameters.integer("after") or 0, parameters.limit(default=1000, maximum=10_000)
    rows = [
        {
            "seq": record.seq,
            "market_ms": record.market_ms,
            "wall_ns": stamp,
            "account": record.account,
            "type": record.kind,
            "payload": record.payload,
        }
        for record, stamp in zip(
            host.engine.records[after : after + limit], host.stamps[after : after + limit], strict=True
        )
    ]
    return {"last_seq": len(host.engine.records), "events": rows}


def protection(host: Host, request: Request) -> Any:
    rows = host.protection.report(time.time_ns())
    return {
        "worst_seconds": max((row["worst_seconds"] for row in rows), default=0.0),
        "current_seconds": max((row["current_seconds"] for row in rows), default=0.0),
        "symbols": rows,
    }


def add_account(host: Host, request: Request) -> Any:
    """``api_key``, ``api_secret``, ``deposit`` in USDT, and a ``public_key`` (PEM) for asymmetric signatures."""
    body = _body(request)
    api_key, api_secret = str(body.get("api_key", "")), str(body.get("api_secret", ""))
    if not api_key or not api_secret:
        raise BadControl("api_key and api_secret are needed")
    deposit = plain(_decimal(str(body.get("deposit", "") or "0")))
    public_key = _public_key(body)
    host.open_account(api_key=api_key, api_secret=api_secret, deposit=deposit, public_key=public_key)
    return {"api_key": api_key, "deposit": deposit}


def state(host: Host, request: Request) -> Any:
    """The whole state; of a mirror also how its upstream is."""
    return host.engine.snapshot() | ({"upstream": host.feed.condition()} if host.feed else {})


def set_public_key(host: Host, request: Request) -> Any:
    """``account`` and its ``public_key`` (PEM)."""
    body = _body(request)
    return host.execute("set_public_key", _account(body), {"public_key": _public_key(body)})


def reset(host: Host, request: Request) -> Any:
    """``account`` and its new ``deposit`` in USDT."""
    return _account_command(host, request, "reset_account", names=("deposit",))


def deposit(host: Host, request: Request) -> Any:
    return _account_command(host, request, "deposit", names=("amount", "asset"))


def withdraw(host: Host, request: Request) -> Any:
    return _account_command(host, request, "withdraw", names=("amount", "asset"))


def deleverage(host: Host, request: Request) -> Any:
    """``account``, ``symbol`` and, if not all of the one-way position, ``positionSide`` and ``quantity``."""
    return _account_command(host, request, "deleverage", names=("symbol", "positionSide", "quantity"))


def set_funding(host: Host, request: Request) -> Any:
    """``symbol``, ``intervalHours``, ``rate``, ``cap``, ``floor``: ratios as texts."""
    values = _texts(_body(request), ("symbol", "intervalHours", "rate", "cap", "floor"))
    return host.execute("set_funding", "", values)


def keep_snapshot(host: Host, request: Request) -> Any:
    """Keep the exchange as it is now under ``name`` in its home."""
    return {"name": host.keep_snapshot(str(_body(request).get("name", ""))), "market_ms": host.engine.now_ms}


def restore_snapshot(host: Host, request: Request) -> Any:
    """Go back to what was kept under ``name``; the clock is held there."""
    host.restore_snapshot(str(_body(request).get("name", "")))
    return read_clock(host, request)


def _account_command(host: Host, request: Request, command: str, *, names: Sequence[str]) -> Any:
    body = _body(request)
    return host.execute(command, _account(body), _texts(body, names))


def _account(body: Body) -> str:
    account = body.get("account")
    if not isinstance(account, str) or not account:
        raise BadControl("account is the API key of an account")
    return account


def _texts(body: Body, names: Sequence[str]) -> dict[str, str]:
    return {name: str(body[name]) for name in names if body.get(name) is not None}


def _public_key(body: Body) -> str:
    pem = str(body.get("public_key") or "")
    if pem:
        try:
            read_public_key(pem)
        except ValueError as error:
            raise BadControl(f"public_key: {error}") from error
    return pem


def _clock_changes(body: Body) -> list[Callable[[PaperClock], None]]:
    changes: list[Callable[[PaperClock], None]] = []
    held, speed, jump, step = (body.get(name) for name in ("held", "speed", "jump_to_ms", "step_ms"))
    if held is not None:
        if not isinstance(held, bool):
            raise BadControl("held is true or false")
        changes.append((lambda clock: clock.hold()) if held else (lambda clock: clock.release()))
    if speed is not None:
        ratio = _decimal(str(speed))
        changes.append(lambda clock: clock.set_speed(ratio))
    if jump is not None:
        to_ms = _milliseconds(jump)
        changes.append(lambda clock: clock.jump_to(to_ms))
    if step is not None:
        step_ms = _milliseconds(step)
        changes.append(lambda clock: clock.step(step_ms))
    return changes


def _milliseconds(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadControl("times are whole milliseconds, not negative")
    return value


def _decimal(text: str) -> Decimal:
    try:
        return number_from_zero(text)
    except ArgumentTypeError as error:
        raise BadControl(str(error)) from None


def _body(request: Request) -> Body:
    try:
        body = orjson.loads(request.body or "{}")
    except orjson.JSONDecodeError:
        raise BadControl("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadControl("the body is not a JSON object")
    return body


HANDLERS: Mapping[tuple[str, str], Callable[[Host, Request], Any]] = {
    ("GET", "/control/clock"): read_clock,
    ("POST", "/control/clock"): change_clock,
    ("GET", "/control/events"): events,
    ("GET", "/control/protection"): protection,
    ("POST", "/control/accounts"): add_account,
    ("GET", "/control/state"): state,
    ("POST", "/control/public-key"): set_public_key,
    ("POST", "/control/reset"): reset,
    ("POST", "/control/deposit"): deposit,
    ("POST", "/control/withdraw"): withdraw,
    ("POST", "/control/deleverage"): deleverage,
    ("POST", "/control/funding"): set_funding,
    ("POST", "/control/snapshot"): keep_snapshot,
    ("POST", "/control/restore"): restore_snapshot,
    ("GET", "/control/faults"): lambda host, request: list_faults(host),
    ("POST", "/control/faults"): lambda host, request: add_faults(host, request.body),
    ("DELETE", "/control/faults"): lambda host, request: clear_faults(host, request.parameters.text("id")),
}
