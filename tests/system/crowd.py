"""Eight workers of one desk: a database of their own, a Valkey, an exchange, and the child that forks them."""

import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cryptography.fernet import Fernet

from bench.child import Child, desk_environment, migrate, running
from tests.system.wide_exchange import WideExchange


@contextmanager
def own_database(folder: Path, *, is_postgres: bool) -> Iterator[str]:
    """The URL of an empty database that nobody else uses."""
    if not is_postgres:
        yield f"sqlite:///{folder / 'desk.sqlite3'}"
        return
    import psycopg

    server, name = os.environ["TEST_POSTGRES_URL"], f"crowd_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def crowd(folder: Path, environment: dict[str, str], *, guards: Sequence[str] = ()) -> Iterator[Child]:
    """The child on a new database; ``guards`` are taken away in it."""
    migrate(environment)
    log = folder / "crowd.log"
    with running(["-m", "tests.system.crowd_worker", *guards], log, environment) as process:
        yield Child(process, log)


def environment_of(folder: Path, exchange: WideExchange, *, redis_url: str, database_url: str) -> dict[str, str]:
    """What every process of a desk in ``folder`` is told."""
    return desk_environment(
        folder / "home",
        rest=exchange.rest,
        ws=exchange.ws,
        redis_url=redis_url,
        database_url=database_url,
        encryption_key=Fernet.generate_key().decode(),
    )
