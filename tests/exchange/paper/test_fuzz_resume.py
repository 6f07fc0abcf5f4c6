"""An exchange that is killed, closed and restored at any point writes the same log as one that never stopped."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.paper.core.refusals import VenueError
from exchange.paper.core.terms import REALISTIC
from exchange.paper.journal import Journal
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from tests.exchange.paper.scripted import KEY, SECRET, T0, ScriptedMarket, limit_buy, stop_sell

PATH = [(0, "100", "1000"), *[(i * 900, str(Decimal(1000 + i * 37 % 97 - 48) / 10), "0.6") for i in range(1, 3000)]]
QUANTITIES = st.sampled_from(["0.1", "1", "40", "110"])
SIDES = st.sampled_from(["BUY", "SELL"])
ORDERS = st.builds(
    lambda side, quantity: ("place_order", {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": quantity}),
    SIDES,
    QUANTITIES,
)
RESTING = st.builds(
    lambda side, quantity, price: ("place_order", limit_buy(side=side, quantity=quantity, price=f"{price / 10:.1f}")),
    SIDES,
    QUANTITIES,
    st.integers(950, 1050),
)
STOPS = st.builds(
    lambda side, trigger: ("place_algo_order", stop_sell(side=side, triggerPrice=f"{trigger / 10:.1f}")),
    SIDES,
    st.integers(950, 1050),
)
REST = st.sampled_from(
    [
        ("cancel_all_orders", {"symbol": "BTCUSDT"}),
        ("set_leverage", {"symbol": "BTCUSDT", "leverage": "75"}),
        ("set_position_mode", {"dualSidePosition": "true"}),
        ("set_margin_type", {"symbol": "BTCUSDT", "marginType": "ISOLATED"}),
        ("move_margin", {"symbol": "BTCUSDT", "amount": "50", "type": "1"}),
        ("set_funding", {"symbol": "BTCUSDT", "intervalHours": "1", "rate": "0.001"}),
        ("set_countdown", {"symbol": "BTCUSDT", "countdownTime": "5000"}),
        ("deposit", {"amount": "20"}),
    ]
)
PASSING = st.builds(lambda ms: ("time", {"ms": ms}), st.sampled_from([1, 700, 15_000, 400_000]))
ACTIONS = st.lists(ORDERS | RESTING | STOPS | REST | PASSING, min_size=1, max_size=14)
INTERRUPTIONS = st.lists(st.sampled_from(["none", "kill", "close", "detour"]), min_size=14, max_size=14)


def opened(home):
    setting = ClockSetting(start_ms=T0, speed=Decimal(1), is_held=True)
    return open_host(
        journal=Journal(home),
        venue=ScriptedMarket({"BTCUSDT": PATH}),
        setting=setting,
        listen_keys=ListenKeys(),
        terms=REALISTIC,
    )


def new(home):
    host = opened(home)
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="3000")
    return host


def act(host, action):
    name, values = action
    if name == "time":
        host.change_clock(lambda clock: clock.step(values["ms"]))
        return
    try:
        host.execute(name, KEY, values)
    except VenueError:
        return


def interrupted(host, home, how, extra):
    """The exchange after an interruption; a detour does something else and goes back to before it."""
    if how == "detour":
        host.keep_snapshot("here")
        for action in extra:
            act(host, action)
        host.restore_snapshot("here")
        return host
    if how == "kill":
        host.journal.close()
    elif how == "close":
        host.close()
    return opened(home) if how in ("kill", "close") else host


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions=ACTIONS, interruptions=INTERRUPTIONS, extra=ACTIONS)
def test_interruptions_leave_no_trace(actions, interruptions, extra):
    with tempfile.TemporaryDirectory() as calm_home, tempfile.TemporaryDirectory() as rough_home:
        calm, rough = new(Path(calm_home)), new(Path(rough_home))
        for action, how in zip(actions, interruptions, strict=False):
            act(calm, action)
            act(rough, action)
            rough = interrupted(rough, Path(rough_home), how, extra)

        assert list(rough.engine.records) == list(calm.engine.records)
        assert rough.engine.snapshot() == calm.engine.snapshot()
        assert len(rough.stamps) == len(rough.engine.records)
        calm.close()
        rough.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions=ACTIONS, cut=st.integers(1, 400))
def test_a_journal_torn_at_any_byte_loses_at_most_what_was_never_acknowledged(actions, cut):
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        host = new(home)
        for action in actions:
            act(host, action)
        records = list(host.engine.records)
        host.journal.close()
        path = home / "journal.jsonl"
        whole = path.read_bytes()
        first = whole.index(b"\n", whole.index(b"\n") + 1) + 1
        path.write_bytes(whole[: max(first, len(whole) - cut)])

        again = opened(home)

        known = [(r.kind, r.payload) for r in again.engine.records]
        assert known == [(r.kind, r.payload) for r in records][: len(known)]
        again.close()
