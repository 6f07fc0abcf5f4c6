"""What a set of closed trades says."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.memory.trades import NO_LOSSES, grouped, patterns, ranking, statistics, streak
from tests.advisor.memory.trades import CLOSED, trade


def test_statistics_by_hand():
    found = statistics([trade("3"), trade("1"), trade("-2"), trade("0")])

    assert (found.trades, found.wins, found.losses) == (4, 2, 2)
    assert (found.total, found.best, found.worst) == (2, 3, -2)
    assert (found.average_win, found.average_loss) == (2, -1)
    assert (found.win_ratio, found.profit_factor) == (Decimal("0.5"), 2)


@pytest.mark.parametrize(
    ("results", "factor"), [(["1"], NO_LOSSES), ([], 0), (["-1"], 0), (["0"], 0), (["1", "0"], 999)]
)
def test_the_profit_factor_has_an_answer_without_losses(results, factor):
    assert statistics([trade(result) for result in results]).profit_factor == factor


def test_statistics_are_plain_rows():
    assert statistics([trade("0.5")]).as_row()["total"] == "0.5"


def test_the_best_eight_symbols_by_share_of_wins():
    trades = [trade("1" if number % 3 else "-1", symbol=f"C{number % 10}USDT") for number in range(60)]

    found = ranking(trades)

    assert len(found) == 8
    ratios = [numbers.win_ratio for _symbol, numbers in found]
    assert ratios == sorted(ratios, reverse=True)


def test_patterns_need_five_trades_and_name_side_regime_and_hours():
    winners = [trade("1") for _ in range(5)]
    few = [trade("-1", regime="quiet", closed_at=CLOSED + timedelta(hours=9)) for _ in range(4)]

    assert [name for name, _numbers in patterns(winners + few)] == ["08-12 UTC", "LONG in trending_up"]


def test_trades_are_grouped_by_how_they_were_worked():
    trades = [trade(), trade(adds=1), trade(reduces=2), trade(adds=1, reduces=1)]

    assert list(grouped(trades, lambda each: each.operation)) == ["added", "added_and_reduced", "plain", "reduced"]


@pytest.mark.parametrize(
    ("results", "count"), [([], 0), (["1"], 1), (["-1", "1", "1"], 2), (["1", "-1", "0"], -2), (["1", "-1", "1"], 1)]
)
def test_the_streak_is_counted_from_the_last_close(results, count):
    trades = [trade(pnl, closed_at=CLOSED + timedelta(minutes=number)) for number, pnl in enumerate(results)]

    assert streak(trades[::-1]) == count


RESULTS = st.lists(st.decimals("-1000", "1000", places=2), max_size=20)


@given(RESULTS)
def test_sums_and_shares_belong_together(results):
    found = statistics([trade(str(result)) for result in results])

    assert found.wins + found.losses == found.trades == len(results)
    assert found.total == sum(results, Decimal(0))
    assert found.worst <= found.best
    assert min(found.worst, Decimal(0)) <= found.average_loss <= 0 <= found.average_win <= max(found.best, Decimal(0))
    assert 0 <= found.win_ratio <= 1
    assert found.profit_factor >= 0


@given(RESULTS, st.randoms(use_true_random=False))
def test_the_order_of_trades_changes_no_number(results, chance):
    trades = [trade(str(result)) for result in results]
    shuffled = trades[:]
    chance.shuffle(shuffled)

    assert statistics(shuffled) == statistics(trades)
    assert streak(shuffled[:1]) in (-1, 0, 1)


def test_averages_and_shares_are_rounded_to_four_places():
    found = statistics([trade("1"), trade("1"), trade("-3")])

    assert (found.win_ratio, found.profit_factor) == (Decimal("0.6667"), Decimal("0.6667"))
    assert statistics([trade(pnl) for pnl in ("0.1", "0.1", "0.2")]).average_win == Decimal("0.1333")


@pytest.mark.parametrize(
    ("hour", "band"), [(0, "00-04"), (3, "00-04"), (4, "04-08"), (11, "08-12"), (20, "20-24"), (23, "20-24")]
)
def test_a_trade_belongs_to_the_four_hours_in_which_it_was_opened(hour, band):
    assert trade(opened_at=datetime(2026, 3, 1, hour, 59, 59, tzinfo=UTC)).hours == band


def test_the_hours_are_those_of_utc_whatever_the_clock_says():
    shanghai = timezone(timedelta(hours=8))

    assert trade(opened_at=datetime(2026, 3, 1, 7, 30, tzinfo=shanghai)).hours == "20-24"


@pytest.mark.parametrize(
    ("details", "operation"),
    [
        ({}, "plain"),
        ({"adds": 2}, "added"),
        ({"reduces": 1}, "reduced"),
        ({"adds": 1, "reduces": 3}, "added_and_reduced"),
    ],
)
def test_how_a_position_was_worked_has_one_word(details, operation):
    assert trade(**details).operation == operation


def test_symbols_alike_in_wins_are_ranked_by_what_they_earned_and_then_by_name():
    trades = [
        trade("1", symbol="BUSDT"),
        trade("5", symbol="CUSDT"),
        trade("1", symbol="AUSDT"),
        trade("-1", symbol="D"),
    ]

    assert [name for name, _numbers in ranking(trades)] == ["CUSDT", "AUSDT", "BUSDT", "D"]


def test_the_clearest_pattern_is_told_first_whether_it_wins_or_loses():
    losers = [trade("-1", is_long=False, regime="ranging") for _ in range(5)]
    mixed = [trade("1" if number else "-1") for number in range(5)]

    found = patterns(losers + mixed)

    assert [name for name, _numbers in found] == ["SHORT in ranging", "LONG in trending_up", "08-12 UTC"]


def test_trades_of_an_unknown_regime_are_a_group_of_their_own():
    assert patterns([trade("1", regime="") for _ in range(5)])[1][0] == "LONG in unknown"


def test_without_trades_there_is_nothing_to_say():
    assert (ranking([]), patterns([]), grouped([], lambda each: each.symbol)) == ([], [], {})
