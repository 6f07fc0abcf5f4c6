"""The curve of a bot's result, and rows that the socket tells one by one."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.ai.curve import result_curve, thinned
from dashboard.live.sent_rows import SentRows
from dashboard.snapshots import StateType
from tests import factories
from tests.factories import NOON


@pytest.mark.django_db
def test_each_closed_trade_adds_its_result_after_commission():
    bot = factories.make_bot()
    factories.make_closed_position(bot, closed_at=NOON + timedelta(hours=1), realized_pnl=Decimal("-1.1"))
    factories.make_closed_position(bot, closed_at=NOON)
    factories.make_closed_position(factories.make_bot(bot.account))

    totals = [point["total"] for point in result_curve(bot)]

    assert [Decimal(total) for total in totals] == [Decimal("2.9"), Decimal("1.7")]


@pytest.mark.parametrize("count", [0, 1, 5, 6, 1000])
def test_a_long_curve_is_thinned_and_keeps_its_ends(count: int):
    points = [{"total": str(number)} for number in range(count)]

    kept = thinned(points, most=5)

    assert len(kept) == min(count, 5)
    assert not points or (kept[0], kept[-1]) == (points[0], points[-1])


def test_rows_are_told_once_and_again_when_they_change():
    sent = SentRows()
    first = sent.due(StateType.DECISION, [{"id": 2, "outcome": "held"}, {"id": 1, "outcome": "pending"}])
    again = sent.due(StateType.DECISION, [{"id": 2, "outcome": "held"}, {"id": 1, "outcome": "executed"}])
    newer = sent.due(StateType.DECISION, [{"id": 3, "outcome": "held"}, {"id": 2, "outcome": "held"}])

    assert [row["id"] for row in first] == [1, 2]
    assert list(again) == [{"id": 1, "outcome": "executed"}]
    assert [row["id"] for row in newer] == [3]


def test_other_states_are_told_whole():
    sent = SentRows()

    assert sent.due(StateType.PAIRS, [1, 2]) == sent.due(StateType.PAIRS, [1, 2]) == [[1, 2]]
