"""Eight workers of one desk: a database of their own, a Valkey, an exchange, and the child that forks them."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from tests.system.running_desk import ROOT
from tests.system.wide_exchange import WideExchange

OURS = ("DUOLIVE_", "BINANCE_", "DATABASE_", "REDIS_", "FIELD_ENCRYPTION")


def desk_environment(
    home: Path, *, exchange: WideExchange, redis_url: str, database_url: str, key: str
) -> dict[str, str]:
    """What every process of the desk is told."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "duolive.settings",
        "DUOLIVE_ENV_FILE": "",
        "DUOLIVE_ENV": "replay",
        "DUOLIVE_HOME": str(home),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "the crowd's own",
        "FIELD_ENCRYPTION_KEYS": key,
        "BINANCE_REST_URL": exchange.rest,
        "BINANCE_WS_URL": exchange.ws,
    }


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


class Crowd:
    """The child and its questions; ``guards`` are taken away in it."""

    def __init__(self, folder: Path, environment: dict[str, str], *, guards: Sequence[str] = ()) -> None:
        self._log = folder / "crowd.log"
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True, timeout=120)
        argv = [sys.executable, "-m", "tests.system.crowd_worker", *guards]
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                argv, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )

    def ask(self, question: str, **words: Any) -> Any:
        """The child's answer; fails with its log when it has ended."""
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(orjson.dumps(words | {"do": question}) + b"\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        assert answer, f"the child ended:\n{self.log()[-5000:]}"
        return orjson.loads(answer)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def end(self) -> None:
        """The child ends when nobody asks any more."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(timeout=20)
