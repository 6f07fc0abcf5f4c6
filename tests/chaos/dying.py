"""Kill points inside a process: it dies by SIGKILL where a file in the folder of the armed says so.

The file is named after the contract whose work kills; the process that renames it is the one that dies.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from tests.chaos.matrix import Moment
from tests.chaos.patching import Function, replace

FOLDER = "DRILL_ARMED"
FIRED = ".fired"
WRITES = ("INSERT", "UPDATE")


def arm(folder: Path, symbol: str, moment: Moment, *, purpose: str = "", writes: int = 1, whole: bool = True) -> None:
    """The next process that comes to ``moment`` on ``symbol`` dies, with all of a worker when ``whole``."""
    words = {"moment": moment, "purpose": purpose, "writes": writes, "whole": whole}
    half = folder / f".{symbol}"
    half.write_bytes(orjson.dumps(words))
    half.rename(folder / symbol)


def disarm(folder: Path, symbol: str) -> float | None:
    """Forget the kill point; the wall time (Unix seconds) at which somebody died of it, None if nobody did."""
    (folder / symbol).unlink(missing_ok=True)
    fired = folder / f"{symbol}{FIRED}"
    if not fired.exists():
        return None
    died_at = float(fired.read_text())
    fired.unlink()
    return died_at


class KillPoints:
    """What the launcher puts into each process of the desk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._main = os.getpid()
        self._touched: Counter[str] = Counter()

    def install(self) -> None:
        """Call it when the desk's modules are loaded."""
        from django.db.backends.signals import connection_created

        connection_created.connect(self._on_connection, weak=False)
        replace("trading.services.submit:_send", self._around_send)
        replace("trading.services.fills:record_trade", self._after_fill)
        replace("trading.services.first_exits:_open", self._after_first_fill)

    def _around_send(self, send: Function) -> Function:
        def sending(order: Any, venue: Any) -> Any:
            self._die_at(Moment.BEFORE_SEND, order.symbol, purpose=order.purpose)
            state = send(order, venue)
            self._die_at(Moment.AFTER_ANSWER, order.symbol, purpose=order.purpose)
            return state

        return sending

    def _after_fill(self, record_trade: Function) -> Function:
        def recording(trade: Any, **details: Any) -> Any:
            is_new = record_trade(trade, **details)
            if is_new:
                self._die_at(Moment.AFTER_FILL, trade.symbol)
            return is_new

        return recording

    def _after_first_fill(self, open_with_exits: Function) -> Function:
        """The short way of a first fill: committed with the intents of its exits, of which nothing has left."""

        def opening(trade: Any, *rest: Any) -> Any:
            exits = open_with_exits(trade, *rest)
            if exits is not None:
                self._die_at(Moment.AFTER_FILL, trade.symbol)
            return exits

        return opening

    def _on_connection(self, *, connection: Any, **_: Any) -> None:
        if self._statement not in connection.execute_wrappers:  # Django keeps them when it opens it again
            connection.execute_wrappers.append(self._statement)

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        armed = self._armed()
        self._touched = Counter({symbol: self._touched[symbol] for symbol in armed if symbol in self._touched})
        for symbol in armed:
            if symbol in self._touched or symbol in (params or ()):
                self._touched[symbol] += sql.startswith(WRITES)
                self._die_at(Moment.MID_WRITE, symbol, writes=self._touched[symbol])
        return execute(sql, params, many, context)

    def _armed(self) -> list[str]:
        return [name for name in os.listdir(self._folder) if name[0] != "." and not name.endswith(FIRED)]  # noqa: PTH208

    def _die_at(self, moment: Moment, symbol: str, *, purpose: str = "", writes: int | None = None) -> None:
        try:
            armed = orjson.loads((self._folder / symbol).read_bytes())
        except OSError:
            return
        if armed["moment"] != moment or (purpose and armed["purpose"] not in ("", purpose)):
            return
        if writes is not None and writes < armed["writes"]:
            return
        self._die(symbol, whole=armed["whole"])

    def _die(self, symbol: str, *, whole: bool) -> None:
        import time

        fired = self._folder / f"{symbol}{FIRED}"
        try:
            (self._folder / symbol).rename(fired)
        except FileNotFoundError:  # another process was first
            return
        fired.write_text(str(time.time()))
        if whole and os.getpid() != self._main:
            os.kill(self._main, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
