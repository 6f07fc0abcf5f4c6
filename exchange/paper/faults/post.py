"""Between the exchange's records and its streams: sends each record as its faults have it."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from exchange.paper.core.state import Record, State
from exchange.paper.faults.deliveries import USUAL, Delivery
from exchange.paper.faults.disturbances import faults_of

NS_PER_MS = 1_000_000


class Stream(Protocol):
    """A connection that may follow user data."""

    def record(self, record: Record) -> None: ...

    def disconnect(self, account: str | None, code: int) -> None:
        """Close the connection with ``code`` if it follows this account; None means any."""


class Sender(Protocol):
    """The exchange that the streams belong to."""

    @property
    def state(self) -> State: ...

    @property
    def listeners(self) -> Sequence[Stream]: ...

    def expire_listen_key(self, account: str) -> None:
        """End the account's listen key, if it has one, and tell its streams."""


class Held(NamedTuple):
    """A record that waits for another one of its order, at most until ``until_ns`` (monotonic)."""

    record: Record
    delivery: Delivery
    until_ns: int


class Post:
    """Feed it each record once, in order, as soon as it may leave."""

    def __init__(self, sender: Sender, *, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._sender = sender
        self._monotonic_ns = monotonic_ns
        self._held: list[Held] = []

    def send(self, record: Record) -> None:
        found = faults_of(self._sender.state)
        delivery = USUAL if found is None else found.delivery(record.seq)
        if delivery.hold_ms is not None:
            self._held.append(Held(record, delivery, self._monotonic_ns() + delivery.hold_ms * NS_PER_MS))
            return
        self._put(record, delivery)
        if self._held and delivery.times:
            self._release([held for held in self._held if _is_next(record, held.record)])

    def release_due(self) -> None:
        """Send what has waited long enough."""
        if self._held:
            now_ns = self._monotonic_ns()
            self._release([held for held in self._held if held.until_ns <= now_ns])

    def disconnect(self, account: str | None, code: int) -> None:
        for stream in list(self._sender.listeners):
            stream.disconnect(account, code)

    def _release(self, due: Sequence[Held]) -> None:
        self._held = [held for held in self._held if held not in due]
        for held in due:
            self._put(held.record, held.delivery)

    def _put(self, record: Record, delivery: Delivery) -> None:
        for _ in range(delivery.times):
            for stream in self._sender.listeners:
                stream.record(record)
        if delivery.ends_key:
            self._sender.expire_listen_key(record.account)
        if delivery.close_code is not None:
            self.disconnect(record.account, delivery.close_code)


def _is_next(record: Record, held: Record) -> bool:
    """Whether ``record`` is a later event of the same order."""
    if (record.account, record.kind) != (held.account, held.kind) or record.seq <= held.seq:
        return False
    return bool(record.payload["o"]["i"] == held.payload["o"]["i"])
