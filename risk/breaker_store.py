"""The breaker's row: read, and changed by one process at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.db import transaction
from pydantic import TypeAdapter

from desk.models import Account
from risk.breaker import Breaker, count_ai, count_api
from risk.models import BreakerState
from risk.states import Tier


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker before and after, and its row's version by now."""

    before: Breaker
    after: Breaker
    version: int


@cache
def _adapter() -> TypeAdapter[Breaker]:
    return TypeAdapter(Breaker)


def breaker_of(account: Account) -> Breaker:
    """The breaker as it was written last; an account without one has an active breaker."""
    row = BreakerState.objects.filter(account=account).first()
    return Breaker() if row is None else unpacked(row)


def tier_of(account: Account) -> Tier:
    """The tier in force. Inside a transaction it holds until that one ends where the account's row is locked."""
    kept = BreakerState.objects.filter(account=account).values_list("tier", flat=True).first()
    return Tier(kept) if kept else Tier.ACTIVE


def version_of(account: Account) -> int:
    """Grows with every trip, end or reset: what a person has seen is named by it."""
    return BreakerState.objects.filter(account=account).values_list("version", flat=True).first() or 0


def unpacked(row: BreakerState) -> Breaker:
    return _adapter().validate_python(row.state or {})


def change(
    account: Account,
    move: Callable[[Breaker, BreakerState], Breaker],
    *,
    with_row: Callable[[Change], None] | None = None,
) -> Change:
    """Put ``move`` of the breaker into its row; ``with_row`` writes along with it, in the same transaction.

    The account's row is locked, as entries lock it: a tier never changes between an entry's last look and its commit.
    """
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        row, _is_new = BreakerState.objects.get_or_create(account=account)
        before = unpacked(row)
        after = move(before, row)
        row.state = _adapter().dump_python(after, mode="json")
        row.tier = after.tier
        row.version += [trip.cause for trip in before.trips] != [trip.cause for trip in after.trips]
        row.save()
        done = Change(before, after, row.version)
        if with_row is not None:
            with_row(done)
    return done


def note_api(account: Account, *, is_ok: bool) -> None:
    """Count an answer of the exchange, or the lack of one; the next evaluation acts on it."""
    if is_ok and not breaker_of(account).counters.api_failures:
        return
    change(account, lambda breaker, _row: count_api(breaker, is_ok=is_ok))


def note_ai(account: Account, *, is_ok: bool) -> None:
    """Count an answer of the language model, or the lack of a usable one."""
    if is_ok and not breaker_of(account).counters.ai_failures:
        return
    change(account, lambda breaker, _row: count_ai(breaker, is_ok=is_ok))
