"""What each tier allows."""

from decimal import Decimal

import pytest

from risk.states import RAISING, Intention, Tier, is_allowed, size_factor, worst

HALF = Decimal(50)


@pytest.mark.parametrize("intention", sorted(set(Intention) - RAISING))
@pytest.mark.parametrize("tier", Tier)
def test_closing_reducing_and_protecting_always_may(intention: Intention, tier: Tier) -> None:
    assert is_allowed(intention, tier)


@pytest.mark.parametrize("intention", sorted(RAISING))
@pytest.mark.parametrize(
    ("tier", "expected"),
    [(Tier.ACTIVE, True), (Tier.REDUCED, True), (Tier.CLOSE_ONLY, False), (Tier.HALTED, False)],
)
def test_what_raises_exposure_stops_at_close_only(intention: Intention, tier: Tier, *, expected: bool) -> None:
    assert is_allowed(intention, tier) is expected


@pytest.mark.parametrize(
    ("tier", "expected"), [(Tier.ACTIVE, "1"), (Tier.REDUCED, "0.5"), (Tier.CLOSE_ONLY, "0"), (Tier.HALTED, "0")]
)
def test_the_size_shrinks_with_the_tier(tier: Tier, expected: str) -> None:
    assert size_factor(tier, reduced_size_pct=HALF) == Decimal(expected)


def test_the_strictest_tier_counts() -> None:
    assert worst([Tier.REDUCED, Tier.HALTED, Tier.CLOSE_ONLY]) is Tier.HALTED
    assert worst([]) is Tier.ACTIVE
