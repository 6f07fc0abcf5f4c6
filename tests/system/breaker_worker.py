"""A process that keeps the breakers of four accounts, and answers a line of JSON a question about them.

It works by the rows alone, as the desk's processes do; nothing is handed from one life to the next.
"""

import threading
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from bench.child import answer_questions

Words = Mapping[str, Any]


def trip(words: Words) -> Any:
    """One account for each tier, its breaker tripped into it at ``now``; and one that a person has stopped."""
    from risk import breaker_store
    from risk.breaker import count_api, evaluate, stop_at_once
    from risk.breaker_causes import Readings
    from risk.limit_settings import RiskSettings

    now = datetime.fromisoformat(words["now"])
    for tier in words["tiers"]:
        account = _account(tier)
        settings = RiskSettings.model_validate(words["settings"] | {"api_failures_tier": tier})
        for _ in range(settings.api_failures):
            breaker_store.change(account, lambda breaker, _row: count_api(breaker, is_ok=False))
        breaker_store.change(
            account, lambda breaker, _row, chosen=settings: evaluate(breaker, Readings(now=now), chosen)
        )  # fmt: skip
    breaker_store.change(_account("emergency"), lambda breaker, _row: stop_at_once(breaker, now=now))
    return _standing(now)


def _account(name: str) -> Any:
    from desk.models import Account
    from desk.secrets import Secret

    return Account.objects.create(
        name=name, environment="replay", api_key=Secret("sealed"), api_secret=Secret("sealed")
    )  # fmt: skip


def keep_busy(words: Words) -> Any:
    """From now on write every breaker again and again, so that a kill meets it while it is written."""
    threading.Thread(target=_write_for_ever, args=(words,), daemon=True).start()
    return True


def _write_for_ever(words: Words) -> None:
    while True:
        look(words)


def look(words: Words) -> Any:
    """Every breaker evaluated at ``now`` with equity as it always was, and how they stand."""
    from desk.models import Account
    from risk import breaker_store
    from risk.breaker import evaluate
    from risk.breaker_causes import Readings
    from risk.limit_settings import RiskSettings

    now = datetime.fromisoformat(words["now"])
    settings = RiskSettings.model_validate(words["settings"])
    for account in Account.objects.all():
        breaker_store.change(
            account,
            lambda breaker, _row: evaluate(breaker, Readings(now=now, equity=Decimal(1000), equity_at=now), settings),
        )
    return _standing(now)


def _standing(now: datetime) -> dict[str, Any]:
    """Tier, seconds left and failures counted, by the account's name."""
    from desk.models import Account
    from risk.breaker_store import breaker_of, tier_of

    found = {}
    for account in Account.objects.all():
        breaker = breaker_of(account)
        left = [trip.remaining(now) for trip in breaker.trips]
        seconds = [None if each is None else each.total_seconds() for each in left]
        found[account.name] = [tier_of(account).value, seconds, breaker.counters.api_failures]
    return found


if __name__ == "__main__":
    import django

    django.setup()
    answer_questions({"trip": trip, "look": look, "keep_busy": keep_busy})
