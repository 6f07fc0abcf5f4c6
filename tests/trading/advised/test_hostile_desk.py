"""A hostile adviser at the paper exchange: whatever it says, exposure, leverage, loss and stops keep their limits."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from advisor.models import Decision, Outcome
from risk.models import RiskVersion
from tests.trading.advised.hostile import HostileAdviser
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.core.states import UNFINISHED_CHANGE, ChangeStatus, PositionStatus, Purpose
from trading.models import Position, PositionChange

pytestmark = pytest.mark.django_db
# The breaker would answer three losses with an hour of rest, and most analyses would meet a desk that holds nothing.
TIRELESS = {"consecutive_losses": 0, "ai_failures": 0, "daily_loss_pct": 0, "weekly_loss_pct": 0, "drawdown_pct": 0}
DRIFT = Decimal("1.03")  # what prices may have moved since the entry was measured


class Guard:
    """Looks at the exchange and at our rows after each step and complains of any law that is broken."""

    def __init__(self, desk: RecordedDesk) -> None:
        self.desk = desk
        self.stops: dict[int, Decimal] = {}

    def look(self) -> None:
        equity = self._equity()
        rows = self.desk.venue.trading.positions()
        exposure = sum((abs(row.quantity) * row.mark_price for row in rows), Decimal(0))
        assert exposure <= equity * Decimal("0.30") * DRIFT
        for row in rows:
            stops = [order for order in self.desk.venue.trading.open_algo_orders(row.symbol) if order.close_position]
            assert stops, f"{row.symbol} stands without a stop"
            assert self.desk.venue.trading.symbol_config(row.symbol).leverage <= 10
        for position in Position.objects.filter(status=PositionStatus.OPEN):
            self._look_at(position, equity)

    def _equity(self) -> Decimal:
        snapshot = self.desk.venue.trading.account()
        return snapshot.wallet_balance + snapshot.unrealized_pnl

    def _look_at(self, position: Position, equity: Decimal) -> None:
        assert position.leverage <= 10
        sign = 1 if position.direction == "LONG" else -1
        loss = sign * (position.entry_price - position.stop_price) * position.quantity
        assert loss <= equity * Decimal("0.01") * DRIFT
        self._look_at_changes(position)
        before = self.stops.get(position.pk, position.stop_price)
        assert sign * (position.stop_price - before) >= 0, "a stop was loosened"
        self.stops[position.pk] = position.stop_price

    def _look_at_changes(self, position: Position) -> None:
        """Adds and reduces by count and size; when nothing is at work, the venue's tightest stop is the row's."""
        sign = 1 if position.direction == "LONG" else -1
        changes = list(position.changes.all())
        counted = [
            change.kind for change in changes if change.status not in (ChangeStatus.REFUSED, ChangeStatus.FAILED)
        ]
        assert counted.count("ADD") <= 2
        assert counted.count("REDUCE") <= 3
        first = sum(order.executed_quantity for order in position.orders.filter(purpose=Purpose.ENTRY))
        assert position.quantity <= first * Decimal("2.5")
        if any(change.status in UNFINISHED_CHANGE for change in changes):
            return
        orders = self.desk.venue.trading.open_algo_orders(position.symbol)
        stops = [sign * order.trigger_price for order in orders if order.order_type == "STOP_MARKET"]
        assert max(stops) >= sign * position.stop_price * (1 - sign * Decimal("0.0002")), "the venue's stop is looser"


def endure(home: Path, *, analyses: int, seed: int) -> RecordedDesk:
    """Ask a hostile adviser until it has been asked ``analyses`` times."""
    adviser = HostileAdviser(seed)
    desk = RecordedDesk(
        home,
        advisers=[adviser],
        held_every_seconds=60,
        scan_every_minutes=1,
        cooldown_minutes=0,
        max_entries_per_day=50,
    )
    RiskVersion.objects.create(account=desk.account, number=1, values=TIRELESS, author="tests")
    guard, rounds = Guard(desk), 0
    while Decision.objects.count() < analyses:
        desk.round()
        desk.step(60)
        rounds += 1
        if rounds % 3 == 0:
            desk.check()
        guard.look()
    return desk


def check_the_record(analyses: int) -> None:
    assert Decision.objects.count() >= analyses
    assert not Decision.objects.filter(outcome=Outcome.PENDING, result={}).exists()
    for decision in Decision.objects.exclude(provider="rules"):
        assert decision.symbol == decision.facts["symbol"]
        assert decision.outcome != Outcome.HELD or decision.action == "HOLD"
    assert Decision.objects.filter(outcome=Outcome.REFUSED).count() > analyses / 10
    assert Position.objects.filter(filled_at__isnull=False).exists()
    entries = Position.objects.filter(signal__isnull=False)
    assert all(position.signal.terms["leverage"] <= 10 for position in entries)
    assert not PositionChange.objects.filter(kind="ADD", position__direction="NONE").exists()


def figures() -> dict[str, int]:
    """How the answers ended, and what was carried out because of them."""
    outcomes = Counter(Decision.objects.values_list("outcome", flat=True))
    changes = PositionChange.objects.filter(status=ChangeStatus.DONE, author="adviser")
    done = Counter(changes.values_list("kind", flat=True))
    entered = Position.objects.filter(filled_at__isnull=False)
    return {
        **{str(outcome): count for outcome, count in sorted(outcomes.items())},
        "entered": entered.count(),
        **{f"done {kind}": count for kind, count in sorted(done.items())},
    }


def test_five_hundred_hostile_analyses_move_nothing_out_of_its_limits(tmp_path: Path) -> None:
    endure(tmp_path, analyses=500, seed=7)

    check_the_record(500)


@pytest.mark.long
def test_ten_thousand_hostile_analyses_move_nothing_out_of_their_limits(tmp_path: Path) -> None:
    endure(tmp_path, analyses=10_000, seed=11)

    check_the_record(10_000)
    print(figures())
    assert {"done ADD", "done ADJUST", "done REDUCE"} <= figures().keys()
