"""The database as somebody who may not answer: asked in a thread, and waited for only so long."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, Protocol, TypeVar

import structlog
from django.db import DatabaseError, OperationalError, close_old_connections, connections

from desk.guarding import guarded

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 5.0  # wall
GIVEN_UP_AFTER_SECONDS = 30.0  # wall; a connection that has hung so long is left behind
MOST_LEFT_BEHIND = 8

Answer = TypeVar("Answer")


class NoAnswer(OperationalError):
    """The database has not answered in time."""


class Database(Protocol):
    """Where a watch asks for rows and writes them."""

    def ask(self, work: Callable[[], Answer]) -> Answer:
        """What ``work`` returns. Raises DatabaseError, also where there is no answer."""


class PatientDatabase:
    """One thread with a connection of its own at a time, for one who asks.

    A server whose backend hangs, or a network that swallows everything, is not waited for beyond ``patience``. Until
    it has hung for ``given_up_after`` nothing else is asked; then another connection is tried.
    """

    def __init__(
        self,
        *,
        patience: float = PATIENCE_SECONDS,
        given_up_after: float = GIVEN_UP_AFTER_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience, self._given_up_after, self._monotonic = patience, given_up_after, monotonic
        self._line: _Line | None = None
        self._left: list[_Line] = []

    def ask(self, work: Callable[[], Answer]) -> Answer:
        line = self._free_line()
        answer = line.put(work, now=self._monotonic())
        wait([answer], timeout=self._patience)
        if not answer.done():
            raise NoAnswer(f"no answer for {self._patience:g} s")
        result: Answer = answer.result()
        return result

    def close(self) -> None:
        """Let the thread end once it has answered, and wait for that no longer than for an answer."""
        if self._line is not None:
            self._line.end()
            self._line.join(self._patience)
            self._line = None

    def _free_line(self) -> "_Line":
        if self._line is not None and self._line.is_busy():
            if self._monotonic() - self._line.asked_at < self._given_up_after:
                raise NoAnswer("still no answer to what was asked before")
            self._leave(self._line)
        if self._line is None:
            self._line = _Line()
        return self._line

    def _leave(self, line: "_Line") -> None:
        self._left = [each for each in self._left if each.is_alive()]
        if len(self._left) >= MOST_LEFT_BEHIND:
            raise NoAnswer(f"{len(self._left)} connections hang")
        log.warning("database_connection_hangs", left_behind=len(self._left) + 1)
        line.end()
        self._left.append(line)
        self._line = None


class _Line:
    """A thread and the connection that Django keeps for it. A daemon: one that hangs must not keep the process."""

    def __init__(self) -> None:
        self.asked_at = 0.0  # monotonic
        self._asked: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._last: Future[Any] | None = None
        self._thread = threading.Thread(target=self._work, name="database", daemon=True)
        self._thread.start()

    def put(self, work: Callable[[], Any], *, now: float) -> Future[Any]:
        self.asked_at, self._last = now, Future()
        self._asked.put((work, self._last))
        return self._last

    def end(self) -> None:
        self._asked.put(None)

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def is_busy(self) -> bool:
        return self._last is not None and not self._last.done()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _work(self) -> None:
        try:
            while (asked := self._asked.get()) is not None:
                _answer(*asked)
        finally:
            connections.close_all()


def _answer(work: Callable[[], Any], answer: Future[Any]) -> None:
    with guarded("ask_database"):
        try:
            close_old_connections()
            answer.set_result(work())
        except DatabaseError as error:
            answer.set_exception(error)
    if not answer.done():
        answer.set_exception(NoAnswer("it failed in another way, see the log"))
