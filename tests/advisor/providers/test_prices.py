"""Costs: never reckoned cheaper than they are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.providers.port import Usage
from advisor.providers.prices import Price, PriceList, parse_prices

LIST = PriceList(
    {
        "gpt-4o": Price(Decimal("2.5"), Decimal(10)),
        "gpt-4o-mini": Price(Decimal("0.15"), Decimal("0.6")),
        "deepseek-": Price(Decimal("0.56"), Decimal("1.68")),
    }
)


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-4o-2026-01", "0.0035"),
        ("gpt-4o-mini", "0.00021"),
        ("deepseek-chat", "0.000728"),
        ("unheard-of", "0.0035"),
    ],
)
def test_the_longest_beginning_of_the_name_prices_a_model_and_the_dearest_an_unknown_one(model, cost):
    assert LIST.cost(model, Usage(1000, 100)) == Decimal(cost)


def test_a_fraction_of_a_millionth_is_rounded_up():
    assert LIST.cost("gpt-4o-mini", Usage(1, 0)) == Decimal("0.000001")


@given(st.integers(0, 10**7), st.integers(0, 10**5))
def test_no_cost_is_below_the_exact_one(tokens_in, tokens_out):
    exact = (Decimal("0.56") * tokens_in + Decimal("1.68") * tokens_out) / 1_000_000

    assert 0 <= LIST.cost("deepseek-chat", Usage(tokens_in, tokens_out)) - exact < Decimal("0.000001")


def test_prices_are_read_from_pairs():
    assert parse_prices({"m": "0.28:0.42"}) == {"m": Price(Decimal("0.28"), Decimal("0.42"))}


@pytest.mark.parametrize("text", ["", "1", "1:", ":1", "a:b", "-1:2", "NaN:1", "1:Infinity"])
def test_a_price_that_is_none_is_refused_by_the_models_name(text):
    with pytest.raises(ValueError, match="price of m"):
        parse_prices({"m": text})


def test_a_list_without_prices_is_refused():
    with pytest.raises(ValueError, match="without prices"):
        PriceList({})
