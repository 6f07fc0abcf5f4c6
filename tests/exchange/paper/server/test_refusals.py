"""Every code of the venue's error table: the request that provokes it here, or why none can."""

import json
from collections.abc import Callable

import pytest

from exchange.paper.core.checks import check_limit_near_trigger
from exchange.paper.core.refusals import TEXTS, VenueError
from exchange.paper.core.venue import instrument_of
from exchange.paper.server.signing import sign
from exchange.paper.server.weights import ORDERS_PER_10S, RequestLimits
from exchange.types import Side
from tests.exchange.paper.scripted import HOUR_MS, KEY, SECRET, T0, D, symbol_row
from tests.exchange.paper.server.asking import Asking

Open = Callable[..., Asking]
DAY_MS = 24 * HOUR_MS

GENERAL = (1000, 1001, 1002, 1003, 1006, 1007, 1008, 1010, 1011, 1013, 1014, 1015, 1016, 1020, 1021, 1022, 1023, 1099)
REQUEST = (1100, 1101, 1102, 1103, 1104, 1105, 1106, 1108, 1109, 1110, 1111, 1112, 1114, 1115, 1116, 1117, 1118, 1119,
           1120, 1121, 1122, 1125, 1127, 1128, 1130, 1136)  # fmt: skip
PROCESSING = (2010, 2011, 2012, 2013, 2014, 2015, 2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026, 2027,
              2028)  # fmt: skip
FILTERS = (4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4013, 4014, 4015, 4016, 4021, 4023, 4024, 4028, 4031, 4032,
           4044, 4045, 4046, 4047, 4048, *range(4049, 4058), 4059, 4060, 4061, 4062, 4067, 4068, 4082, 4083, 4084,
           4087, 4088, *range(4104, 4110), 4114, 4115, 4116, 4117, 4118, 4120, 4130, 4131, 4135, 4137, 4138, 4139,
           4140, 4141, 4142, 4144, 4161, 4164, 4165, 4167, 4168, 4169, 4170, 4171, 4172, 4183, 4184, 4189, 4192,
           *range(4202, 4212), 4400, 4401, 4402, 4403, 4411, 4509, 4531)  # fmt: skip
EXECUTION = (5021, 5022, 5024, 5025, 5026, 5027, 5028, 5029, 5037, 5038, 5039, 5040, 5041, 5043, 5047)
ALGO = (20121, 20124, 20130, 20132, 20198, 20204)
TABLE = frozenset(-code for code in (*GENERAL, *REQUEST, *PROCESSING, *FILTERS, *EXECUTION, *ALGO))
BESIDE = frozenset({-1135, -4136, -5000})  # produced here, not in that table


def hedged(open_: Open) -> Asking:
    venue = open_()
    venue.done("POST", "positionSide/dual", dualSidePosition="true")
    return venue


def leveraged(open_: Open) -> Asking:
    """At 75 x, which carries no more than 50,000 USDT."""
    venue = open_()
    venue.done("POST", "leverage", symbol="BTCUSDT", leverage=75)
    return venue


def isolated(open_: Open) -> Asking:
    venue = open_()
    venue.done("POST", "marginType", symbol="BTCUSDT", marginType="ISOLATED")
    return venue


def move(venue: Asking, amount: str = "1", kind: str = "1"):
    return venue.ask("POST", "positionMargin", symbol="BTCUSDT", amount=amount, type=kind)


def after(venue: Asking, steps: int, request: Callable[[Asking], tuple]) -> tuple:
    """The last of several equal requests."""
    for _ in range(steps):
        request(venue)
    return request(venue)


def too_many_orders(open_: Open):
    limits = RequestLimits(wall_ns=lambda: 0)
    venue = open_(limits=limits)
    limits.use_order(KEY, recent=ORDERS_PER_10S)
    return venue.order()


def in_debt(open_: Open):
    """Losses beyond the USDT that BNB covers, so that multi-assets mode cannot be left."""
    venue = open_(deposit="0", paths={"BNBUSDT": [(0, "600", "1000")]})
    venue.control("deposit", amount="100", asset="BNB")
    venue.done("POST", "multiAssetsMargin", multiAssetsMargin="true")
    venue.holding("10")
    return venue.ask("POST", "multiAssetsMargin", multiAssetsMargin="false")


