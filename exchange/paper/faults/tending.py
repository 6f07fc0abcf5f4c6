"""What faults need from passing wall time: to begin, to end, and to do what happens at a moment of its own."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

from exchange.paper.core.state import State
from exchange.paper.faults.decision import Fault
from exchange.paper.faults.deliveries import names_events
from exchange.paper.faults.disturbances import faults_of
from exchange.paper.faults.post import Post
from exchange.paper.faults.timing import Clock
from exchange.paper.faults.words import ListenKeyExpired, StreamDisconnect

NS_PER_MS = 1_000_000


class Tended(Protocol):
    """The running exchange. What its faults do goes through commands, which it journals."""

    post: Post

    @property
    def state(self) -> State: ...

    def execute(self, name: str, api_key: str, values: Mapping[str, str]) -> dict[str, Any]: ...

    def expire_listen_key(self, account: str) -> None: ...


def tend(host: Tended) -> None:
    """Call it now and then, and before each request."""
    host.post.release_due()
    found = faults_of(host.state)
    if found is None:
        return
    for fault in list(found.table.faults.values()):
        if fault.window.clock is Clock.WALL:
            _keep_time(host, fault, wall_ms=time.time_ns() // NS_PER_MS)
        if _is_momentary(fault) and fault.met == 0 and fault.is_active(host.state.now_ms) and meet(host, fault):
            _act(host, fault)


def meet(host: Tended, fault: Fault) -> bool:
    """Count a match of a fault, on disk, and return whether it strikes."""
    return bool(host.execute("meet_fault", "", {"id": str(fault.number)})["strikes"])


def _keep_time(host: Tended, fault: Fault, *, wall_ms: int) -> None:
    number = {"id": str(fault.number)}
    if fault.from_ms is None and fault.window.has_begun(wall_ms):
        host.execute("wake_fault", "", number)
    if fault.until_ms is None and fault.window.has_ended(wall_ms):
        host.execute("end_fault", "", number)


def _is_momentary(fault: Fault) -> bool:
    return isinstance(fault.spec, StreamDisconnect | ListenKeyExpired) and not names_events(fault.spec)


def _act(host: Tended, fault: Fault) -> None:
    spec = fault.spec
    if isinstance(spec, StreamDisconnect):
        host.post.disconnect(spec.account, spec.code)
    elif isinstance(spec, ListenKeyExpired):
        for account in [spec.account] if spec.account is not None else list(host.state.accounts):
            host.expire_listen_key(account)
