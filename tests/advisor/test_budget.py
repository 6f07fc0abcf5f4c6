"""The governor: deterministic rungs, and a bound on what a call can cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.budget import Ladder, Rung, most_it_costs, to_micros, used_share
from advisor.providers.port import Prompt
from advisor.tokens import expected_tokens, most_tokens
from tests.advisor.samples import PRICES


@pytest.mark.parametrize(
    ("share", "rung"),
    [
        ("0", Rung.FULL),
        ("0.4999", Rung.FULL),
        ("0.5", Rung.SKIP_IDLE),
        ("0.7", Rung.SHORT),
        ("0.85", Rung.CHEAP),
        ("0.9999", Rung.CHEAP),
        ("1", Rung.RULES),
        ("7", Rung.RULES),
    ],
)
def test_the_fuller_the_window_the_higher_the_rung(share, rung):
    assert Ladder().rung(Decimal(share)) is rung


@given(st.decimals(0, 2, places=4), st.decimals(0, 2, places=4))
def test_more_spent_never_means_a_lower_rung(one, other):
    low, high = sorted((one, other))

    assert Ladder().rung(low) <= Ladder().rung(high)


def test_a_cap_of_nothing_is_used_up():
    assert used_share(Decimal(0), Decimal(0)) == 1
    assert used_share(Decimal(1), Decimal(4)) == Decimal("0.25")


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_tokeniser_over_bytes_makes_more_tokens_than_the_bound(system, user):
    system, user = (text.encode(errors="replace").decode() for text in (system, user))
    prompt = Prompt(system=system, user=user, version="v1", language="en")

    assert most_tokens(prompt, {}) >= len(system.encode()) + len(user.encode())
    assert most_tokens(prompt, {}) >= expected_tokens(system + user)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("止损止盈", 4), ("BTC 止损", 3)])
def test_tokens_are_estimated_by_script(text, tokens):
    assert expected_tokens(text) == tokens


def test_the_most_a_call_costs_counts_every_byte_and_every_allowed_output_token():
    prompt = Prompt(system="a" * 300, user="b" * 98, version="v1", language="en")

    most = most_it_costs(prompt, {}, model="stub-1", prices=PRICES, max_output_tokens=2000)

    assert most == (Decimal(300 + 98 + 2 + 600) * 1 + Decimal(2000) * 10) / 1_000_000


def test_millionths_are_rounded_up():
    assert to_micros(Decimal("0.0000001")) == 1
    assert to_micros(Decimal("1.5")) == 1_500_000
