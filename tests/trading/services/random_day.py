"""Trading at random, by a seed: entries both ways, partial fills, closes, funding, fees in BNB, and losses of news."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from exchange.types import PositionSide, to_ms
from tests.lockstep import KEY, Lockstep
from trading.core.states import UNRESOLVED, ExitReason, PositionStatus
from trading.models import Order, Position
from trading.services import bookkeeping, reconcile
from trading.services.exit_requests import request_close
from trading.services.manual_entry import EntryRefused, ManualEntry, request_entry
from trading.services.tending import tend, unfinished
from trading.services.working_entries import work_entries

SYMBOLS = {"DOTUSDT": "8.500", "XRPUSDT": "1.100", "ADAUSDT": "0.750"}
STEP_SECONDS = 600
LOST = (
    ("POST", "/fapi/v1/order"),
    ("POST", "/fapi/v1/algoOrder"),
    ("DELETE", "/fapi/v1/algoOrder"),
    ("GET", "/fapi/v1/userTrades"),
    ("GET", "/fapi/v3/positionRisk"),
)


class NoLimits:
    """Stands where the desk's rate budget is."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments, **named: {}


def lift_rate_limits(lockstep: Lockstep) -> None:
    """A day in some seconds: the minutes of the wall say nothing of its rate."""
    client = lockstep.venue.trading._client  # type: ignore[attr-defined]
    client._budget = NoLimits()
    limits = client._app._admission.limits
    limits._limits = dict.fromkeys(limits._limits, 10**9)


@dataclass
class RandomDay:
    """``step`` is ten minutes of the market and what the desk does in them."""

    lockstep: Lockstep
    seed: int
    prices: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        state, now = self.lockstep.host.engine.state, to_ms(self.lockstep.now())
        state.terms = replace(state.terms, has_funding=True)
        lift_rate_limits(self.lockstep)
        self.lockstep.market.trade("BNBUSDT", now - 1000, "600.000")
        for symbol, price in SYMBOLS.items():
            self.prices[symbol] = Decimal(price)
            self.lockstep.market.trade(symbol, now - 1000, price)
        self._control("deposit", asset="BNB", amount="0.02")  # for the first hours; then commissions are in USDT
        self._control("set_fee_burn", feeBurn="true")
        for symbol in SYMBOLS:
            self._control(
                "set_funding", symbol=symbol, intervalHours="1", rate=self.random.choice(["0.0013", "-0.0007"])
            )
        self._control("set_fault", spec=json.dumps({"fault": "fills_split", "pieces": 3, "every": 4}), wall_ms="0")

    def _control(self, command: str, **values: str) -> None:
        self.lockstep.host.execute(command, KEY, values)

    def step(self) -> None:
        self._trade()
        if self.random.random() < 0.2:
            self._lose_something()
        if self.random.random() < 0.3:
            self._ask_for_something()
        self._move_prices()
        if self.random.random() < 0.2:
            self.lockstep.lose_events()
        self.lockstep.deliver()
        self._work()

    def _trade(self) -> None:
        free = set(SYMBOLS) - {row.symbol for row in unfinished(self.lockstep.account)}
        if not free or self.random.random() < 0.4:
            return
        symbol = self.random.choice(sorted(free))
        side = self.random.choice([PositionSide.LONG, PositionSide.SHORT])
        is_limit = self.random.random() < 0.5
        entry = ManualEntry(
            symbol=symbol,
            position_side=side,
            leverage=3,
            stop_loss_pct=Decimal("1.5"),
            take_profit_pct=Decimal("1.5"),
            author="tests",
            margin=Decimal(self.random.randint(50, 400)),
            price=self.prices[symbol] if is_limit else None,
        )
        try:
            with transaction.atomic():
                request_entry(
                    entry, account=self.lockstep.account, market=self.lockstep.venue.market, now=self.lockstep.now()
                )
        except EntryRefused:
            return

    def _lose_something(self) -> None:
        request = self.random.choice(LOST)
        self.random.choice([self.lockstep.wire.lose_answer, self.lockstep.wire.swallow])(*request)

    def _ask_for_something(self) -> None:
        held = Position.objects.filter(status=PositionStatus.OPEN).order_by("id")
        if held:
            position = self.random.choice(list(held))
            request_close(position, reason=ExitReason.MANUAL, author="tests", now=self.lockstep.now())

    def _move_prices(self) -> None:
        work_entries(self.lockstep.venue)
        for part in range(3):
            at = to_ms(self.lockstep.now()) + (part + 1) * STEP_SECONDS * 300
            for symbol in SYMBOLS:
                move = Decimal(self.random.randint(-60, 60)) / 10000
                self.prices[symbol] = (self.prices[symbol] * (1 + move)).quantize(Decimal("0.001"))
                quantity = str(self.random.randint(20, 400))
                self.lockstep.market.trade(symbol, at, str(self.prices[symbol]), quantity)
        self.lockstep.step(STEP_SECONDS)

    def _work(self) -> None:
        """What was sent before the step was sent ten minutes ago, by the wall too."""
        Order.objects.filter(status__in=UNRESOLVED).update(sent_at=timezone.now() - timedelta(minutes=10))
        work_entries(self.lockstep.venue)
        for position in unfinished(self.lockstep.account):
            tend(position, self.lockstep.venue)
        if self.random.random() < 0.5:
            reconcile.check(self.lockstep.venue)
        if self.random.random() < 0.1:
            bookkeeping.close_books(self.lockstep.venue)

    def finish(self) -> None:
        """Close everything, with nothing lost any more."""
        self.lockstep.wire.tampering.clear()
        for position in unfinished(self.lockstep.account):
            request_close(position, reason=ExitReason.MANUAL, author="tests", now=self.lockstep.now())
        for _ in range(30):
            self._move_prices()
            self.lockstep.deliver()
            reconcile.reconcile(self.lockstep.venue)
            if not unfinished(self.lockstep.account):
                break
        self.lockstep.step(STEP_SECONDS)
