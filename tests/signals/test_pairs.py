"""Which symbols the AI futures bot looks at. Needs neither Django nor a venue."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.pairs import MAJORS, Candidate, Ranking, Record, chosen, due, listed_majors, ranked
from tests.signals.range_market import contract

NOW = datetime(2024, 11, 23, 12, tzinfo=UTC)
VOLUME_ONLY = Ranking(count=2, volatility_share=0.0, funding_share=0.0, record_share=0.0, margin=0.0)


def candidate(symbol, volume, **values) -> Candidate:
    return Candidate(symbol=symbol, quote_volume=Decimal(volume), **values)


def best(candidates, **ranking) -> str:
    """First choice by one measure alone."""
    shares = {"volume_share": 0.0, "volatility_share": 0.0, "funding_share": 0.0, "record_share": 0.0}
    return chosen(candidates, ranking=Ranking(**(shares | ranking)))[0]


def test_the_six_majors_in_their_order():
    listed = [contract(symbol) for symbol in reversed([*MAJORS, "PEPEUSDT"])]

    assert listed_majors(listed) == MAJORS


def test_majors_that_the_venue_does_not_trade_are_left_out():
    listed = [contract("BTCUSDT"), contract("ETHUSDT", status="SETTLING"), contract("SOLUSDT", quote="USDC")]

    assert listed_majors(listed) == ("BTCUSDT",)


def test_the_largest_by_volume_come_first():
    candidates = [candidate("A", 1), candidate("B", 3), candidate("C", 2)]

    assert chosen(candidates, ranking=VOLUME_ONLY) == ("B", "C")


def test_only_the_largest_are_considered():
    candidates = [candidate("SMALL", 1, volatility_pct=9.0), candidate("BIG", 3), candidate("MIDDLE", 2)]

    assert "SMALL" not in {rank.symbol for rank in ranked(candidates, ranking=Ranking(considered=2))}


def test_an_incumbent_stays_considered_a_little_longer():
    candidates = [candidate(f"S{place}", 100 - place) for place in range(6)]
    ranking = Ranking(considered=2, kept_down_to=4)

    seen = {rank.symbol for rank in ranked(candidates, incumbents=["S3", "S5"], ranking=ranking)}

    assert seen == {"S0", "S1", "S3"}


def test_livelier_is_better_but_not_wild():
    candidates = [
        candidate("CALM", 1, volatility_pct=1.0),
        candidate("LIVELY", 1, volatility_pct=5.0),
        candidate("WILD", 1, volatility_pct=15.1),
        candidate("UNKNOWN", 1),
    ]

    assert best(candidates, volatility_share=1.0) == "LIVELY"
    scores = {rank.symbol: rank.score for rank in ranked(candidates, ranking=Ranking(volatility_share=1.0))}
    assert scores["WILD"] == scores["UNKNOWN"]


def test_small_funding_is_better_whoever_pays():
    candidates = [
        candidate("LONGS_PAY", 1, funding_rate=0.002),
        candidate("FAIR", 1, funding_rate=-0.0001),
        candidate("SHORTS_PAY", 1, funding_rate=-0.003),
    ]

    assert best(candidates, funding_share=1.0) == "FAIR"


def test_our_own_record_counts_and_one_win_is_none():
    candidates = [
        candidate("GOOD", 1, record=Record(trades=20, wins=14)),
        candidate("LUCKY", 1, record=Record(trades=1, wins=1)),
        candidate("NEW", 1),
        candidate("BAD", 1, record=Record(trades=20, wins=5)),
    ]

    ranks = [rank.symbol for rank in ranked(candidates, ranking=Ranking(volume_share=0.0))]

    assert ranks == ["GOOD", "LUCKY", "NEW", "BAD"]


def test_a_newcomer_must_be_clearly_better_than_an_incumbent():
    candidates = [candidate(f"S{place}", 100 - place) for place in range(11)]
    ranking = Ranking(count=1, volatility_share=0.0, funding_share=0.0, record_share=0.0, margin=0.15)

    assert chosen(candidates, ranking=ranking) == ("S0",)
    assert chosen(candidates, incumbents=["S1"], ranking=ranking) == ("S1",)
    assert chosen(candidates, incumbents=["S2"], ranking=ranking) == ("S0",)


def test_small_swings_in_volume_do_not_change_the_choice():
    ranking = Ranking(count=2)
    first = [candidate("A", 100), candidate("B", 99), candidate("C", 98), *(candidate(f"Z{n}", n) for n in range(12))]
    swapped = [candidate("A", 100), candidate("B", 97), candidate("C", 98), *(candidate(f"Z{n}", n) for n in range(12))]
    incumbents = chosen(first, ranking=ranking)

    assert set(chosen(swapped, incumbents=incumbents, ranking=ranking)) == set(incumbents)
    assert set(chosen(swapped, ranking=ranking)) != set(incumbents)


def test_equal_candidates_are_ordered_by_name():
    candidates = [candidate("B", 1), candidate("A", 1)]

    assert chosen(candidates) == ("A", "B")


def test_nothing_to_choose_from():
    assert chosen([]) == ()


@pytest.mark.parametrize(
    ("scanned_at", "looked_at"),
    [
        (None, ("HELD", "A", "B")),
        (NOW - timedelta(minutes=5), ("HELD",)),
        (NOW - timedelta(minutes=5, seconds=1), ("HELD", "A", "B")),
    ],
)
def test_held_symbols_are_looked_at_in_every_tick_and_the_others_after_five_minutes(scanned_at, looked_at):
    assert due(["A", "B"], held=["HELD"], scanned_at=scanned_at, now=NOW) == looked_at


def test_a_held_symbol_is_looked_at_once():
    assert due(["A", "B"], held=["B"], scanned_at=None, now=NOW) == ("B", "A")


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.sampled_from([f"S{place}" for place in range(50)]),
        st.integers(0, 10**9),
        volatility_pct=st.none() | st.floats(0, 50),
        funding_rate=st.none() | st.floats(-0.02, 0.02),
        record=st.none() | st.builds(lambda won, lost: Record(trades=won + lost, wins=won), *[st.integers(0, 50)] * 2),
    ),
    unique_by=lambda made: made.symbol,
    max_size=50,
)


@given(candidates=CANDIDATES, seed=st.randoms(use_true_random=False))
def test_the_choice_is_settled(candidates, seed):
    """It does not depend on the order, is never too long, scores lie in 0..1, and choosing again changes nothing."""
    shuffled = list(candidates)
    seed.shuffle(shuffled)
    choice = chosen(candidates)

    assert chosen(shuffled) == choice
    assert len(choice) == min(len(candidates), 6)
    assert all(0 <= rank.score <= 1 for rank in ranked(candidates))
    assert set(chosen(candidates, incumbents=choice)) == set(choice)
