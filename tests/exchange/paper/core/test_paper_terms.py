"""The choices of an exchange, as texts of a command line and rows of a journal."""

import pytest

from exchange.paper.core.kinds import PriceMatch, SelfTrade
from exchange.paper.core.terms import REALISTIC, MarkModel, Terms


def test_terms_survive_a_journal():
    assert Terms.of_row(REALISTIC.as_row()) == REALISTIC


def test_texts_are_read():
    terms = Terms.of_row({"mark": "lagging", "has_funding": "true", "algo_self_trade": "NONE"})

    assert (terms.mark, terms.has_funding, terms.algo_self_trade) == (MarkModel.LAGGING, True, SelfTrade.NONE)


@pytest.mark.parametrize("row", [{"moon": "true"}, {"mark": "moon"}, {"has_funding": "maybe"}, {"has_funding": 2}])
def test_what_is_no_term_is_refused(row):
    with pytest.raises(ValueError):
        Terms.of_row(row)


def test_plain_terms_are_the_default():
    assert (Terms().has_funding, Terms().mark) == (False, MarkModel.LAST)


@pytest.mark.parametrize(
    ("match", "is_opponent", "depth"),
    [("OPPONENT", True, 1), ("OPPONENT_20", True, 20), ("QUEUE", False, 1), ("QUEUE_5", False, 5)],
)
def test_matched_prices_name_side_and_level(match, is_opponent, depth):
    assert (PriceMatch(match).is_opponent, PriceMatch(match).depth) == (is_opponent, depth)
