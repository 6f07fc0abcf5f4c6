"""Our messages against captured and documented ones: the same members with the same types, or a reason for it.

A member that is null in a sample tells nothing of its type. Samples are of several years; what came later is named.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from exchange.binance import parsing
from exchange.binance.events import PARSERS, frame_payload, user_event
from tests.exchange.paper.server.catalogue import market_messages, user_messages

SAMPLES = json.loads((Path(__file__).parent / "samples/messages.json").read_text())["samples"]
HERE = "GET /futures/data/"
COUNTERPARTS = {
    "agg_trade_stream": "aggTrade",
    "book_ticker_stream": "bookTicker",
    "depth_update_stream": "depth",
    "kline_stream_closed": "closed kline",
    "kline_stream_open": "kline",
    "liquidation_stream": "force order",
    "mark_price_stream": "markPrice",
    "ticker_stream": "ticker",
    "trade_stream": "trade",
    "ws_futures_book_ticker": "bookTicker",
    "ws_futures_depth_diff_update": "depth",
    "ws_futures_depth_update": "partial depth",
    "ws_futures_ticker_24hr": "ticker",
    "account_update": "account",
    "account_update_bnfcr": "account",
    "algo_update_canceled": "cancelled algo",
    "algo_update_new": "new algo",
    "order_update_adl": "deleveraging",
    "order_update_calculated": "liquidation",
    "order_update_delivery": "settlement",
    "order_update_insurance": "liquidation",
    "order_update_new": "child of a trailing stop",
    "order_update_settlement": "settlement",
    "order_update_trade": "fill",
    "order_update_trade_partial": "partial fill",
    "trade_lite": "trade lite",
    "ws_futures_trade_lite": "trade lite",
    "ws_futures_algo_update_finished": "finished algo",
    "ws_futures_algo_update_finished_canceled": "finished algo",
    "ws_futures_algo_update_triggered": "triggered algo",
    "ws_futures_algo_update_triggering": "triggering algo",
    "ws_futures_order_update_adl": "deleveraging",
    "ws_futures_order_update_adl_filled": "deleveraging",
    "ws_futures_order_update_liquidation": "liquidation",
    "ws_futures_order_update_liquidation_zero_qty": "liquidation",
    "ws_futures_order_update_new_limit_if_touched_price_match": "new order",
    "ws_futures_order_update_new_price_match": "new order",
    "ws_futures_order_update_new_reduce_only_qty": "new order",
    "ws_futures_order_update_new_stop_limit_price_match": "new order",
    "ws_futures_order_update_settlement": "settlement",
    "ws_futures_order_update_trade_reduce_only_qty": "fill",
    "account_info_v2": "GET /fapi/v2/account",
    "balance": "GET /fapi/v2/balance",
    "open_algo_orders": "GET openAlgoOrders",
    "order_response": "GET order",
    "position_risk": "GET /fapi/v2/positionRisk",
    "http_futures_account_orders": "GET openOrders",
    "http_futures_account_position_side_dual": "GET positionSide/dual",
    "http_futures_account_positions_hedge": "GET /fapi/v2/positionRisk",
    "http_futures_account_positions_one_way": "GET /fapi/v2/positionRisk",
    "http_futures_account_symbol_config": "GET symbolConfig",
    "http_futures_account_trades": "GET userTrades",
    "http_futures_market_agg_trades": "GET aggTrades",
    "http_futures_market_asset_index": "GET assetIndex",
    "http_futures_market_book_ticker": "GET ticker/bookTicker",
    "http_futures_market_continuous_klines": "GET continuousKlines",
    "http_futures_market_depth": "GET depth",
    "http_futures_market_exchange_info": "GET exchangeInfo",
    "http_futures_market_funding_rate": "GET fundingRate",
    "http_futures_market_global_long_short_account_ratio": HERE + "globalLongShortAccountRatio",
    "http_futures_market_historical_trades": "GET historicalTrades",
    "http_futures_market_index_price_klines": "GET indexPriceKlines",
    "http_futures_market_klines": "GET klines",
    "http_futures_market_mark_price_klines": "GET markPriceKlines",
    "http_futures_market_open_interest": "GET openInterest",
    "http_futures_market_open_interest_historical": HERE + "openInterestHist",
    "http_futures_market_premium_index": "GET premiumIndex",
    "http_futures_market_taker_long_short_ratio": HERE + "takerlongshortRatio",
    "http_futures_market_ticker_24hr": "GET ticker/24hr",
    "http_futures_market_ticker_price": "GET ticker/price",
    "http_futures_market_top_long_short_account_ratio": HERE + "topLongShortAccountRatio",
    "http_futures_market_top_long_short_position_ratio": HERE + "topLongShortPositionRatio",
    "http_futures_market_trades": "GET trades",
    "http_futures_wallet_commission_rate_btcusdt": "GET commissionRate",
    "http_futures_wallet_commission_rate_btcusdt_quarterly": "GET commissionRate",
    "http_futures_wallet_commission_rate_ethusdt": "GET commissionRate",
}
WITHOUT_COUNTERPART = {
    "order_update_calculated_pending": "liquidations here are carried out in the moment they begin",
    "http_futures_market_index_info": "no composite index is listed",
}


TRAILING_ONLY = "trailing stops only, says the venue's description; these captures are older or fill in nothing"
LATER = "in the venue's description of 2026, later than the sample"
ORDER_EVENT = {
    "o.AP -": TRAILING_ONLY,
    "o.cr -": TRAILING_ONLY,
    "o.gtd +": LATER,
    "o.pm +": LATER,
    "o.er +": LATER,
    "o.N +": "a settlement costs a fee here as any other closing does",
    "o.n +": "a settlement costs a fee here as any other closing does",
    "o.N -": "absent without a fee, says the venue's description",
    "o.n -": "absent without a fee, says the venue's description",
    "o.W -": "in no description of the futures stream",
}
ALGO_EVENT = {"o.rm +": "may be absent or empty, says the venue's description"}
INTEGER_TIME = {"timestamp type": "an integer since 2026-07-14"}
ALLOWED = {
    "aggTrade": {"nq +": "since 2026-06-09"},
    "GET aggTrades": {"nq +": "since 2026-06-09"},
    "markPrice": {"ap +": "since 2026-03-26"},
    "ticker": {"ps +": "since 2026-06-24"},
    "depth": {"ps +": "since 2026-06-24", "st +": "since 2026-06-24"},
    "force order": {"ps +": "since 2026-06-24", "st +": "since 2026-06-24"},
    "account": {"a.P.ma +": LATER},
    **dict.fromkeys(
        ("new order", "child of a trailing stop", "partial fill", "fill", "liquidation", "deleveraging", "settlement"),
        ORDER_EVENT,
    ),
    **dict.fromkeys(("triggering algo", "triggered algo", "finished algo"), ALGO_EVENT),
    "GET /fapi/v2/account": {
        "feeBurn +": LATER,
        "positions.breakEvenPrice +": LATER,
    },
    "GET /fapi/v2/positionRisk": {
        "breakEvenPrice +": LATER,
        "isolatedWallet +": LATER,
        "notional +": LATER,
    },
    "GET openAlgoOrders": {
        "type -": "the sample's own name for orderType",
        **{
            f"{name} +": "the sample is a part of a row only"
            for name in (
                "actualOrderId", "actualPrice", "closePosition", "goodTillDate", "icebergQuantity", "orderType",
                "price", "priceMatch", "priceProtect", "selfTradePreventionMode", "slPrice", "slTriggerPrice",
                "tpOrderType", "tpPrice", "tpTriggerPrice", "triggerTime",
            )
        },
    },
    "GET openOrders": {
        "activatePrice -": "trailing stops, which are conditional orders of their own since 2025-12-09",
        "priceRate -": "trailing stops, which are conditional orders of their own since 2025-12-09",
        "priceMatch +": LATER,
        "goodTillDate +": LATER,
        "selfTradePreventionMode +": LATER,
    },
    "GET userTrades": {"baseQty +": "since 2026-08-07", "pair +": "since 2026-08-07"},
    "GET ticker/bookTicker": {"lastUpdateId +": "seen live"},
    "GET exchangeInfo": {
        "symbols.maxMoveOrderLimit +": "seen live",
        "symbols.settlePlan -": "in the documents, absent live",
    },
    "GET fundingRate": {"markPrice +": LATER, "rateType +": "since 2026-07-28"},
    "GET historicalTrades": {"isRPITrade +": LATER},
    "GET trades": {"isRPITrade +": LATER},
    "GET commissionRate": {"rpiCommissionRate +": LATER},
    HERE + "openInterestHist": {"CMCCirculatingSupply +": LATER, **INTEGER_TIME},
    **dict.fromkeys(
        (
            HERE + "takerlongshortRatio",
            HERE + "globalLongShortAccountRatio",
            HERE + "topLongShortAccountRatio",
            HERE + "topLongShortPositionRatio",
        ),
        INTEGER_TIME,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return market_messages(tmp_path_factory.mktemp("market")) | user_messages(tmp_path_factory.mktemp("users"))


def test_every_sample_has_a_counterpart_or_a_reason():
    assert set(SAMPLES) == COUNTERPARTS.keys() | WITHOUT_COUNTERPART.keys()


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_members_and_types_are_those_of_the_sample(name, ours):
    counterpart = COUNTERPARTS[name]

    found = differences(SAMPLES[name], ours[counterpart])

    assert found <= ALLOWED.get(counterpart, {}).keys()


def test_no_difference_is_allowed_that_does_not_occur(ours):
    occurring = {
        difference for name, kind in COUNTERPARTS.items() for difference in differences(SAMPLES[name], ours[kind])
    }

    assert {difference for allowed in ALLOWED.values() for difference in allowed} <= occurring


def differences(sample, ours, path=""):
    """``name -`` is a member we lack, ``name +`` one the sample lacks, ``name type`` differs; of rows the first."""
    if sample is None:
        return set()
    if isinstance(sample, Mapping) and isinstance(ours, Mapping):
        lacking = {f"{path}{name} -" for name, value in sample.items() if name not in ours and value is not None}
        added = {f"{path}{name} +" for name in ours.keys() - sample.keys()}
        common = (differences(sample[name], ours[name], f"{path}{name}.") for name in sample.keys() & ours.keys())
        return (lacking | added).union(*common)
    if isinstance(sample, list) and isinstance(ours, list):
        count = len(sample) if all(isinstance(entry, str | int) for entry in sample) else 1
        pairs = zip(sample[:count], ours[:count], strict=bool(sample and ours))
        return set().union(*(differences(one, other, path) for one, other in pairs))
    return set() if type(sample) is type(ours) else {f"{path.rstrip('.')} type"}


@pytest.mark.parametrize(
    ("sample", "ours", "found"),
    [
        ({"a": 1}, {"a": 1}, set()),
        ({"a": 1}, {"a": "1"}, {"a type"}),
        ({"a": 1}, {"a": True}, {"a type"}),
        ({"a": 1, "b": 2}, {"a": 1, "c": 3}, {"b -", "c +"}),
        ({"o": {"x": "NEW", "y": None}}, {"o": {"x": 5}}, {"o.x type"}),
        ([[1, "2"]], [[1, 2]], {" type"}),
        ([{"a": 1}], [{"b": 1}, {"a": 1}], {"a -", "b +"}),
        ([], [{"a": 1}], set()),
    ],
)
def test_differences_are_found(sample, ours, found):
    assert differences(sample, ours) == found


USER_SAMPLES = [name for name, sample in SAMPLES.items() if isinstance(sample, dict) and sample.get("e") in PARSERS]
REST_PARSERS = {
    "order_response": parsing.order_state,
    "http_futures_account_orders": parsing.order_state,
    "http_futures_account_symbol_config": parsing.symbol_config,
    "http_futures_account_trades": parsing.trade,
    "http_futures_market_ticker_price": parsing.ticker,
    "http_futures_market_premium_index": parsing.mark_price,
    "account_info_v2": parsing.account,
}


@pytest.mark.parametrize("name", USER_SAMPLES)
def test_desk_reads_the_event_samples(name):
    payload = frame_payload(orjson.dumps({"stream": "key", "data": SAMPLES[name]}))

    event = user_event(payload)

    assert event is not None
    assert int(event.at.timestamp() * 1000) in (payload["E"], payload["T"])


@pytest.mark.parametrize("name", REST_PARSERS)
def test_desk_reads_the_answer_samples(name):
    sample = SAMPLES[name]

    read = REST_PARSERS[name](sample[0] if isinstance(sample, list) else sample)

    assert read.__class__.__module__ == "exchange.types"


def test_desk_reads_contracts_and_klines_of_the_samples():
    (contract,) = map(parsing.contract, SAMPLES["http_futures_market_exchange_info"]["symbols"])
    (kline,) = parsing.klines(SAMPLES["http_futures_market_klines"])

    assert (contract.symbol, str(contract.rules.tick_size)) == ("BTCUSDT", "0.10")
    assert (str(kline.open), kline.trades) == ("0.01634790", 308)


@pytest.mark.parametrize("kind", ["new order", "fill", "liquidation", "finished algo", "account"])
def test_desk_reads_our_events_too(kind, ours):
    assert user_event(ours[kind]) is not None
