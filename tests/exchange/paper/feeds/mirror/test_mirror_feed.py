"""The mirror's engine and journal without a network: what is taken in, when, and that it all comes back."""

import json
import random
import time
from decimal import Decimal
from itertools import pairwise

import pytest

from exchange.paper.core.refusals import VenueError
from exchange.paper.core.terms import REALISTIC
from exchange.paper.feeds.intervals import HOUR_MS
from exchange.paper.feeds.mirror.intake import MirrorFeed, Source
from exchange.paper.feeds.mirror.market import MirrorMarket
from exchange.paper.feeds.mirror.tally import Trade
from exchange.paper.journal import Journal, JournalError
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from tests.exchange.paper.scripted import KEY, SECRET, limit_buy, stop_sell, symbol_row

D = Decimal


class Seconds:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Mirror:
    """A host over a feed whose upstream is the test."""

    def __init__(self, home):
        self.seconds = Seconds()
        self.market = MirrorMarket({})
        self.feed = MirrorFeed(self.market, monotonic_s=self.seconds)
        self.home = home
        now_ms = time.time_ns() // 1_000_000
        setting = ClockSetting(start_ms=now_ms, speed=D(1), is_held=False, is_wall=True)
        self.host = open_host(
            journal=Journal(home),
            venue=self.market,
            setting=setting,
            listen_keys=ListenKeys(),
            terms=REALISTIC,
            feed=self.feed,
        )

    def appear(self):
        """The upstream is there with two contracts."""
        rows = [symbol_row(symbol) for symbol in ("BTCUSDT", "ETHUSDT", "BNBUSDT")]
        self.market.show({"timezone": "UTC", "symbols": rows})
        for symbol, price in (("BTCUSDT", "100"), ("ETHUSDT", "50"), ("BNBUSDT", "600")):
            self.trade(symbol, price, "0")
        return self

    def trade(self, symbol, price, quantity="5"):
        self.feed.hear(Source.STREAMS)
        self.feed.trade(symbol, Trade(D(price), D(quantity)))

    def open(self, deposit="10000"):
        self.host.open_account(api_key=KEY, api_secret=SECRET, deposit=deposit)
        return self

    def do(self, command, **values):
        return self.host.execute(command, KEY, values)

    def journaled(self, op):
        lines = (self.home / "journal.jsonl").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["op"] == op]

    @property
    def account(self):
        return self.host.state.accounts[KEY]

    def quantity(self, symbol="BTCUSDT"):
        return sum(leg.quantity for leg in self.account.legs(symbol))


@pytest.fixture
def mirror(tmp_path):
    mirror = Mirror(tmp_path).appear().open()
    yield mirror
    mirror.host.close()


def test_an_order_knows_the_newest_price_of_a_symbol_nobody_followed(mirror):
    mirror.trade("BTCUSDT", "107")

    mirror.do("place_order", **limit_buy(type="MARKET", price="", timeInForce=""))

    assert mirror.account.fills[0].price == D("107.1")


def test_a_price_that_touches_an_order_is_taken_in_at_once(mirror):
    mirror.do("place_order", **limit_buy(price="99"))
    mirror.host.advance()

    mirror.trade("BTCUSDT", "98.9")
    mirror.host.advance()

    assert mirror.quantity() == 1
    assert mirror.account.fills[0].price == 99


def test_prices_that_touch_nothing_are_taken_in_together_and_later(mirror):
    mirror.do("place_order", **limit_buy(price="90"))
    mirror.host.advance()
    before = len(mirror.journaled("intake"))

    for price in ("101", "102", "103", "101.5"):
        mirror.trade("BTCUSDT", price)
        mirror.host.advance()
    kept_back = len(mirror.journaled("intake"))
    mirror.seconds.now += 2
    mirror.host.advance()

    assert kept_back == before
    rows = mirror.journaled("intake")[before:]
    assert len(rows) == 1
    assert [point[1:] for point in rows[0]["rows"]["prices"]["BTCUSDT"]] == [
        ["101", "5"],
        ["103", "10"],
        ["101.5", "5"],
    ]


