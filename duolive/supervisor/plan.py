"""Which processes there are, with which arguments, and what each of them is allowed to know."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from duolive.configuration import PAPER_API_KEY, PAPER_API_SECRET, ROOT, VENUE_URLS, Configuration, Venue
from duolive.environment import FILE_VARIABLE, ConfigurationError
from duolive.supervisor.child import ProcessPlan
from duolive.supervisor.home import DEMO_PASSWORD
from duolive.supervisor.ports import LOOPBACK

EXCHANGE_KEYS = (
    "BINANCE_API_KEY",
    "BINANCE_API_SECRET",
    "BINANCE_SECRET_KEY",
    "BINANCE_LIVE_API_KEY",
    "BINANCE_LIVE_SECRET_KEY",
    PAPER_API_KEY,
    PAPER_API_SECRET,
)
MIRROR_REST, MIRROR_STREAM = "DUOLIVE_MIRROR_REST_URL", "DUOLIVE_MIRROR_WS_URL"
DECRYPTION = "FIELD_ENCRYPTION_KEYS"
CONNECTION_SECONDS = "600"  # how long worker, beat and stream keep a database connection; web keeps none


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What ``up`` was asked for."""

    config: Configuration
    host: str
    speed: Decimal
    start: datetime | None
    data: Path | None
    demo: bool
    demo_bot: str = ""  # strategy of the one bot that the demo switches on; empty for all
    bot_arguments: tuple[str, ...] = ()  # of desk_setup: what was said about the surge bot at the start
    # Name of this run and the supervisor's process id: what desk.lease holds the database by.
    run: str = field(default_factory=lambda: f"{secrets.token_hex(8)}:{os.getpid()}")


def shared_environment(launch: Launch, *, redis_url: str) -> dict[str, str]:
    """What worker, stream and watchdog get, and with fewer keys every child: the variables as resolved here.

    No child reads ``.env`` again, and of the keys there only those of the venue in force are passed on.
    """
    config = launch.config
    return (
        dict(config.environment.variables)
        | _hidden(*EXCHANGE_KEYS)
        | {
            FILE_VARIABLE: "",
            "DJANGO_SETTINGS_MODULE": "duolive.settings",
            "DUOLIVE_ENV": config.venue.value,
            "DUOLIVE_HOME": str(config.home),
            "DUOLIVE_SPEED": str(launch.speed),
            "DUOLIVE_RUN": launch.run,
            "REDIS_URL": redis_url,
            "BINANCE_API_KEY": config.api_key,
            "BINANCE_API_SECRET": config.api_secret,
            "PYTHONUNBUFFERED": "1",
        }
    )


def keyless(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` without exchange keys and without the means to decrypt stored ones."""
    return dict(environment) | _hidden(*EXCHANGE_KEYS, DECRYPTION)


def _hidden(*names: str) -> dict[str, str]:
    """Empty, not absent: an absent name would be looked up among the home's secrets."""
    return {name: "" for each in names for name in (each, f"{each}_FILE")}


def redis(argv: tuple[str, ...], environment: Mapping[str, str]) -> ProcessPlan:
    path = {"PATH": environment.get("PATH", "")}
    return ProcessPlan(name="redis", argv=argv, env=path, cwd=str(ROOT))


def paper_exchange(launch: Launch, environment: Mapping[str, str]) -> ProcessPlan:
    """Held at the first start, until the desk is ready; a restart goes on by the journal's clock.

    In the environment paper it mirrors a live market instead, by the time of day.
    """
    if launch.config.venue is Venue.PAPER:
        return _mirror(launch, environment)
    argv = (
        *_manage("paper_exchange"),
        *("--host", LOOPBACK, "--port", str(launch.config.paper_port)),
        *("--home", str(launch.config.home / "paper")),
        *("--speed", str(launch.speed)),
        *("--api-key", launch.config.api_key, "--api-secret", launch.config.api_secret),
        *(("--start", launch.start.isoformat().replace("+00:00", "Z")) if launch.start else ()),
        *(("--data", str(launch.data)) if launch.data else ()),
    )
    return _process("paper", (*argv, "--held"), keyless(environment), restart_argv=argv)


def mirrored_market(config: Configuration) -> tuple[str, str]:
    """Base URLs of REST and streams that the environment paper mirrors. Raises ConfigurationError."""
    rest = config.environment.text(MIRROR_REST, VENUE_URLS[Venue.LIVE][0]).rstrip("/")
    usual = dict(VENUE_URLS.values()).get(rest, "ws" + rest.removeprefix("http"))
    stream = config.environment.text(MIRROR_STREAM, usual).rstrip("/")
    if not rest.startswith(("http://", "https://")):
        raise ConfigurationError(f"{MIRROR_REST}={rest!r} must begin with http:// or https://")
    if not stream.startswith(("ws://", "wss://")):
        raise ConfigurationError(f"{MIRROR_STREAM}={stream!r} must begin with ws:// or wss://")
    return rest, stream


def _mirror(launch: Launch, environment: Mapping[str, str]) -> ProcessPlan:
    config = launch.config
    rest, stream = mirrored_market(config)
    argv = (
        *_manage("paper_exchange"),
        *("--host", LOOPBACK, "--port", str(config.paper_port)),
        *("--home", str(config.home / "paper")),
        *("--mirror", rest, "--mirror-ws", stream),
        *("--api-key", config.api_key, "--api-secret", config.api_secret),
        *(("--data", str(launch.data)) if launch.data else ()),
    )
    proxy = {"BINANCE_PROXY": config.environment.secret("BINANCE_PROXY")}
    return _process("paper", argv, keyless(environment) | proxy)


def setup(launch: Launch, environment: Mapping[str, str]) -> Sequence[ProcessPlan]:
    """Run to the end, in this order, before the clients start."""
    demo = {DEMO_PASSWORD: launch.config.environment.secret(DEMO_PASSWORD)} if launch.demo else {}
    arguments = (*(("--demo", f"--demo-bot={launch.demo_bot}") if launch.demo else ()), *launch.bot_arguments)
    return (
        _process("migrate", _manage("migrate", "--noinput", "--verbosity", "0"), keyless(environment)),
        _process("setup", _manage("desk_setup", *arguments), dict(environment) | demo),
    )


def clients(launch: Launch, environment: Mapping[str, str]) -> Sequence[ProcessPlan]:
    """The processes that trade and show. Web and beat know no exchange keys; the others do."""
    port = str(launch.config.web_port)
    celery = (sys.executable, "-m", "celery", "--quiet", "-A", "duolive")
    keeping = dict(environment) | {"DATABASE_CONN_MAX_AGE": CONNECTION_SECONDS}
    return (
        _process(
            "web",
            (
                *(sys.executable, "-m", "uvicorn", "duolive.asgi:application", "--host", launch.host, "--port", port),
                *("--lifespan", "off", "--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5"),
            ),
            keyless(environment),
        ),
        _process(
            "worker",
            (*celery, "worker", "-Q", "trading,scan,notify", "-c", "3", "--without-gossip", "--without-mingle"),
            keeping,
        ),
        _process("beat", (*celery, "beat"), keyless(keeping)),
        _process("stream", _manage("user_stream"), keeping),
        _process("watchdog", _manage("watchdog"), keeping),
    )


def _manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), *arguments)


def _process(
    name: str, argv: tuple[str, ...], environment: Mapping[str, str], *, restart_argv: tuple[str, ...] | None = None
) -> ProcessPlan:
    return ProcessPlan(name=name, argv=argv, env=environment, cwd=str(ROOT), restart_argv=restart_argv)
