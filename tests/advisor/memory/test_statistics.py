"""What a set of closed trades says."""

from datetime import timedelta
from decimal import Decimal

import pytest

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
