"""The breaker's word on one order, by what is committed: the last thing asked before risk is taken."""

from desk.models import Account
from risk import breaker_store
from risk.limits import LimitCode, LimitRefusal
from risk.states import Intention, is_allowed


def breaker_refusal(account: Account, *, intention: Intention = Intention.ENTER) -> LimitRefusal | None:
    """Why the breaker does not let an order of that kind leave, or None. Ask it in the transaction that commits it."""
    tier = breaker_store.tier_of(account)
    if is_allowed(intention, tier):
        return None
    trips = [trip for trip in breaker_store.breaker_of(account).trips if trip.tier is tier]
    first = trips[0] if trips else None
    value = f"{tier.value} {first.cause.value} {first.value}".strip() if first else tier.value
    return LimitRefusal(LimitCode.BREAKER, value, first.limit if first and first.limit else "-")
