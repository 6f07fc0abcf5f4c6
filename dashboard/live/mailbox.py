"""What waits for one page: the newest state of each type, and the events it has not had yet."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.snapshots import StateType
from desk.models import Event

CAPACITY = 1000  # events a slow page may be behind before it has to come again


class Mailbox:
    """Never makes the sender wait: states overwrite each other, events pile up to ``capacity``."""

    def __init__(self, states: Iterable[StateType], *, wants_events: bool, capacity: int = CAPACITY) -> None:
        self.states = frozenset(states)
        self.wants_events = wants_events
        self.has_overflowed = False
        self._capacity = capacity
        self._waiting_states: dict[StateType, Any] = {}
        self._waiting_events: dict[int, Event] = {}
        self._had: set[int] = set()
        self._filled = asyncio.Event()

    def post(self, *, states: Mapping[StateType, Any], events: Iterable[Event]) -> None:
        """Put in what this page subscribed to; an event that it had before is left out."""
        self._waiting_states |= {name: state for name, state in states.items() if name in self.states}
        if self.wants_events:
            fresh = {event.pk: event for event in events if event.pk not in self._had}
            self._waiting_events |= fresh
            self._remember(fresh)
        self.has_overflowed = self.has_overflowed or len(self._waiting_events) > self._capacity
        if self._waiting_states or self._waiting_events:
            self._filled.set()

    def post_beginning(self, *, states: Mapping[StateType, Any], events: Iterable[Event]) -> None:
        """Put in what was so at the start, below anything newer that is already there."""
        self.post(states={**states, **self._waiting_states}, events=events)

    def _remember(self, ids: Iterable[int]) -> None:
        self._had.update(ids)
        if len(self._had) > 4 * CAPACITY:
            self._had = set(sorted(self._had)[-CAPACITY:])

    async def take(self) -> tuple[dict[StateType, Any], list[Event]]:
        """Wait for something and empty the box; events in order."""
        await self._filled.wait()
        self._filled.clear()
        states, events = self._waiting_states, self._waiting_events
        self._waiting_states, self._waiting_events = {}, {}
        return states, [events[pk] for pk in sorted(events)]