def many_stops(open_: Open):
    venue = open_().holding()
    for _ in range(200):
        venue.control("place_algo_order", **stop_by_quantity())
    return venue.algo(closePosition="", quantity="0.1")


def stop_by_quantity() -> dict[str, str]:
    return {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "STOP_MARKET",
        "triggerPrice": "95",
        "quantity": "0.1",
    }


def refused(request: Callable[[], object]) -> tuple:
    """The refusal of what has no endpoint of its own, as an answer."""
    with pytest.raises(VenueError) as refusal:
        request()
    return refusal.value.status, {"code": refusal.value.code, "msg": refusal.value.message}


def near_trigger(side: Side, price: str) -> tuple:
    """The check alone; placing a conditional order does not ask for it."""
    contract = instrument_of(symbol_row("BTCUSDT"))
    return refused(lambda: check_limit_near_trigger(contract, D(price), side=side, trigger=D("100")))


def logon_params() -> dict[str, object]:
    params = {"apiKey": KEY, "timestamp": T0}
    return params | {"signature": sign(f"apiKey={KEY}&timestamp={T0}", SECRET)}


def controlled(open_: Open, side: str) -> Asking:
    return open_(filters={"POSITION_RISK_CONTROL": {"positionControlSide": side}})


def closed(open_: Open) -> Asking:
    return open_(vanished=["BTCUSDT"])


def window(days: int) -> dict[str, int]:
    return {"startTime": T0 - days * DAY_MS, "endTime": T0}


