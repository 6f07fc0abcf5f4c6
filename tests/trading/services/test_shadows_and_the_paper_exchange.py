"""A shadow ends as the same trade ends on the paper exchange: same bars, same desk, same fees.

Agreed of a bar's inside: from its open to the worse extreme, to the better one, to the close, through every tick. The
desk looks at its positions on the opening of bars. Funding is on neither side.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from exchange.types import to_ms
from signals.models import ShadowStatus, ShadowTrade
from tests.lockstep import START, SYMBOL, Lockstep
from trading.core.states import OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.entry import work_signal
from trading.services.shadow_following import follow_due
from trading.services.shadow_plan import plan_shadow

D = Decimal
BAR = timedelta(minutes=5)
HOURS = 74
START_PRICE = D("8.500")


@dataclass(frozen=True)
class Prices:
    """One bar's four prices."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    def turns(self) -> list[Decimal]:
        """The way of a short's price: the worse extreme first."""
        return [self.open, self.high, self.low, self.close]


def flat(price: str, bars: int) -> list[Prices]:
    return [Prices(D(price), D(price), D(price), D(price))] * bars


def sliding(start: str, end: str, bars: int) -> list[Prices]:
    first, last = D(start), D(end)
    ends = [(first + (last - first) * number / bars).quantize(D("0.001")) for number in range(bars + 1)]
    return [Prices(opened, max(opened, closed), min(opened, closed), closed) for opened, closed in pairwise(ends)]


def wandering(seed: int) -> list[Prices]:
    """A random walk that moves some per mille a bar, with wicks."""
    dice, bars, price = random.Random(seed), [], START_PRICE
    for _ in range(HOURS * 12):
        closed = (price * (1 + D(dice.randint(-90, 88)) / 10_000)).quantize(D("0.001"))
        high = (max(price, closed) * (1 + D(dice.randint(0, 30)) / 10_000)).quantize(D("0.001"))
        low = (min(price, closed) * (1 - D(dice.randint(0, 30)) / 10_000)).quantize(D("0.001"))
        bars.append(Prices(price, high, low, closed))
        price = closed
    return bars


COURSES = {
    "stop": flat("8.500", 20) + sliding("8.500", "10.400", 40),
    "gap-over-the-stop": flat("8.500", 20) + flat("10.900", 10),
    "both-in-one-bar": [*flat("8.500", 5), Prices(D("8.500"), D("10.500"), D("5.000"), D("8.400"))],
    "take-profit": sliding("8.500", "5.500", 22),
    "gap-under-the-take-profit": flat("8.500", 4) + flat("5.200", 4),
    "medium-after-2h": sliding("8.500", "8.300", 20) + sliding("8.300", "6.600", 40),
    "passed-when-judged": flat("8.500", 18) + flat("6.600", 12),
    "weak-after-12h": flat("8.500", 150) + sliding("8.500", "7.500", 20),
    "time-limit": flat("8.500", HOURS * 12),
    "wandering": wandering(0),
}


class SideBySide:
    """One signal, entered on the paper exchange and followed as a shadow."""

    def __init__(self, lockstep: Lockstep) -> None:
        self.desk = lockstep
        signal = lockstep.signal()
        shadow = plan_shadow(signal, code="filter_cvd_new_low", venue=lockstep.venue)
        assert shadow is not None
        shadow.save()
        assert work_signal(signal, lockstep.venue) is not None
        lockstep.deliver()

    def live_through(self, bars: list[Prices]) -> None:
        """Give the market these bars from the next full five minutes on, until the trade is over."""
        self.desk.step((self._next_bar() - self.desk.now()).total_seconds())
        for bar in bars:
            if self.trade().is_over:
                self._remember(bar)
                continue
            self._look()
            self._remember(bar)
            self._walk(bar)

    def _next_bar(self) -> datetime:
        now = self.desk.now()
        return now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) + BAR

    def _look(self) -> None:
        """The desk's check, at the openings of bars that judgements fall on."""
        held = self.desk.now() - START
        if any(timedelta(0) <= held - timedelta(hours=hours) < BAR for hours in (2, 12, 72)):
            reconcile.check(self.desk.venue)
            self.desk.deliver()

    def _remember(self, bar: Prices) -> None:
        self.desk.market.bar(
            SYMBOL,
            "5m",
            self._opened_ms(),
            str(bar.close),
            opens=str(bar.open),
            high=str(bar.high),
            low=str(bar.low),
        )

    def _opened_ms(self) -> int:
        known = self.desk.market._bars.get((SYMBOL, "5m"))
        return known[-1].open_ms + 300_000 if known else to_ms(self.desk.now())

    def _walk(self, bar: Prices) -> None:
        opened = to_ms(self.desk.now())
        way = [bar.open]
        for before, after in pairwise(bar.turns()):
            way += [*self._triggers_between(before, after), after]
        for number, price in enumerate(way):
            self.desk.market.trade(SYMBOL, opened + 1000 + number * 5000, str(price))
        self.desk.step(BAR.total_seconds())
        self.desk.deliver()

    def _triggers_between(self, before: Decimal, after: Decimal) -> list[Decimal]:
        """Triggers that stand at the exchange, in the order in which a price on its way passes them."""
        working = Order.objects.filter(status=OrderStatus.NEW, trigger_price__isnull=False)
        standing = set(working.values_list("trigger_price", flat=True))
        low, high = sorted((before, after))
        return sorted((price for price in standing if low < price < high), reverse=after < before)

    def trade(self) -> Position:
        return self.desk.position()

    def shadow(self) -> ShadowTrade:
        return ShadowTrade.objects.select_related("signal").get()


@pytest.fixture
def side_by_side(lockstep: Lockstep) -> SideBySide:
    return SideBySide(lockstep)


def ended_trade(position: Position) -> tuple[object, ...]:
    return (
        position.entry_price,
        position.entered_quantity,
        position.margin,
        position.exit_price,
        position.exit_reason,
        position.realized_pnl - position.commission,
    )


def ended_shadow(shadow: ShadowTrade) -> tuple[object, ...]:
    return (
        shadow.entry_price,
        shadow.quantity,
        shadow.margin,
        shadow.exit_price,
        shadow.exit_reason,
        shadow.result,
    )


@pytest.mark.parametrize("course", COURSES)
def test_a_shadow_makes_what_the_paper_exchange_makes_of_the_same_entry(side_by_side: SideBySide, course: str) -> None:
    check_alike(side_by_side, COURSES[course])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 9))
def test_so_it_does_on_any_course(side_by_side: SideBySide, seed: int) -> None:
    check_alike(side_by_side, wandering(seed))


def check_alike(side_by_side: SideBySide, bars: list[Prices]) -> None:
    side_by_side.live_through(bars)
    side_by_side.desk.step(3600)

    follow_due(side_by_side.desk.venue.market, now=side_by_side.desk.now())

    assert side_by_side.trade().status == PositionStatus.CLOSED
    assert side_by_side.shadow().status == ShadowStatus.ENDED
    assert ended_shadow(side_by_side.shadow()) == ended_trade(side_by_side.trade())
