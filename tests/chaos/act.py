"""One case on its contract: how it gets its position, what is asked of the desk, and whether all agree again."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2

from exchange.types import OrderRequest, OrderType, PositionSide, Side
from tests.chaos.changing import ENTRY_STYLES, Asked, gap_for, wanted_change
from tests.chaos.desk import DrillDesk
from tests.chaos.matrix import ADDS, CHANGES, ENDS_FLAT, STARTS_OPEN, STARTS_RESTING, Case, State

MARGIN_USDT, LEVERAGE = "60", 3
GAP_SEEN = Decimal("0.01")
GIVES_WAY_PCT = Decimal("0.3")  # a limit of an order in steps lies about the market, or it is refused
EXITS_PCT = "4"  # stop and take-profit of an order by hand
# Percent against a short. Beyond 10, the exchange's price filter lets nobody close until the mark price has followed.
GAPS = {State.RESTING_ENTRY: 5, State.STOP_FIRING: 6, State.TARGET_REACHED: -6}


@dataclass(slots=True)
class Scene:
    """A case being played. ``number`` is never used twice on one desk."""

    desk: DrillDesk
    case: Case
    symbol: str
    number: int
    asked: Asked | None = None

    def set_up(self) -> None:
        """Ask for the position the case starts from."""
        state = self.case.state
        if state in STARTS_OPEN:
            self._order(key="open", order_type="MARKET")
        elif state in STARTS_RESTING:
            self._order(key="open", order_type="LIMIT", price=self._beyond(Decimal(3)))
        elif state is State.FOREIGN:
            self._foreign(Side.SELL, PositionSide.SHORT)

    def is_set_up(self, row: dict[str, Any]) -> bool:
        """Whether the position stands as the case wants it, by the exchange and by our rows."""
        if self.case.state in STARTS_OPEN:
            return row["unfinished"] == ["open"] and len(row["live"]) == 2 and self.agrees(row)
        if self.case.state in STARTS_RESTING:
            return row["unfinished"] == ["pending"] and row["live"] == self.desk.sight.client_ids(self.symbol) != []
        return self.case.state is not State.FOREIGN or self.desk.sight.open_quantity(self.symbol) != 0

    def act(self) -> None:
        """What is asked while the fault is in force."""
        state = self.case.state
        if state is State.MARKET_ENTRY:
            self._twice(lambda: self._order(key="act", order_type="MARKET"))
        elif state in (State.SIGNAL_ENTRY, State.FOREIGN):
            self._signal()
        elif state is State.CLOSING:
            self._twice(lambda: self.desk.post(f"close/{self.symbol}", {}))
        elif state is State.CANCELLING:
            self.desk.post(f"positions/{self._position()}/cancel-entry", {})
        elif state is State.STOP_MOVING:
            self.desk.post(f"positions/{self._position()}/stop", {"price": self._beyond(Decimal(3))})
        elif state in CHANGES:
            self._change()
        elif state in ENTRY_STYLES:
            self._enter_in_steps()
        elif state is State.DELEVERAGED:
            side = {"positionSide": self._side()} if self.case.is_hedge else {}
            self.desk.set_control("POST", "deleverage", {"account": self.desk.api_key, "symbol": self.symbol} | side)
        if state in GAPS:
            percent = GAPS[state] if self.case.is_short else -GAPS[state]
            gap = {"fault": "price_gap", "symbol": self.symbol, "percent": str(percent)}
            self.desk.set_control("POST", "faults", gap)

    def _change(self) -> None:
        """Ask for the change by a double click; an ADD when the price has gone the position's way."""
        open_ = abs(self.desk.sight.open_quantity(self.symbol))
        self.asked = Asked.of_change(self.case.state, open_)
        if self.case.state in ADDS:
            self.desk.set_control("POST", "faults", gap_for(self.symbol, is_short=self.case.is_short))
            self._await_gap()
        position, price = self._position(), self._price()
        body = wanted_change(self.case.state, price=price, is_short=self.case.is_short)
        self._twice(lambda: self.desk.post(f"positions/{position}/changes", body, key=f"{self.number}-change"))

    def _await_gap(self) -> None:
        before, deadline = self._price(), time.monotonic() + 20
        while abs(self._price() / before - 1) < GAP_SEEN and time.monotonic() < deadline:
            time.sleep(0.05)

    def _enter_in_steps(self) -> None:
        style = ENTRY_STYLES[self.case.state]
        self.asked = Asked.of_entry(Decimal(MARGIN_USDT) * LEVERAGE / self._price(), style)
        more = {"order_type": "MARKET"}
        if self.case.state is State.GIVING_WAY:
            more = {"order_type": "LIMIT", "price": self._beyond(GIVES_WAY_PCT)}
        self._twice(lambda: self._order(key="act", style=style, **more))

    def agrees(self, row: dict[str, Any]) -> bool:
        """Nothing is unanswered, and the exchange shows what our rows say: quantity, orders, a stop as wanted."""
        sight = self.desk.sight
        if self.case.state is State.FOREIGN:
            return not row["waiting"] and not row["unfinished"]
        if row["waiting"] or set(row["unfinished"]) - {"open"}:
            return False
        if Decimal(row["open"]) != sight.open_quantity(self.symbol) or row["live"] != sight.client_ids(self.symbol):
            return False
        return not row["unfinished"] or sight.stop_triggers(self.symbol) == [Decimal(row["stop_price"])]

    def is_done(self, row: dict[str, Any]) -> bool:
        """The desk has come to where the case must end."""
        return self.agrees(row) and not (self.case.state in ENDS_FLAT and row["unfinished"])

    def go_flat(self, row: dict[str, Any]) -> None:
        """Ask for the end of what is left; a foreign position is closed by its owner."""
        if self.case.state is State.FOREIGN:
            if self.desk.sight.open_quantity(self.symbol):
                self._foreign(Side.BUY, PositionSide.SHORT)
        elif row["unfinished"]:
            self.desk.post(f"close/{self.symbol}", {})

    def left(self, row: dict[str, Any]) -> list[str]:
        """What still stands anywhere."""
        found = [f"{status} position" for status in row["unfinished"]] + [f"our {name}" for name in row["live"]]
        found += [f"order {name} at the exchange" for name in self.desk.sight.client_ids(self.symbol)]
        if row["waiting"]:
            found.append(f"{row['waiting']} unanswered")
        quantity = self.desk.sight.open_quantity(self.symbol)
        return found + ([f"{quantity:f} open at the exchange"] if quantity else [])

    def _order(self, *, key: str, **more: str) -> Any:
        side = "SHORT" if self.case.is_short else "LONG"
        body = {"symbol": self.symbol, "position_side": side, "margin_usdt": MARGIN_USDT, "leverage": LEVERAGE}
        body |= {"sl_pct": EXITS_PCT, "tp_pct": EXITS_PCT, **more}
        return self.desk.post("order", body, key=f"{self.number}-{key}")

    def _twice(self, ask: Any) -> None:
        """A double click."""
        ask()
        ask()

    def _signal(self) -> None:
        now = httpx2.get(f"{self.desk.paper}/control/clock", timeout=10).json()["market_ms"]
        self.desk.ask(do="signal", symbol=self.symbol, price=str(self._price()), now_ms=now, day=self.number)

    def _side(self) -> str:
        if not self.case.is_hedge:
            return PositionSide.BOTH.value
        return (PositionSide.SHORT if self.case.is_short else PositionSide.LONG).value

    def _foreign(self, side: Side, position_side: PositionSide) -> None:
        quantity = abs(self.desk.sight.open_quantity(self.symbol)) or self._foreign_quantity()
        self.desk.exchange().place_order(
            OrderRequest(
                symbol=self.symbol,
                side=side,
                position_side=position_side if self.case.is_hedge else PositionSide.BOTH,
                order_type=OrderType.MARKET,
                quantity=quantity,
                client_order_id=f"by-hand-{self.number}-{side.value.lower()}",
                reduce_only=side is Side.BUY and not self.case.is_hedge,
            )
        )

    def _foreign_quantity(self) -> Decimal:
        return (Decimal(50) / self._price()).quantize(Decimal(1)) or Decimal(1)

    def _position(self) -> int:
        return int(self.desk.ask(do="state", symbols=[self.symbol])[self.symbol]["positions"][0])

    def _price(self) -> Decimal:
        """The last price; waits for an exchange that is away."""
        address, deadline = f"{self.desk.paper}/fapi/v2/ticker/price", time.monotonic() + 20
        while True:
            try:
                return Decimal(httpx2.get(address, params={"symbol": self.symbol}, timeout=10).json()["price"])
            except httpx2.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _beyond(self, percent: Decimal) -> str:
        """A price so far on the losing side."""
        away = percent if self.case.is_short else -percent
        return f"{self._price() * (1 + away / 100):.5g}"