PROVOKED: dict[int, Callable[[Open], tuple]] = {
    -1003: lambda o: after(o(limits=RequestLimits(weight_per_minute=1, wall_ns=lambda: 0)), 1, lambda v: v.get("ping")),
    -1015: too_many_orders,
    -1020: lambda o: o().talk('{"id":1,"method":"order.dance"}'),
    -1021: lambda o: o().ask("GET", "openOrders", timestamp=T0 - 5001),
    -1022: lambda o: o().raw("GET", "/fapi/v1/openOrders", f"timestamp={T0}&signature=00"),
    -1023: lambda o: o().ask("GET", "income", startTime=2, endTime=1),
    -1100: lambda o: o().order(quantity="one"),
    -1101: lambda o: o().raw("GET", "/fapi/v1/klines", "symbol=BTCUSDT&symbol=ETHUSDT&interval=1h"),
    -1102: lambda o: o().order(quantity=""),
    -1106: lambda o: hedged(o).order(positionSide="LONG", reduceOnly="true"),
    -1111: lambda o: o().order(quantity="0.0001"),
    -1112: lambda o: o(paths={"LATEUSDT": [(HOUR_MS, "1", "1")]}).order(symbol="LATEUSDT"),
    -1115: lambda o: o().order(timeInForce="NOW"),
    -1116: lambda o: o().algo(type="LIMIT"),
    -1117: lambda o: o().order(side="UP"),
    -1120: lambda o: o().get("klines", symbol="BTCUSDT", interval="1s"),
    -1121: lambda o: o().order(symbol="NOPE"),
    -1122: lambda o: closed(o).get("klines", symbol="BTCUSDT", interval="1h"),
    -1125: lambda o: o().raw("PUT", "/fapi/v1/listenKey"),
    -1127: lambda o: o().get("aggTrades", symbol="BTCUSDT", **window(1)),
    -1128: lambda o: o().get("aggTrades", symbol="BTCUSDT", fromId=1, startTime=1),
    -1130: lambda o: o().get("klines", symbol="BTCUSDT", interval="1h", limit=1501),
    -1135: lambda o: o().talk("{"),
    -1136: lambda o: o().order(newOrderRespType="FULL"),
    -2011: lambda o: o().ask("DELETE", "order", symbol="BTCUSDT", orderId=1),
    -2013: lambda o: o().ask("GET", "order", symbol="BTCUSDT", orderId=1),
    -2014: lambda o: o().raw("GET", "/fapi/v1/openOrders", key=""),
    -2015: lambda o: o().raw("GET", "/fapi/v1/openOrders", key="nobody"),
    -2018: lambda o: refused(lambda: o().control("withdraw", amount="10001")),
    -2019: lambda o: o(deposit="1").order(),
    -2021: lambda o: o().holding().algo(triggerPrice="100"),
    -2022: lambda o: o().order(side="SELL", price="101", reduceOnly="true"),
    -2025: lambda o: o(filters={"MAX_NUM_ORDERS": {"limit": 1}}).resting().order(),
    -2027: lambda o: leveraged(o).order(quantity="800", price="70"),
    -4002: lambda o: o(filters={"PRICE_FILTER": {"maxPrice": "98"}}).order(),
    -4003: lambda o: o().order(quantity="0"),
    -4004: lambda o: o(filters={"LOT_SIZE": {"minQty": "2"}}).order(),
    -4005: lambda o: o().order(quantity="1001"),
    -4006: lambda o: o().holding().algo(triggerPrice="0"),
    -4013: lambda o: o().order(price="0"),
    -4014: lambda o: o().order(price="99.05"),
    -4015: lambda o: o().order(newClientOrderId="x" * 37),
    -4016: lambda o: o().order(price="151"),
    -4021: lambda o: o().get("depth", symbol="BTCUSDT", limit=7),
    -4023: lambda o: o(filters={"LOT_SIZE": {"stepSize": "0.01"}}).order(quantity="0.015"),
    -4024: lambda o: o().order(side="SELL", price="49"),
    -4028: lambda o: o().ask("POST", "leverage", symbol="BTCUSDT", leverage=200),
    -4031: lambda o: o().holding().algo(workingType="LAST"),
    -4032: lambda o: o().ask("DELETE", "batchOrders", symbol="BTCUSDT", orderIdList=json.dumps(list(range(11)))),
    -4045: many_stops,
    -4046: lambda o: o().ask("POST", "marginType", symbol="BTCUSDT", marginType="CROSSED"),
    -4047: lambda o: o().resting().ask("POST", "marginType", symbol="BTCUSDT", marginType="ISOLATED"),
    -4048: lambda o: o().holding().ask("POST", "marginType", symbol="BTCUSDT", marginType="ISOLATED"),
    -4049: lambda o: move(o().holding()),
    -4050: lambda o: move(isolated(o).holding(), amount="1000000"),
    -4051: lambda o: move(isolated(o).holding(), amount="1000", kind="2"),
    -4054: lambda o: move(isolated(o)),
    -4055: lambda o: move(isolated(o).holding(), amount="0"),
    -4056: lambda o: o().talk(json.dumps({"id": 1, "method": "session.logon", "params": logon_params()})),
    -4059: lambda o: o().ask("POST", "positionSide/dual", dualSidePosition="false"),
    -4060: lambda o: o().order(positionSide="UP"),
    -4061: lambda o: o().order(positionSide="LONG"),
    -4067: lambda o: o().resting().ask("POST", "positionSide/dual", dualSidePosition="true"),
    -4068: lambda o: o().holding().ask("POST", "positionSide/dual", dualSidePosition="true"),
    -4082: lambda o: o().ask("POST", "batchOrders", batchOrders=json.dumps([{}] * 6)),
    -4104: lambda o: o().get("continuousKlines", pair="BTCUSDT", contractType="WEEKLY", interval="1h"),
    -4105: lambda o: controlled(o, "BOTH").order(),
    -4106: lambda o: controlled(o, "BUY").order(),
    -4107: lambda o: controlled(o, "SELL").order(side="SELL", price="101"),
    -4116: lambda o: o().resting().order(newClientOrderId="mine"),
    -4118: lambda o: after(o().holding(), 1, lambda v: v.order(side="SELL", price="110", reduceOnly="true")),
    -4120: lambda o: o().order(type="STOP_MARKET"),
    -4130: lambda o: after(o().holding(), 1, lambda v: v.algo()),
    -4131: lambda o: o(price="1").market(quantity="10"),
    -4135: lambda o: o().algo(
        type="TRAILING_STOP_MARKET",
        triggerPrice="",
        closePosition="",
        quantity="1",
        callbackRate="1",
        activatePrice="99",
    ),
    -4136: lambda o: o().algo(type="STOP", price="95"),
    -4137: lambda o: o().holding().algo(quantity="1"),
    -4138: lambda o: hedged(o).algo(positionSide="LONG", side="BUY", triggerPrice="105"),
    -4140: lambda o: o(row={"status": "PRE_SETTLE"}).order(),
    -4141: lambda o: closed(o).order(),
    -4144: lambda o: o().get("continuousKlines", pair="NOPE", contractType="PERPETUAL", interval="1h"),
    -4161: lambda o: isolated(o).holding().ask("POST", "leverage", symbol="BTCUSDT", leverage=5),
    -4164: lambda o: o().order(quantity="0.001"),
    -4165: lambda o: o().ask("GET", "allOrders", symbol="BTCUSDT", **window(8)),
    -4168: lambda o: isolated(o).ask("POST", "multiAssetsMargin", multiAssetsMargin="true"),
    -4169: in_debt,
    -4170: lambda o: o().resting().ask("POST", "multiAssetsMargin", multiAssetsMargin="true"),
    -4171: lambda o: o().ask("POST", "multiAssetsMargin", multiAssetsMargin="false"),
    -4183: lambda o: near_trigger(Side.BUY, "150.1"),
    -4184: lambda o: near_trigger(Side.SELL, "49.9"),
    -4509: lambda o: o().algo(),
    -5000: lambda o: o().raw("GET", "/fapi/v9/nothing"),
    -5021: lambda o: o().order(timeInForce="FOK"),
    -5022: lambda o: o().order(timeInForce="GTX", price="101"),
    -5026: lambda o: o(row={"maxMoveOrderLimit": 0}).resting().amend(),
    -5027: lambda o: o().resting().amend(price="99"),
    -5037: lambda o: o().order(price="", priceMatch="OPPONENT_20"),
    -5038: lambda o: o().market(priceMatch="QUEUE"),
    -5039: lambda o: o().order(selfTradePreventionMode="MAYBE"),
    -5040: lambda o: o().order(timeInForce="GTD", goodTillDate=T0 + 1000),
    -5041: lambda o: o(price="0.5").order(price="", priceMatch="QUEUE_20", quantity="100"),
    -5047: lambda o: o().resting().amend(reduceOnly="true"),
    -20132: lambda o: after(o().holding(), 1, lambda v: v.algo(closePosition="", quantity="0.1", clientAlgoId="twice")),
}


