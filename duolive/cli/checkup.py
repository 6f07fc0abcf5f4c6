"""What the desk stands on, each looked at and judged; a failing check says what to do."""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from dashboard.pulse import Pulse, pulses
from desk import venue
from desk.models import Lease, accounts_of_this_environment
from desk.secrets import SecretUnreadable
from exchange.errors import BadCredentials, ExchangeError
from notifications.channels import open_channels
from trading.core.blocks import BlockReason
from trading.selectors import ProtectionState, blocks, open_positions, worst_protection
from trading.services.blocking import EVERY_SYMBOL

OLDEST_PYTHON = (3, 11)
TIGHT_BYTES, FULL_BYTES = 1 << 30, 100 << 20
OFFSET_WARN_SECONDS, OFFSET_FAIL_SECONDS = 1.0, 4.0  # the venue refuses requests signed 5 s off
REDIS_SECONDS = 2.0
SOMEBODY_AT_WORK = frozenset({BlockReason.RIVAL_AT_WORK, BlockReason.OWN_UNKNOWN})
START = "start the desk: python manage.py up"


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; ``advice`` is empty where it is well."""

    name: str
    state: State
    text: str
    advice: str = ""


def checkup() -> Sequence[Check]:
    """Every check in the order of what stands on what; those that need the database are left out without it."""
    database = _database()
    checks = [_python(), _disk(), database, _redis(), _venue()]
    if database.state is State.OK:
        checks += [look() for look in _ON_ROWS]
    return [*checks, _channels()]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Check(name="python", state=State.FAIL, text=version, advice="install Python 3.11 or newer")
    return Check(name="python", state=State.OK, text=version)


def _disk() -> Check:
    folder = next(path for path in (settings.DUOLIVE_HOME, *settings.DUOLIVE_HOME.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GiB free in {folder}"
    if free >= TIGHT_BYTES:
        return Check(name="disk", state=State.OK, text=text)
    state = State.FAIL if free < FULL_BYTES else State.WARN
    return Check(name="disk", state=state, text=text, advice="make room: without it no intent can be committed")


def _database() -> Check:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Check(
            name="database", state=State.FAIL, text=str(error).strip(), advice=f"check DATABASE_URL, or {START}"
        )
    if pending:
        text = f"{len(pending)} migrations pending"
        return Check(name="database", state=State.FAIL, text=text, advice=f"python manage.py migrate, or {START}")
    return Check(name="database", state=State.OK, text=f"{connection.vendor}, migrations applied")


def _redis() -> Check:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
    try:
        client.ping()
    except redis.RedisError as error:
        return Check(name="redis", state=State.FAIL, text=str(error), advice=f"check REDIS_URL, or {START}")
    finally:
        client.close()
    return Check(name="redis", state=State.OK, text="answers")


def _venue() -> Check:
    try:
        clock = venue.clock()
        offset = (venue.market_data().server_time() - datetime.now(UTC)).total_seconds()
    except ExchangeError as error:
        return Check(
            name="exchange",
            state=State.FAIL,
            text=str(error),
            advice=f"check network, BINANCE_REST_URL and proxy, or {START}",
        )
    if clock.speed != 1 or settings.DUOLIVE_ENV == "replay":
        return Check(name="exchange", state=State.OK, text=f"{settings.BINANCE_REST_URL} answers, at {clock.speed}x")
    state = State.OK if abs(offset) < OFFSET_WARN_SECONDS else State.WARN
    state = State.FAIL if abs(offset) >= OFFSET_FAIL_SECONDS else state
    return Check(
        name="exchange",
        state=state,
        text=f"{settings.BINANCE_REST_URL} answers, our clock is {-offset:+.2f} s off",
        advice="" if state is State.OK else "set the clock of this machine by NTP",
    )


def _account() -> Check:
    """The key can be decrypted here, and the venue takes it for trading."""
    account = accounts_of_this_environment().order_by("pk").first()
    if account is None:
        return Check(name="keys", state=State.FAIL, text="no account is set up", advice=START)
    try:
        modes = venue.trading(account).modes()
    except (SecretUnreadable, ImproperlyConfigured) as error:
        return Check(name="keys", state=State.FAIL, text=str(error), advice="give FIELD_ENCRYPTION_KEYS of this home")
    except BadCredentials as error:
        return Check(name="keys", state=State.FAIL, text=str(error), advice="check key, permissions and address list")
    except ExchangeError as error:
        return Check(name="keys", state=State.WARN, text=f"readable, not tried: {error}", advice="see exchange")
    if not modes.can_trade:
        return Check(name="keys", state=State.FAIL, text="may not trade", advice="permit futures trading for the key")
    return Check(name="keys", state=State.OK, text="readable and taken by the exchange")


def _protection() -> Check:
    held = list(open_positions())
    worst = worst_protection(held)
    text = f"{len(held)} open, {worst.value.replace('_', ' ')}"
    if worst is ProtectionState.UNPROTECTED:
        return Check(name="protection", state=State.FAIL, text=text, advice="see 'positions'; close by 'close SYMBOL'")
    state = State.WARN if worst is ProtectionState.PROTECTING else State.OK
    advice = "look again in five seconds" if state is State.WARN else ""
    return Check(name="protection", state=state, text=text, advice=advice)


def _lease() -> Check:
    """Nobody else works on this database or this account."""
    rivals = [block for block in blocks() if block.symbol == EVERY_SYMBOL]
    if rivals:
        state = State.FAIL if any(block.reason in SOMEBODY_AT_WORK for block in rivals) else State.WARN
        advice = "stop the other Duo-Live, or cancel the orders it left; nothing new is entered meanwhile"
        if any(block.reason == BlockReason.OWN_UNKNOWN for block in rivals):
            advice = "stop the copy; after a restored backup see docs/recovery.md; nothing new is entered meanwhile"
        return Check(name="instance", state=state, text="; ".join(block.told for block in rivals), advice=advice)
    held = Lease.objects.filter(id=1).exclude(holder="").first()
    by = f"run by process {held.pid} on {held.host}" if held else "not run by a supervisor"
    return Check(name="instance", state=State.OK, text=f"alone on its account, {by}")


def _blocked() -> Check:
    """A symbol that takes no new entries is told, and is no fault of the desk."""
    found = [f"{block.symbol}: {block.told}" for block in blocks() if block.symbol != EVERY_SYMBOL]
    if not found:
        return Check(name="contracts", state=State.OK, text="none is blocked for new entries")
    advice = "'adopt SYMBOL' takes over a position; orders that are not ours are yours to cancel"
    return Check(name="contracts", state=State.WARN, text="; ".join(found), advice=advice)


def _heartbeats() -> Check:
    """A desk that stands still is a warning, unless it leaves a position alone."""
    silent = [f"{loop} {word.value}" for loop, word in pulses().items() if word is not Pulse.OK]
    if not silent:
        return Check(name="processes", state=State.OK, text="every loop beats")
    state = State.FAIL if open_positions().exists() else State.WARN
    return Check(name="processes", state=state, text=", ".join(silent), advice=START)


def _channels() -> Check:
    if channels := open_channels():
        named = " and ".join(channel.value for channel in channels)
        return Check(name="notices", state=State.OK, text=f"by {named}; 'test-notify' tries it")
    advice = "set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or SMTP_HOST and ALERT_EMAIL"
    return Check(name="notices", state=State.WARN, text="nobody would be told", advice=advice)


_ON_ROWS: Sequence[Callable[[], Check]] = (_account, _protection, _lease, _blocked, _heartbeats)
