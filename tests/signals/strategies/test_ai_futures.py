"""The strategy that follows advice: its settings, and an entry at the price of now by terms of a moment ago."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from exchange.types import PositionSide
from signals.market_data import LiveView
from signals.strategies.ai_futures import AdvisedTerms, AiFutures, AiFuturesConfig
from signals.strategies.base import Close, Enter, Hold, OpenPosition, Proposal, Reject

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAIN = AiFuturesConfig(entry_offset_pct=Decimal(0))


def terms(**changes):
    values = {
        "position_side": PositionSide.LONG,
        "price": Decimal(100),
        "stop_price": Decimal("96.5"),
        "take_profit_price": Decimal(107),
        "atr": Decimal(2),
        "leverage": 3,
        "size_pct": Decimal(2),
        "confidence": Decimal("0.8"),
        "decision": 1,
    }
    return AdvisedTerms(**values | changes)


def decide(price, *, config=PLAIN, said=None, **changes):
    proposal = Proposal(
        symbol="BTCUSDT",
        candle_open=NOON,
        surge_ratio=Decimal("0.8"),
        price=Decimal(100),
        sell_volume=Decimal(0),
        mean_sell_volume=Decimal(0),
        terms=terms(**changes).as_json() if said is None else said,
    )
    prices = {} if price is None else {"BTCUSDT": Decimal(price)}
    return AiFutures(config).decide_entry(proposal, LiveView(now=NOON, prices=prices, market=None))


def test_the_entry_carries_what_was_advised():
    entered = decide("100")

    assert isinstance(entered, Enter)
    assert (entered.position_side, entered.leverage, entered.margin_pct) == (PositionSide.LONG, 3, Decimal(2))
    assert (entered.stop_loss_ratio, entered.take_profit_ratio) == (Decimal("0.035"), Decimal("0.07"))
    assert entered.filters == {}


def test_the_exits_stay_where_they_were_when_the_price_has_moved():
    lower, higher = decide("99"), decide("100.6")

    assert lower.stop_loss_ratio == Decimal("0.02525253")
    assert lower.margin_pct == Decimal(2)
    assert higher.stop_loss_ratio == Decimal("0.04075547")
    assert higher.margin_pct * higher.stop_loss_ratio <= Decimal("0.07") + Decimal("1e-20")


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ("96.5", "left the room"),
        ("107", "left the room"),
        ("97.4", "ATR"),
        ("102.6", "ATR"),
        ("101", "reward to risk"),
        (None, "no price"),
    ],
)
def test_a_price_that_ran_refuses_the_entry(price, said):
    refused = decide(price)

    assert isinstance(refused, Reject)
    assert said in refused.reason


def test_a_short_is_the_mirror_and_the_worst_fill_counts():
    entered = decide(
        "100",
        config=AiFuturesConfig(entry_offset_pct=Decimal("-1")),
        position_side=PositionSide.SHORT,
        stop_price=Decimal("103.5"),
        take_profit_price=Decimal(93),
    )

    assert entered.stop_loss_ratio == Decimal("0.04545455")
    assert entered.take_profit_ratio == Decimal("0.07")


def test_settings_that_became_narrower_hold():
    entered = decide("100", config=AiFuturesConfig(leverage=2, margin_pct=1), size_pct=Decimal(9))

    assert (entered.leverage, entered.margin_pct <= 1) == (2, True)


@pytest.mark.parametrize("said", [{}, {"price": "x"}, terms().as_json() | {"leverage": None}])
def test_without_whole_terms_nothing_is_entered(said):
    assert isinstance(decide("100", said=said), Reject)


def test_terms_are_kept_digit_for_digit():
    assert AdvisedTerms.of_json(terms().as_json()) == terms()


def test_a_position_is_left_at_its_time_limit_and_not_before():
    held = OpenPosition(
        symbol="BTCUSDT", position_side=PositionSide.LONG, entry_price=Decimal(1), filled_at=NOON, quantity=Decimal(1)
    )

    def judged(after):
        return AiFutures(PLAIN).evaluate(held, LiveView(now=NOON + after, prices={}, market=None))

    assert judged(timedelta(hours=71, minutes=59)) == Hold()
    assert judged(timedelta(hours=72)) == Close("time_limit")


@pytest.mark.parametrize(
    "changes",
    [
        {"leverage": 21},
        {"margin_pct": "10.1"},
        {"max_exposure_pct": 301},
        {"max_loss_pct": "5.1"},
        {"min_confidence": "1.1"},
        {"pair_choice": "listed"},
        {"pairs": "BTC-USDT"},
        {"parallel_looks": 7},
        {"unknown": 1},
    ],
)
def test_settings_out_of_range_are_refused(changes):
    with pytest.raises(ValidationError):
        AiFuturesConfig.model_validate(changes)


def test_pairs_are_named_in_any_way_and_kept_in_one():
    config = AiFuturesConfig(pair_choice="listed", pairs="btcusdt, ETHUSDT  btcusdt")

    assert config.pairs == "BTCUSDT ETHUSDT"
    assert config.named_pairs == ("BTCUSDT", "ETHUSDT")
    assert AiFuturesConfig.model_validate(config.model_dump(mode="json")) == config


def test_the_limits_begin_low():
    config = AiFuturesConfig()

    assert (config.margin_pct, config.max_exposure_pct, config.leverage, config.max_positions) == (10, 30, 10, 5)
    assert (config.default_size_pct, config.max_loss_pct, config.min_reward_risk) == (2, 1, Decimal("1.5"))


@pytest.mark.parametrize("name", sorted(AiFuturesConfig.model_fields))
def test_every_number_of_the_settings_has_a_ceiling(name):
    kind = AiFuturesConfig.model_fields[name]
    if kind.annotation not in (int, Decimal):
        return

    with pytest.raises(ValidationError):
        AiFuturesConfig.model_validate({name: 10**12})