def reasons(text: str, *codes: int) -> dict[int, str]:
    return {-code: text for code in codes}


ABSENT: dict[int, str] = {
    **reasons("nothing foreseen ends in it; injected as a fault", 1000),
    **reasons("one process has no inner network; injected as a fault", 1001, 1006, 1007, 1008),
    **reasons("never down while it answers; injected as a fault", 1016),
    **reasons("-2014 and -2015 say it", 1002, 1099),
    **reasons("no request reaches the engine unread: -1102 to -1130 say what is wrong with it", 1010, 1013, 1014),
    **reasons("no address lists", 1011),
    **reasons("the venue's futures routes ignore parameters they do not know", 1103, 1104),
    **reasons("an empty parameter counts as not sent: -1102 where it is mandatory", 1105, 1118, 1119),
    **reasons("no parameter names an asset, an account or an instrument type", 1108, 1109, 1110),
    **reasons("-1106 says it", 1114),
    **reasons("every refusal has a code of its own", 2010, 2012, 2020, 4083),
    **reasons("keys are never locked, restricted or of another type; injected as a fault", 2017, 4057),
    **reasons("a liquidation is over before the next request", 2023),
    **reasons("-2022 and -4118 say it", 2024, 2026, 4062),
    **reasons("leverage is checked against the position limit: -2027", 2028),
    **reasons("an order's status never refuses: -2011, -2013", 4000),
    **reasons("a sign is an illegal character: -1100", 4001),
    **reasons("triggers are not held to PRICE_FILTER or a band, as on the demo host", 4007, 4210, 4211),
    **reasons("no request asks for a kind of balance", 4044),
    **reasons("the legs' wallets are one: -4050, -4051", 4052, 4053),
    **reasons("every method is available", 4084),
    **reasons("accounts are never restricted; injected as a fault", 4087, 4088, 4109, 4189, 4192, 4400, 4401),
    **reasons("not in the venue's present list: -4141 says it", 4108),
    **reasons("no transfers between wallets", 4114, 4115),
    **reasons("triggering is over within the instant it begins", 4117),
    **reasons("no field for it: the book of a type is its endpoint's, -1116 and -4120", 4139),
    **reasons("-2021 says it", 4142),
    **reasons("isolated symbols are refused with -4168", 4167),
    **reasons("a negative wallet is refused with -4169", 4172),
    **reasons("no restriction by person, age or country", *range(4202, 4210), 4402, 4403),
    **reasons("no contracts on stocks", 4411),
    **reasons("no coin-margined side", 4531),
    **reasons("modifying checks as placing does: -4141, -4164", 5024, 5029),
    **reasons("only LIMIT orders ever rest", 5025),
    **reasons("one clock for gateway and engine: -1021", 5028),
    **reasons("a modification is over before the next request", 5043),
    **reasons("both services share the checks: -1121, -2011, -2013, -1130", 20121, 20124, 20130),
    **reasons("-4045 says it; no limit on the notional of conditional orders", 20198, 20204),
}  # fmt: skip


