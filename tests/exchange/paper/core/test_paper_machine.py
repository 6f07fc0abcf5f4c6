"""Whatever a client does, in whatever order: the books add up, nothing close-only opens, a replay is identical."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.paper.core.book import REFILL_MS
from exchange.paper.core.engine import Engine
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.terms import REALISTIC
from tests.exchange.paper.scripted import KEY, SECRET, T0, ScriptedMarket

SYMBOLS = st.sampled_from(["BTCUSDT", "ETHUSDT"])
SIDES = st.sampled_from(["BUY", "SELL"])
QUANTITIES = st.sampled_from(["0.1", "0.7", "1", "2.5", "40", "130", "0.001"])
FLAGS = st.booleans()


def wobble(seed, middle):
    """A fixed path that crosses itself often, one point each 20 seconds."""
    rows = [(0, str(middle), "100")]
    for step in range(1, 900):
        seed = (seed * 1103515245 + 12345) % 2**31
        rows.append((step * 20_000, str(Decimal(middle) + Decimal(seed % 121 - 60) / 10), str(Decimal(seed % 30) / 10)))
    return rows


MARKET = ScriptedMarket({"BTCUSDT": wobble(1, 100), "ETHUSDT": wobble(2, 50), "BNBUSDT": [(0, "600", "100")]})


class PaperExchange(RuleBasedStateMachine):
    """Commands go to one engine at once; at the end a second one gets the accepted ones, with time in one stride."""

    @initialize(hedge=FLAGS, isolated=FLAGS)
    def open(self, hedge, isolated):
        self.engine = Engine(MARKET, start_ms=T0, terms=REALISTIC)
        self.accepted = []
        self.seen = 0
        self.execute("open_account", api_key=KEY, api_secret=SECRET, deposit="3000")
        self.hedge = hedge
        if hedge:
            self.execute("set_position_mode", dualSidePosition="true")
        if isolated:
            self.execute("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")

    def execute(self, name, **values):
        before = len(self.engine.records)
        try:
            answer = self.engine.execute(name, KEY, values)
        except VenueError:
            assert len(self.engine.records) == before
            return None
        self.accepted.append((self.engine.now_ms, name, values))
        return answer

    @property
    def account(self):
        return self.engine.account(KEY)

    def position_side(self, is_long):
        return {"positionSide": "LONG" if is_long else "SHORT"} if self.hedge else {}

    @rule(symbol=SYMBOLS, side=SIDES, quantity=QUANTITIES, long=FLAGS, reduce_only=FLAGS)
    def market_order(self, symbol, side, quantity, long, reduce_only):
        more = self.position_side(long) | ({"reduceOnly": "true"} if reduce_only and not self.hedge else {})
        self.execute("place_order", symbol=symbol, side=side, type="MARKET", quantity=quantity, **more)

    @rule(
        symbol=SYMBOLS,
        side=SIDES,
        quantity=QUANTITIES,
        ticks=st.integers(-40, 40),
        time_in_force=st.sampled_from(["GTC", "IOC", "FOK", "GTX", "GTD"]),
        long=FLAGS,
        reduce_only=FLAGS,
    )
    def limit_order(self, symbol, side, quantity, ticks, time_in_force, long, reduce_only):
        price = self.engine.state.last_price(symbol) + Decimal(ticks) / 10
        more = self.position_side(long) | ({"reduceOnly": "true"} if reduce_only and not self.hedge else {})
        if time_in_force == "GTD":
            more["goodTillDate"] = str(self.engine.now_ms + 602_000)
        self.execute(
            "place_order",
            symbol=symbol,
            side=side,
            type="LIMIT",
            quantity=quantity,
            price=f"{price:f}",
            timeInForce=time_in_force,
            **more,
        )

    @rule(
        symbol=SYMBOLS,
        side=SIDES,
        kind=st.sampled_from(["STOP_MARKET", "TAKE_PROFIT_MARKET"]),
        ticks=st.integers(-40, 40),
        form=st.sampled_from(["close", "reduce", "plain"]),
        quantity=QUANTITIES,
        long=FLAGS,
    )
    def algo_order(self, symbol, side, kind, ticks, form, quantity, long):
        trigger = self.engine.state.last_price(symbol) + Decimal(ticks) / 10
        more = {"closePosition": "true"} if form == "close" else {"quantity": quantity}
        if form == "reduce" and not self.hedge:
            more["reduceOnly"] = "true"
        self.execute(
            "place_algo_order",
            algoType="CONDITIONAL",
            symbol=symbol,
            side=side,
            type=kind,
            triggerPrice=f"{trigger:f}",
            **more,
            **self.position_side(long),
        )

    @rule(ticks=st.integers(1, 30), form=st.sampled_from(["close", "quantity", "limit", "market"]))
    def work_on_held_positions(self, ticks, form):
        """What a desk does with each position it holds: stop it, take its profit, close it."""
        for leg in list(self.account.held()):
            price = self.engine.state.last_price(leg.symbol)
            side, away = ("SELL", -ticks) if leg.quantity > 0 else ("BUY", ticks)
            values = {"symbol": leg.symbol, "side": side, "positionSide": leg.position_side.value}
            quantity = {"quantity": f"{abs(leg.quantity):f}"}
            close_only = quantity | ({} if self.hedge else {"reduceOnly": "true"})
            trigger = {"algoType": "CONDITIONAL", "triggerPrice": f"{price + Decimal(away) / 10:f}"}
            if form in ("close", "quantity"):
                what = {"closePosition": "true"} if form == "close" else close_only
                self.execute("place_algo_order", type="STOP_MARKET", **values, **trigger, **what)
            elif form == "limit":
                limit = {"timeInForce": "GTC", "price": f"{price - Decimal(away) / 10:f}"}
                self.execute("place_order", type="LIMIT", **values, **limit, **close_only)
            else:
                self.execute("place_order", type="MARKET", **values, **quantity)

    @rule(number=st.integers(0, 30))
    def cancel_order(self, number):
        orders = list(self.account.orders.values())
        if orders:
            order = orders[number % len(orders)]
            self.execute("cancel_order", symbol=order.symbol, orderId=str(order.order_id))

    @rule(number=st.integers(0, 30))
    def cancel_algo(self, number):
        algos = list(self.account.algos)
        if algos:
            self.execute("cancel_algo_order", algoId=str(algos[number % len(algos)]))

    @rule(symbol=SYMBOLS, algos=FLAGS)
    def cancel_all(self, symbol, algos):
        self.execute("cancel_all_algo_orders" if algos else "cancel_all_orders", symbol=symbol)

    @rule(symbol=SYMBOLS, leverage=st.sampled_from(["1", "5", "20", "75"]))
    def leverage(self, symbol, leverage):
        self.execute("set_leverage", symbol=symbol, leverage=leverage)

    @rule(symbol=SYMBOLS, side=SIDES, rate=st.sampled_from(["0.1", "1", "5"]), quantity=QUANTITIES, long=FLAGS)
    def trailing_stop(self, symbol, side, rate, quantity, long):
        self.execute(
            "place_algo_order",
            algoType="CONDITIONAL",
            symbol=symbol,
            side=side,
            type="TRAILING_STOP_MARKET",
            callbackRate=rate,
            quantity=quantity,
            workingType="MARK_PRICE" if long else "CONTRACT_PRICE",
            **self.position_side(long),
        )

    @rule(
        symbol=SYMBOLS,
        side=SIDES,
        kind=st.sampled_from(["STOP", "TAKE_PROFIT"]),
        ticks=st.integers(-40, 40),
        beyond=st.integers(-10, 10),
        time_in_force=st.sampled_from(["GTC", "IOC", "GTX", "FOK"]),
        long=FLAGS,
    )
    def limit_algo(self, symbol, side, kind, ticks, beyond, time_in_force, long):
        trigger = self.engine.state.last_price(symbol) + Decimal(ticks) / 10
        self.execute(
            "place_algo_order",
            algoType="CONDITIONAL",
            symbol=symbol,
            side=side,
            type=kind,
            triggerPrice=f"{trigger:f}",
            price=f"{trigger + Decimal(beyond) / 10:f}",
            quantity="2.5",
            timeInForce=time_in_force,
            **self.position_side(long),
        )

    @rule(number=st.integers(0, 30), ticks=st.integers(-20, 20), quantity=QUANTITIES)
    def amend(self, number, ticks, quantity):
        orders = list(self.account.open_orders.values())
        if orders:
            order = orders[number % len(orders)]
            self.execute(
                "amend_order",
                symbol=order.symbol,
                side=order.side.value,
                orderId=str(order.order_id),
                quantity=quantity,
                price=f"{order.price + Decimal(ticks) / 10:f}",
            )

    @rule(amount=st.sampled_from(["5", "200", "5000"]), kind=st.sampled_from(["1", "2"]), long=FLAGS)
    def move_margin(self, amount, kind, long):
        self.execute("move_margin", symbol="BTCUSDT", amount=amount, type=kind, **self.position_side(long))

    @rule(amount=st.sampled_from(["10", "900", "3000"]))
    def withdraw(self, amount):
        self.execute("withdraw", amount=amount)

    @rule(burns=FLAGS)
    def burn_fees(self, burns):
        self.execute("deposit", amount="0.01", asset="BNB")
        self.execute("set_fee_burn", feeBurn=str(burns).lower())

    @rule(rate=st.sampled_from(["0.02", "-0.02"]), symbol=SYMBOLS)
    def funding_settles(self, rate, symbol):
        self.execute("set_funding", symbol=symbol, intervalHours="1", rate=rate)
        self.engine.advance((self.engine.now_ms // 3_600_000 + 1) * 3_600_000)

    @rule(symbol=SYMBOLS, quantity=QUANTITIES, long=FLAGS)
    def deleverage(self, symbol, quantity, long):
        self.execute("deleverage", symbol=symbol, quantity=quantity, **self.position_side(long))

    @rule(side=SIDES)
    def risk_it_all(self, side):
        """As much as 75 times leverage carries, so that the path can liquidate it."""
        self.execute("set_leverage", symbol="BTCUSDT", leverage="75")
        for _ in range(10):
            more = self.position_side(side == "BUY")
            self.execute("place_order", symbol="BTCUSDT", side=side, type="MARKET", quantity="110", **more)

    @rule(ms=st.sampled_from([1, 999, 20_000, 600_000]))
    def time_passes(self, ms):
        self.engine.advance(self.engine.now_ms + ms)

    @invariant()
    def wallet_is_the_sum_of_the_ledger(self):
        ledger = self.account.ledger
        for asset in ledger.assets():
            assert ledger.balance(asset) == sum((row.amount for row in ledger.rows if row.asset == asset), Decimal(0))

    @invariant()
    def nobody_owes_anything_when_flat(self):
        if not any(self.account.held()):
            assert self.account.ledger.wallet_balance >= 0
        assert self.account.ledger.balance("BNB") >= 0

    @invariant()
    def a_closed_position_keeps_no_margin(self):
        for leg in self.account.positions.values():
            assert leg.quantity or not leg.isolated_wallet

    @invariant()
    def position_is_the_sum_of_its_fills(self):
        sums = {}
        for fill in self.account.fills:
            signed = fill.quantity if fill.side == "BUY" else -fill.quantity
            key = (fill.symbol, fill.position_side)
            sums[key] = sums.get(key, Decimal(0)) + signed
        assert {key: leg.quantity for key, leg in self.account.positions.items()} == sums

    @invariant()
    def close_only_fills_never_open_or_flip(self):
        held = {}
        for fill in self.account.fills:
            order = self.account.orders[fill.order_id]
            key = (fill.symbol, fill.position_side)
            before = held.get(key, Decimal(0))
            after = before + (fill.quantity if fill.side == "BUY" else -fill.quantity)
            if order.is_close_only:
                assert abs(after) < abs(before)
                assert after * before >= 0
            held[key] = after

    @invariant()
    def closing_orders_have_something_to_close(self):
        for order in self.account.open_orders.values():
            if order.is_close_only:
                assert self.account.position(order.symbol, order.position_side).closable(order.side)
        for algo in self.account.open_algos.values():
            if algo.close_position:
                assert self.account.position(algo.symbol, algo.position_side).closable(algo.side)

    @invariant()
    def isolated_margin_is_part_of_the_wallet(self):
        for leg in self.account.held():
            if not self.engine.state.setting(self.account, leg.symbol).is_isolated:
                assert leg.isolated_wallet == 0

    @invariant()
    def what_takers_took_is_forgotten_in_time(self):
        for rows in self.engine.state.taken.values():
            newest = max(at_ms for at_ms, _ in rows.values())
            assert all(newest - at_ms < REFILL_MS and quantity > 0 for at_ms, quantity in rows.values())

    @invariant()
    def hedge_legs_keep_their_sign(self):
        for leg in self.account.positions.values():
            assert leg.position_side != "LONG" or leg.quantity >= 0
            assert leg.position_side != "SHORT" or leg.quantity <= 0

    @invariant()
    def records_have_no_gaps(self):
        records = self.engine.records
        assert [record.seq for record in records[self.seen :]] == list(range(self.seen + 1, len(records) + 1))
        self.seen = len(records)

    def teardown(self):
        if not hasattr(self, "engine"):
            return
        self.profits_are_those_of_the_fills()
        again = Engine(MARKET, start_ms=T0, terms=REALISTIC)
        for at_ms, name, values in self.accepted:
            again.advance(at_ms)
            again.execute(name, KEY, values)
        again.advance(self.engine.now_ms)
        assert again.snapshot() == self.engine.snapshot()
        assert again.records == self.engine.records

    def profits_are_those_of_the_fills(self):
        """Average cost worked out anew, in fractions, against what was booked fill by fill."""
        held, cost = {}, {}
        for fill in self.account.fills:
            key = (fill.symbol, fill.position_side)
            quantity, paid = held.get(key, Fraction(0)), cost.get(key, Fraction(0))
            signed = Fraction(fill.quantity) * (1 if fill.side == "BUY" else -1)
            closing = min(abs(signed), abs(quantity)) if quantity * signed < 0 else Fraction(0)
            direction = 1 if quantity > 0 else -1
            entry = paid / quantity if quantity else Fraction(0)
            profit = direction * closing * (Fraction(fill.price) - entry)
            assert abs(profit - Fraction(fill.realized_pnl)) <= closing * Fraction(1, 10**9) + Fraction(1, 10**7)
            left = quantity - direction * closing
            opening = signed + direction * closing
            held[key], cost[key] = left + opening, left * entry + opening * Fraction(fill.price)
        booked = sum(row.amount for row in self.account.ledger.rows if row.income_type == "REALIZED_PNL")
        assert booked == sum((fill.realized_pnl for fill in self.account.fills), Decimal(0))


TestPaperExchange = PaperExchange.TestCase
TestPaperExchange.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
