"""A real Valkey server for tests, started as the supervisor starts it and ended by its own pid."""

import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from duolive.supervisor import redis_server
from duolive.supervisor.redis_server import EmbeddedRedis

STARTS_WITHIN_SECONDS = 15


class Valkey:
    def __init__(self, home: Path) -> None:
        self._server: EmbeddedRedis = redis_server.prepare(home)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._process = subprocess.Popen(self._server.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while not redis_server.answers(self._server.port, self._server.password):
            assert self._process.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        """SIGKILL: what a crash leaves is what the append-only file holds."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        """Delete everything; a server that a test has stopped comes back."""
        if self._process is None:
            self.start()
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
