"""The breakers of this environment's accounts as one state: sent anew with every trip, end, reset or change of tier."""

from collections.abc import Mapping
from typing import Any

from dashboard.api.risk_answers import TripOut
from desk import vocabulary
from desk.models import accounts_of_this_environment
from risk import breaker_store


def circuits() -> list[dict[str, Any]]:
    """One row an account. What is counted and measured moves with every check and is no part of it: see the API."""
    return [
        in_reader_words(
            {
                "account": account.pk,
                "name": account.name,
                "tier": breaker_store.tier_of(account).value,
                "version": breaker_store.version_of(account),
                "trips": [dict(row) for row in TripOut(breaker_store.breaker_of(account).trips, many=True).data],
            }
        )
        for account in accounts_of_this_environment().order_by("pk")
    ]


def in_reader_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """``row`` with the labels of its codes in the active language."""
    return {
        **row,
        "tier_label": str(vocabulary.TIERS[row["tier"]]),
        "trips": [{**trip, "cause_label": str(vocabulary.BREAKER_CAUSES[trip["cause"]])} for trip in row["trips"]],
    }