@pytest.fixture
def open_(tmp_path):
    """Opens exchanges and closes them after the test."""
    opened: list[Asking] = []

    def open_one(**options):
        opened.append(Asking(tmp_path / str(len(opened)), **options))
        return opened[-1]

    yield open_one
    for venue in opened:
        venue.host.close()


@pytest.mark.parametrize("code", sorted(PROVOKED, reverse=True))
def test_code_is_provoked(open_, code):
    status, content = PROVOKED[code](open_)

    assert content["code"] == code, content
    assert status == {-1003: 429, -1015: 429, -2014: 401, -2015: 401, -5000: 404}.get(code, 400)
    assert "%s" not in content["msg"]


def test_every_code_of_the_table_is_accounted_for():
    assert set(PROVOKED) | set(ABSENT) == TABLE | BESIDE
    assert not set(PROVOKED) & set(ABSENT)


def test_every_text_belongs_to_the_table():
    assert set(TEXTS) <= TABLE | BESIDE
    assert set(PROVOKED) <= set(TEXTS)


class TestTimestamp:
    @pytest.mark.parametrize(
        ("off_ms", "message"),
        [
            (-5001, "Timestamp for this request is outside of the recvWindow."),
            (1000, "Timestamp for this request was 1000ms ahead of the server's time."),
        ],
    )
    def test_refusal_says_on_which_side_it_lies(self, open_, off_ms, message):
        status, content = open_().ask("GET", "openOrders", timestamp=T0 + off_ms)

        assert (status, content) == (400, {"code": -1021, "msg": message})

    @pytest.mark.parametrize("off_ms", [-5000, 0, 999])
    def test_edges_are_accepted(self, open_, off_ms):
        assert open_().ask("GET", "openOrders", timestamp=T0 + off_ms)[0] == 200


class TestRepeatedParameters:
    def test_signed_request_with_a_repeated_name_changes_nothing(self, open_):
        venue = open_()
        text = f"symbol=BTCUSDT&symbol=ETHUSDT&timestamp={T0}"

        status, content = venue.raw("DELETE", "/fapi/v1/allOpenOrders", f"{text}&signature={sign(text, SECRET)}")

        assert (status, content["code"]) == (400, -1101)

    def test_signature_is_looked_at_first(self, open_):
        query = f"symbol=BTCUSDT&symbol=ETHUSDT&timestamp={T0}&signature=00"

        assert open_().raw("DELETE", "/fapi/v1/allOpenOrders", query)[1]["code"] == -1022


class TestPositionRiskControl:
    @pytest.mark.parametrize("side", ["BUY", "LONG"])
    def test_controlled_buys_may_still_close(self, open_, side):
        venue = controlled(open_, side)

        assert venue.market("SELL")[0] == 200
        assert venue.market("BUY", "1")[0] == 200
        assert venue.market("BUY", "1")[1]["code"] == -4106

    @pytest.mark.parametrize("side", ["SELL", "SHORT"])
    def test_controlled_sells_may_still_close(self, open_, side):
        venue = controlled(open_, side).holding()

        assert venue.market("SELL", "2")[1]["code"] == -4107
        assert venue.market("SELL", "1")[0] == 200

    def test_none_is_free(self, open_):
        venue = controlled(open_, "NONE")

        assert venue.order()[0] == venue.order(side="SELL", price="101")[0] == 200


class TestLimitNearTrigger:
    @pytest.mark.parametrize(
        ("side", "price"), [(Side.BUY, "150"), (Side.BUY, "1"), (Side.SELL, "50"), (Side.SELL, "900")]
    )
    def test_prices_within_the_band_pass(self, side, price):
        contract = instrument_of(symbol_row("BTCUSDT"))

        check_limit_near_trigger(contract, D(price), side=side, trigger=D("100"))