def test_symbols_without_orders_or_positions_are_not_journaled(mirror):
    before = len(mirror.journaled("intake"))
    for number in range(50):
        mirror.trade("ETHUSDT", str(50 + number))
        mirror.seconds.now += 3
        mirror.host.advance()

    assert len(mirror.journaled("intake")) == before
    assert mirror.market.last_price("ETHUSDT", 0) == 99


def test_both_extremes_between_two_looks_are_met_in_their_order(mirror):
    mirror.do("place_order", **limit_buy(price="99"))
    mirror.do("place_algo_order", **stop_sell(triggerPrice="97", closePosition="", quantity="1", reduceOnly="true"))
    mirror.host.advance()

    for price in ("98.5", "96.9", "104"):
        mirror.trade("BTCUSDT", price)
    mirror.host.advance()

    assert mirror.quantity() == 0
    assert [fill.price for fill in mirror.account.fills] == [D(99), D("96.9")]


def test_without_news_the_source_is_lost_and_nothing_trades(mirror):
    mirror.do("place_order", **limit_buy(price="99"))
    mirror.seconds.now += 10

    with pytest.raises(VenueError) as refused:
        mirror.do("place_order", **limit_buy())
    mirror.do("cancel_order", symbol="BTCUSDT", orderId=str(next(iter(mirror.account.orders))))

    assert (refused.value.status, refused.value.message) == (503, "Service Unavailable.")
    assert mirror.feed.condition()["source"] == "lost"
    mirror.trade("BTCUSDT", "98")
    mirror.do("place_order", **limit_buy(type="MARKET", price="", timeInForce=""))
    assert mirror.account.fills[0].price == D("98.1")


def test_polling_counts_only_while_the_streams_are_silent(mirror):
    mirror.feed.hear(Source.POLLING)
    both = mirror.feed.source
    mirror.seconds.now += 2
    mirror.feed.hear(Source.POLLING)
    mirror.seconds.now += 2

    assert (both, mirror.feed.source) == (Source.STREAMS, Source.POLLING)


def test_changed_rules_reach_the_engine_of_symbols_that_matter(mirror):
    mirror.do("place_order", **limit_buy(price="99"))
    row = symbol_row("BTCUSDT")
    row["filters"][1]["minQty"] = "3"
    mirror.market.show({"timezone": "UTC", "symbols": [row]})

    with pytest.raises(VenueError) as refused:
        mirror.do("place_order", **limit_buy(price="98"))

    assert refused.value.code == -4004


def test_a_contract_that_ends_is_settled(mirror):
    mirror.do("place_order", **limit_buy(type="MARKET", price="", timeInForce=""))
    mirror.do("place_algo_order", **stop_sell())
    mirror.host.advance()

    mirror.market.show({"timezone": "UTC", "symbols": [symbol_row("BTCUSDT") | {"status": "SETTLING"}]})
    mirror.trade("BTCUSDT", "100.5")
    mirror.seconds.now += 3
    deadline = time.monotonic() + 5
    while mirror.quantity() and time.monotonic() < deadline:
        mirror.host.advance()

    assert mirror.quantity() == 0
    assert not mirror.account.open_algos


def test_depth_follows_the_last_closed_hour_where_it_is_known(mirror):
    hour = mirror.host.engine.now_ms // HOUR_MS * HOUR_MS - HOUR_MS
    kline = [hour, "1", "2", "0.5", "1.5", "9", hour + HOUR_MS - 1, "13.5", 3, "4", "6", "0"]
    mirror.feed.see_hour("BTCUSDT", kline)

    mirror.do("place_order", **limit_buy(price="99"))

    now = mirror.host.engine.now_ms
    (bar,) = mirror.market.bars("BTCUSDT", "1h", hour, hour, now)
    assert (bar.open_ms, bar.quote_volume, bar.close) == (hour, D("13.5"), D("1.5"))
    assert mirror.market.bars("BTCUSDT", "1h", now, now, now) == []
    with pytest.raises(ValueError, match="unknown interval"):
        mirror.market.bars("BTCUSDT", "7m", hour, hour, now)


