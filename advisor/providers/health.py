"""How providers have been of late: who is asked first, who has to rest. Rows, so that all processes know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import F

from advisor.models import ProviderState
from advisor.providers.errors import AdviceFailed, BadAnswer, Misconfigured, RateLimited

FIRST_REST = timedelta(seconds=15)
LONGEST_REST = timedelta(minutes=15)
REST_WITHOUT_HINT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Condition:
    failures: int = 0
    cools_until: datetime | None = None

    def may_be_asked(self, now: datetime) -> bool:
        return self.cools_until is None or self.cools_until <= now


class HealthBook(Protocol):
    def conditions(self, names: Sequence[str]) -> Mapping[str, Condition]: ...

    def succeeded(self, name: str, *, now: datetime) -> None: ...

    def failed(self, name: str, error: AdviceFailed, *, now: datetime) -> None: ...


def order_of_asking(
    names: Sequence[str], conditions: Mapping[str, Condition], *, preferred: str, now: datetime
) -> list[str]:
    """The preferred first, the rest by recent failures, in the given order among equals; without those that rest."""
    ready = [name for name in names if conditions.get(name, Condition()).may_be_asked(now)]
    return sorted(ready, key=lambda name: (name != preferred, conditions.get(name, Condition()).failures))


def rest_after(error: AdviceFailed, failures: int) -> timedelta:
    """How long a provider is left alone after ``error``, the ``failures``-th in a row (wall time).

    A bad answer costs it its place in the order, not its turn: the next question is another one. A first outage may
    be a hiccup: it is asked once more.
    """
    if isinstance(error, BadAnswer):
        return timedelta(0)
    if isinstance(error, RateLimited):
        return error.retry_after or REST_WITHOUT_HINT
    if isinstance(error, Misconfigured):
        return LONGEST_REST
    if failures < 2:
        return timedelta(0)
    doublings = min(failures - 2, 10)
    return min(FIRST_REST * (1 << doublings), LONGEST_REST)


class StoredHealth:
    """The HealthBook of the desk. Counters move by the database's own arithmetic: no process loses another's."""

    def conditions(self, names: Sequence[str]) -> Mapping[str, Condition]:
        rows = ProviderState.objects.filter(name__in=names)
        return {row.name: Condition(row.failures, row.cools_until) for row in rows}

    def succeeded(self, name: str, *, now: datetime) -> None:
        ProviderState.objects.get_or_create(name=name)
        ProviderState.objects.filter(name=name).update(
            failures=0, cools_until=None, calls=F("calls") + 1, last_success_at=now
        )

    def failed(self, name: str, error: AdviceFailed, *, now: datetime) -> None:
        ProviderState.objects.get_or_create(name=name)
        row = ProviderState.objects.filter(name=name)
        row.update(
            failures=F("failures") + 1,
            calls=F("calls") + 1,
            failed_calls=F("failed_calls") + 1,
            last_error=str(error)[:100],
            last_failure_at=now,
        )
        rest = rest_after(error, row.values_list("failures", flat=True).get())
        if rest:
            row.update(cools_until=now + rest)
