"""The same seed and the same requests give the same exchange; a journal of it gives it back."""

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.core.refusals import VenueError
from exchange.paper.faults.control import add_faults, clear_faults
from exchange.paper.faults.matching import asked
from exchange.paper.faults.tending import tend
from exchange.paper.faults.treatment import treatment_of
from exchange.paper.journal import Journal
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from tests.exchange.paper.scripted import KEY, SECRET, T0, ScriptedMarket, stop_sell

PATH = [(0, "100", "1000"), *[(i * 500, str(100 - i % 9), "0.4") for i in range(1, 200)]]
CHANCE = st.sampled_from([None, 0.3, 0.7])
OFTEN = st.fixed_dictionaries({"probability": CHANCE, "after": st.integers(0, 2), "every": st.integers(1, 2)})
ON_SYMBOL = {"symbol": "BTCUSDT"}


def word(name, often=OFTEN, **fields):
    return often.map(lambda chosen: {"fault": name} | fields | {k: v for k, v in chosen.items() if v is not None})


FAULTS = st.one_of(
    word("request_lost"),
    word("server_error", executed=True),
    word("fills_split", pieces=3),
    word("fills_doubled"),
    word("fills_reordered"),
    word("fills_rest_only"),
    word("event_gap"),
    word("stop_vanishes", later_market_s=3),
    word("stop_child_rejected"),
    word("stop_child_expired"),
    word("stop_child_partly_filled"),
    word("stream_silent", st.just({"in_market_s": 2, "for_market_s": 5})),
    word("price_gap", st.just(ON_SYMBOL), percent=-6, in_market_s=4, for_market_s=9),
    word("symbol_halted", st.just(ON_SYMBOL), in_market_s=6, for_market_s=4),
    word("filters_changed", st.just(ON_SYMBOL), tick_size="0.5", in_market_s=3),
)
STEPS = st.lists(st.sampled_from(["buy", "sell", "rest", "stop", "wait", "long_wait", "clear"]), max_size=14)


class Listener:
    """What a stream would have been sent."""

    def __init__(self):
        self.heard = []

    def record(self, record):
        self.heard.append(record.seq)

    def key_expired(self, listen_key, market_ms): ...

    def disconnect(self, account, code): ...


def opened(home):
    setting = ClockSetting(start_ms=T0, speed=Decimal(1), is_held=True)
    venue = ScriptedMarket({"BTCUSDT": PATH})
    return open_host(journal=Journal(home), venue=venue, setting=setting, listen_keys=ListenKeys())


def request(host, name, command, values):
    """A request as the rim treats it; refusals of the exchange itself are part of the story."""
    treatment = treatment_of(host, asked(name=name, account=KEY, values=values), peer="")
    if treatment.is_lost or (treatment.refusal is not None and not treatment.is_executed):
        return "kept out"
    try:
        host.execute(command, KEY, values)
    except VenueError as refusal:
        return str(refusal)
    return "done"


def play(host, *, seed, rows, steps):
    """One story from the beginning; returns how each request went and what a stream heard."""
    listener = Listener()
    host.listeners.append(listener)
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
    add_faults(host, json.dumps({"seed": seed, "faults": rows}))
    outcomes = [_take(host, step, number) for number, step in enumerate(steps)]
    return outcomes, listener.heard


def _take(host, step, number):
    tend(host)
    if step in ("wait", "long_wait"):
        host.change_clock(lambda clock: clock.step(700 if step == "wait" else 5000))
        return "waited"
    if step == "clear":
        return clear_faults(host, None)["seed"]
    if step == "stop":
        return request(host, "POST /fapi/v1/algoOrder", "place_algo_order", stop_sell(closePosition="", quantity="1"))
    values = {"symbol": "BTCUSDT", "side": "SELL" if step == "sell" else "BUY", "quantity": "1"}
    values |= {"type": "LIMIT", "price": "97", "timeInForce": "GTC"} if step == "rest" else {"type": "MARKET"}
    values["newClientOrderId"] = f"{step}-{number}"
    return request(host, "POST /fapi/v1/order", "place_order", values)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), rows=st.lists(FAULTS, min_size=1, max_size=4), steps=STEPS)
def test_same_seed_and_requests_give_the_same_exchange_and_so_does_its_journal(tmp_path_factory, seed, rows, steps):
    home = tmp_path_factory.mktemp("first")
    first, second = opened(home), opened(tmp_path_factory.mktemp("second"))
    story = play(first, seed=seed, rows=rows, steps=steps)
    again = play(second, seed=seed, rows=rows, steps=steps)
    snapshot, records = first.engine.snapshot(), list(first.engine.records)
    first.journal.close()

    resumed = opened(home)

    assert again[0] == story[0]
    assert second.engine.snapshot() == snapshot
    assert list(second.engine.records) == records
    assert again[1] == story[1]
    assert resumed.engine.snapshot() == snapshot
    assert list(resumed.engine.records) == records
    resumed.journal.close()
    second.journal.close()


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(FAULTS, min_size=1, max_size=3), steps=STEPS)
def test_whatever_faults_there_are_the_books_stay_whole(tmp_path_factory, rows, steps):
    host = opened(tmp_path_factory.mktemp("books"))

    play(host, seed=1, rows=rows, steps=steps)

    account = host.engine.account(KEY)
    bought = sum(fill.quantity if fill.side == "BUY" else -fill.quantity for fill in account.fills)
    assert account.ledger.wallet_balance == sum(row.amount for row in account.ledger.rows)
    assert account.position("BTCUSDT", "BOTH").quantity == bought
    assert all(order.executed <= order.quantity for order in account.orders.values())
    host.journal.close()


def test_other_seed_tells_another_story(tmp_path):
    rows, steps = [{"fault": "request_lost", "probability": 0.5}], ["buy"] * 12

    stories = []
    for seed in (1, 2):
        host = opened(tmp_path / str(seed))
        stories.append(play(host, seed=seed, rows=rows, steps=steps)[0])
        host.journal.close()

    assert stories[0] != stories[1]
    assert all({"done", "kept out"} == set(story) for story in stories)
