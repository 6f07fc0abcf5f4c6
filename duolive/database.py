"""DATABASE_URL as Django's DATABASES entry: SQLite embedded, PostgreSQL for several machines."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from duolive.environment import ConfigurationError

# WAL and IMMEDIATE: writers queue instead of failing with "database is locked". FULL: a committed intent survives
# a power cut, because orders leave right after the commit.
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-20000;",
}

# libpq's words. A network that swallows everything ends a connection within half a minute; a long statement may run on,
# as long as its server's machine answers.
POSTGRES_OPTIONS = {
    "connect_timeout": 5,  # s
    "keepalives_idle": 10,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}


def database(url: str, *, home: Path, max_age_seconds: int) -> dict[str, Any]:
    """The ``default`` entry for ``url``; an empty one means SQLite in ``home``. Raises ConfigurationError."""
    parts = urlsplit(url or f"sqlite:///{quote(str(home / 'desk.sqlite3'))}")
    if parts.scheme == "sqlite":
        path = unquote(parts.path.removeprefix("/"))
        if not path:
            raise ConfigurationError("DATABASE_URL names no file: sqlite:////absolute/path or sqlite:///relative")
        entry: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": SQLITE_OPTIONS}
    elif parts.scheme in ("postgres", "postgresql"):
        entry = _postgres(url)
    else:
        raise ConfigurationError("DATABASE_URL must begin with sqlite:/// or postgres://")
    return entry | {"CONN_MAX_AGE": max_age_seconds, "CONN_HEALTH_CHECKS": True}


def _postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ConfigurationError("DATABASE_URL names no database: postgres://user:password@host:5432/name")
    try:
        port = parts.port
    except ValueError:
        raise ConfigurationError("DATABASE_URL has a port that is not a number") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": POSTGRES_OPTIONS | dict(parse_qsl(parts.query)),
    }