def test_brackets_of_unknown_contracts_are_those_of_a_usual_one(mirror):
    rows = mirror.market.brackets("ETHUSDT")["brackets"]

    assert [row["notionalFloor"] for row in rows[1:]] == [row["notionalCap"] for row in rows[:-1]]
    for below, above in pairwise(rows):
        step = D(str(above["maintMarginRatio"])) - D(str(below["maintMarginRatio"]))
        assert D(above["cum"]) - D(below["cum"]) == step * above["notionalFloor"]
    with pytest.raises(KeyError):
        mirror.market.brackets("NOPEUSDT")


@pytest.mark.parametrize("seed", range(4))
def test_the_journal_alone_gives_the_same_exchange(tmp_path, seed):
    draw, mirror = random.Random(seed), Mirror(tmp_path).appear().open()
    mirror.do("deposit", asset="BNB", amount="3")
    for _ in range(150):
        wander(mirror, draw)
    before, records = mirror.host.engine.snapshot(), list(mirror.host.engine.records)
    mirror.host.journal.close()

    again = Mirror(tmp_path)

    after = again.host.engine.snapshot()
    assert len(records) > 20
    assert after["market_ms"] >= before["market_ms"]
    assert after | {"market_ms": 0} == before | {"market_ms": 0}
    assert list(again.host.engine.records) == records
    again.host.close()


def wander(mirror, draw):
    """One random thing: trades of the market, or a command of the client."""
    symbol = draw.choice(["BTCUSDT", "ETHUSDT", "BNBUSDT"])
    middle = {"BTCUSDT": 100, "ETHUSDT": 50, "BNBUSDT": 600}[symbol]
    kind = draw.random()
    if kind < 0.6:
        for _ in range(draw.randint(1, 5)):
            mirror.trade(symbol, f"{middle * (1 + draw.uniform(-0.04, 0.04)):.1f}", str(draw.randint(0, 4)))
        mirror.seconds.now += draw.choice([0, 0.1, 3])
        mirror.host.advance()
        return
    side = draw.choice(["BUY", "SELL"])
    price = f"{middle * (1 + draw.uniform(-0.03, 0.03)):.1f}"
    try:
        if kind < 0.75:
            mirror.do("place_order", **limit_buy(symbol=symbol, side=side, price=price))
        elif kind < 0.85:
            mirror.do("place_order", **limit_buy(symbol=symbol, side=side, type="MARKET", price="", timeInForce=""))
        elif kind < 0.95:
            mirror.do("place_algo_order", **stop_sell(symbol=symbol, side=side, triggerPrice=price))
        else:
            mirror.do("cancel_all_orders", symbol=symbol)
    except VenueError:
        mirror.host.advance()


def test_a_snapshot_brings_its_prices_back(mirror):
    mirror.do("place_order", **limit_buy(price="95"))
    mirror.host.keep_snapshot("kept")
    before = mirror.host.engine.snapshot()["accounts"]
    mirror.trade("BTCUSDT", "94")
    mirror.host.advance()
    filled = mirror.quantity()

    mirror.host.restore_snapshot("kept")

    assert (filled, mirror.host.engine.snapshot()["accounts"]) == (1, before)
    assert mirror.market.last_price("BTCUSDT", mirror.host.engine.now_ms) == 100


def test_a_mirrors_journal_is_not_replayed_without_a_mirror(tmp_path):
    mirror = Mirror(tmp_path).appear().open()
    mirror.do("place_order", **limit_buy(price="95"))
    mirror.host.close()
    setting = ClockSetting(start_ms=0, speed=D(1), is_held=False, is_wall=True)

    with pytest.raises(JournalError, match="is a mirror"):
        open_host(journal=Journal(tmp_path), venue=MirrorMarket({}), setting=setting, listen_keys=ListenKeys())
