"""While a tier restricts, whatever happens: exposure never grows, and only what closes or protects leaves the desk."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.models import Account
from exchange.errors import ExchangeError
from exchange.types import to_ms
from risk import breaker_store
from risk.breaker_store import note_ai, note_api, tier_of
from risk.states import Intention, Tier, is_allowed
from tests.lockstep import Lockstep
from tests.trading.services.random_day import lift_rate_limits
from tests.trading.services.test_breaker_gate import set_risk, stop
from tests.trading.services.test_entry_limits import set_config
from tests.trading.services.test_manual_limits import WISH
from trading.core.states import ExitReason, PositionStatus
from trading.models import Order, Position
from trading.services.breaker import evaluate_breaker
from trading.services.breaker_gate import breaker_refusal
from trading.services.entry import work_signal
from trading.services.exit_requests import request_close
from trading.services.manual_changes import ExitRefused, request_stop, request_take_profit
from trading.services.manual_entry import EntryRefused, request_entry
from trading.services.reconcile import check
from trading.services.submit import submit
from trading.services.tending import tend
from trading.services.working_entries import work_entries

OPEN, WORKING, FREE = ("DOTUSDT", "XRPUSDT", "LTCUSDT"), "ADAUSDT", ("SOLUSDT", "UNIUSDT")
STEPS = 25
LOST = [("POST", "/fapi/v1/order"), ("POST", "/fapi/v1/algoOrder"), ("GET", "/fapi/v3/positionRisk")]
RESTRICTED = [Tier.CLOSE_ONLY, Tier.HALTED]


class RestrictedDay:
    """Three open positions and an entry at work on the day a tier begins, and everything that may happen then."""

    def __init__(self, lockstep: Lockstep, tier: Tier, seed: int) -> None:
        self.lockstep, self.random, self.day = lockstep, random.Random(seed), 0
        lift_rate_limits(lockstep)
        set_risk(lockstep, api_failures_tier=tier.value, api_failures_minutes=10080, max_balance_age_minutes=0)
        for symbol in (*OPEN, WORKING, *FREE):
            lockstep.market.trade(symbol, to_ms(lockstep.now()) - 1, "8.500")
        set_config(lockstep, max_entries_per_day=10)
        for symbol in OPEN:
            work_signal(lockstep.signal(symbol), lockstep.venue)
        lockstep.deliver()
        set_config(lockstep, max_entries_per_day=10, entry_offset_pct="3")
        work_signal(lockstep.signal(WORKING), lockstep.venue)
        set_config(lockstep, max_entries_per_day=10)

    def trip(self) -> None:
        """The tier begins; the working entry is taken back."""
        for _ in range(5):
            note_api(self.lockstep.account, is_ok=False)
        evaluate_breaker(self.lockstep.venue)
        work_entries(self.lockstep.venue)

    def exposure(self) -> dict[str, Decimal]:
        return {row.symbol: abs(row.quantity) for row in self.lockstep.venue.trading.positions()}

    def raising_at_exchange(self) -> list[str]:
        """Orders at the exchange that could open something."""
        trading = self.lockstep.venue.trading
        ordinary = [order.client_order_id for order in trading.open_orders() if not order.reduce_only]
        conditional = [
            order.client_order_id
            for order in trading.open_algo_orders()
            if not order.reduce_only and not order.close_position
        ]
        return ordinary + conditional

    def happen(self) -> None:
        action = self.random.choice(self.actions())
        try:
            action()
        except (ExchangeError, EntryRefused, ExitRefused):
            return

    def actions(self) -> list[Callable[[], object]]:
        lockstep = self.lockstep
        return [
            self._signal,
            self._order_by_hand,
            self._send_what_was_committed_before,
            self._lose,
            self._change_a_leg,
            self._close,
            self._price,
            self._price,
            self._time,
            self._restart,
            lockstep.lose_events,
            lockstep.deliver,
            self._tend,
            lambda: check(lockstep.venue),
            lambda: work_entries(lockstep.venue),
            lambda: note_api(lockstep.account, is_ok=self.random.random() < 0.5),
            lambda: note_ai(lockstep.account, is_ok=self.random.random() < 0.5),
            lambda: evaluate_breaker(lockstep.venue, falls={"BTCUSDT": Decimal(self.random.choice(["0", "9"]))}),
        ]

    def _signal(self) -> None:
        self.day += 1
        day = self.lockstep.now().date() + timedelta(days=self.day)
        work_signal(self.lockstep.signal(self.random.choice([*OPEN, WORKING, *FREE]), day=day), self.lockstep.venue)

    def _order_by_hand(self) -> None:
        wish = replace(WISH, symbol=self.random.choice([*OPEN, WORKING, *FREE]))
        request_entry(
            wish, account=self.lockstep.account, market=self.lockstep.venue.market, now=self.lockstep.now()
        )  # fmt: skip

    def _send_what_was_committed_before(self) -> None:
        for order in Order.objects.filter(purpose="entry"):
            submit(order, self.lockstep.venue)

    def _lose(self) -> None:
        method, path = self.random.choice(LOST)
        tamper = self.random.choice([self.lockstep.wire.lose_request, self.lockstep.wire.lose_answer])
        tamper(method, path)

    def _one(self) -> Position | None:
        held = list(Position.objects.filter(status=PositionStatus.OPEN).select_related("account", "bot"))
        return self.random.choice(held) if held else None

    def _change_a_leg(self) -> None:
        position = self._one()
        if position is None:
            return
        rules = self.lockstep.venue.rules(position.symbol)
        about = {"rules": rules, "author": "tests", "now": self.lockstep.now()}
        if self.random.random() < 0.5:
            request_stop(position, price=Decimal("9.7"), **about)
        else:
            request_take_profit(position, price=Decimal("6.2"), **about)

    def _close(self) -> None:
        position = self._one()
        if position is not None and self.random.random() < 0.3:
            request_close(position, reason=ExitReason.MANUAL, author="tests", now=self.lockstep.now())

    def _price(self) -> None:
        symbol = self.random.choice([*OPEN, WORKING, *FREE])
        self.lockstep.price(f"{self.random.uniform(5.5, 10.5):.3f}", symbol=symbol)

    def _time(self) -> None:
        self.lockstep.step(self.random.choice([30, 3600, 8 * 3600]))

    def _restart(self) -> None:
        breaker_store._adapter.cache_clear()
        self.lockstep.account = Account.objects.get(pk=self.lockstep.account.pk)

    def _tend(self) -> None:
        for position in Position.objects.exclude(status=PositionStatus.CLOSED).select_related("account", "bot"):
            tend(position, self.lockstep.venue)


def live_through(day: RestrictedDay) -> None:
    before = day.exposure()
    newest = Order.objects.order_by("-pk").values_list("pk", flat=True)[0]
    for _ in range(STEPS):
        day.happen()
        after = day.exposure()
        assert after.items() <= before.items() or all(after[name] <= before.get(name, 0) for name in after)
        assert day.raising_at_exchange() == []
        before = after
    sent = Order.objects.filter(pk__gt=newest, sent_at__isnull=False).values_list("purpose", flat=True)
    assert not {purpose for purpose in sent if purpose in ("entry", "add")}
    assert not is_allowed(Intention.ENTER, tier_of(day.lockstep.account))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("tier", RESTRICTED)
def test_nothing_that_happens_raises_exposure(lockstep: Lockstep, tier: Tier, seed: int) -> None:
    day = RestrictedDay(lockstep, tier, seed)
    day.trip()

    live_through(day)

    assert tier_of(lockstep.account) is tier


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 60))
@pytest.mark.parametrize("tier", RESTRICTED)
def test_nothing_that_happens_raises_exposure_on_many_days(lockstep: Lockstep, tier: Tier, seed: int) -> None:
    day = RestrictedDay(lockstep, tier, seed)
    day.trip()

    live_through(day)


@pytest.mark.parametrize("seed", range(1))
def test_nothing_raises_exposure_after_an_emergency_stop(lockstep: Lockstep, seed: int) -> None:
    day = RestrictedDay(lockstep, Tier.REDUCED, seed)
    stop(lockstep)
    evaluate_breaker(lockstep.venue)
    work_entries(lockstep.venue)

    live_through(day)

    assert tier_of(lockstep.account) is Tier.HALTED


@pytest.mark.parametrize(
    ("intention", "tier", "may_leave"),
    [
        (intention, tier, intention not in (Intention.ENTER, Intention.ADD) or tier in (Tier.ACTIVE, Tier.REDUCED))
        for intention in Intention
        for tier in Tier
    ],
)
def test_the_gate_lets_out_what_the_tier_allows(
    db: None, tmp_path: Path, intention: Intention, tier: Tier, *, may_leave: bool
) -> None:
    lockstep = Lockstep(tmp_path)
    if tier is not Tier.ACTIVE:
        set_risk(lockstep, api_failures_tier=tier.value)
        for _ in range(5):
            note_api(lockstep.account, is_ok=False)
        evaluate_breaker(lockstep.venue)

    assert (breaker_refusal(lockstep.account, intention=intention) is None) is may_leave
