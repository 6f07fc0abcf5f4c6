"""What the market did between two looks, told once each, and no more kept than are of use."""

from datetime import timedelta
from typing import Any

import pytest

from advisor.memory.keeping import fade_memories, remember_trade
from advisor.memory.market_events import events_between
from advisor.memory.market_keeping import MOST_KEPT, remember_market
from advisor.memory.recall import recall
from advisor.memory.relevance import Situation
from advisor.models import Memory, Outcome
from tests.advisor.memory.trades import CLOSED, trade
from tests.advisor.rows import make_ai_bot, make_decision
from tests.factories import NOON

MINUTE = timedelta(minutes=1)


def picture(price: str = "100", *, regime: str = "ranging", action: str = "neutral", **details: Any) -> list[dict]:
    market = {"part": "market", "symbol": "BTCUSDT", "price": price, "regime": regime, "regime_rule": "trend"}
    return [market | {"action": action} | details]


def level(price: str, strength: int = 2, source: str = "1h_swing") -> dict:
    return {"part": "level", "price": price, "strength": strength, "sources": [source]}


def gap(part: str, kind: str = "stale") -> dict:
    return {"part": "gap", "of": part, "kind": kind, "detail": ""}


def told(before: list[dict], after: list[dict]) -> list[tuple[str, str]]:
    return [(str(event.kind), event.text) for event in events_between(before, after)]


def test_a_market_that_stands_still_is_no_event():
    assert told([*picture(), level("101")], picture("100.5")) == []


def test_another_regime_and_another_price_action_are_events():
    assert told(picture(), picture("101", regime="trending_up", action="strong_trend_up")) == [
        ("regime_change", "regime changed from ranging to trending_up at 101"),
        ("narrative_shift", "price action changed from neutral to strong_trend_up at 101"),
    ]


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("101.2", "price broke above the level 101 (strength 2: 1h_swing), now 101.2"),
        ("98.8", "price broke below the level 99 (strength 3: 1h_ema_50), now 98.8"),
    ],
)
def test_a_level_that_the_price_left_behind_was_broken(price, text):
    before = [*picture(), level("99", 3, "1h_ema_50"), level("101")]

    assert told(before, picture(price)) == [("level_break", text)]


@pytest.mark.parametrize(
    ("price", "strength"), [("101.05", 2), ("101.5", 1)], ids=["still testing it", "a weak one is crossed all day"]
)
def test_what_breaks_no_level(price, strength):
    assert told([*picture(), level("101", strength)], picture(price)) == []


def test_of_several_broken_levels_the_strongest_is_told_and_of_equals_the_farther():
    before = [*picture(), level("101", 3), level("102", 3), level("103", 2)]

    [(_, text)] = told(before, picture("104"))

    assert "the level 102" in text


def test_a_level_is_broken_once_while_the_price_goes_on():
    levels = [level("101")]

    first = told([*picture("100.9"), *levels], picture("101.2"))
    second = told([*picture("101.2"), *levels], picture("101.9"))

    assert (len(first), second) == (1, [])


@pytest.mark.parametrize("lacking", [[gap("15m")], [gap("mark", "missing")]])
def test_nothing_is_read_from_a_picture_with_holes(lacking):
    turned = picture("105", regime="trending_up")

    assert told([*picture(), *lacking], turned) == []
    assert told(picture(), [*turned, *lacking]) == []
    assert told(picture(), picture("105", regime="quiet", regime_rule="no_data")) == []


def test_gaps_that_hold_up_no_entry_hide_no_event():
    assert told([*picture(), gap("open_interest"), gap("4h", "short")], picture(regime="quiet"))


# --- Kept ---------------------------------------------------------------------------------------------------------


def looked_at(bot, rows, *, at=NOON, **details):
    return make_decision(bot, at=at, inputs={"market": rows}, **details)


def remember(bot, rows, *, now=NOON + MINUTE):
    return remember_market(bot, "BTCUSDT", rows, features={"rsi": 0.4}, now=now)


@pytest.mark.django_db
def test_an_event_is_kept_with_its_kind_and_weight_once_however_often_it_is_told():
    bot = make_ai_bot()
    looked_at(bot, picture())

    kept = [remember(bot, picture("101", regime="volatile"), now=NOON + number * MINUTE) for number in (1, 1, 20)]

    memory = Memory.objects.get()
    assert kept == [1, 0, 0]
    assert (memory.kind, memory.symbol, memory.regime) == ("regime_change", "BTCUSDT", "volatile")
    assert (memory.relevance, memory.is_win, memory.at) == (1.2, None, NOON + MINUTE)


@pytest.mark.django_db
def test_a_market_that_flickers_is_told_once_in_a_quarter_of_an_hour():
    bot = make_ai_bot()
    for minute in range(16):
        rows = picture(regime="volatile" if minute % 2 else "ranging")
        remember(bot, rows, now=NOON + minute * MINUTE)
        looked_at(bot, rows, at=NOON + minute * MINUTE)

    assert [row.at for row in Memory.objects.order_by("at")] == [NOON + MINUTE]


@pytest.mark.django_db
def test_a_look_of_a_variant_or_of_long_ago_is_no_beginning():
    bot = make_ai_bot()
    looked_at(bot, picture(), outcome=Outcome.SHADOW)
    assert remember(bot, picture(regime="volatile")) == 0

    looked_at(bot, picture())
    assert remember(bot, picture(regime="volatile"), now=NOON + timedelta(hours=7)) == 0


@pytest.mark.django_db
def test_no_more_than_thirty_of_a_symbol_are_kept_and_the_newest_are():
    bot, other = make_ai_bot(), make_ai_bot()
    looked_at(other, picture())
    remember(other, picture(regime="volatile"))
    remember_trade(bot, trade("1", symbol="BTCUSDT"))
    for hour in range(MOST_KEPT + 5):
        at = NOON + timedelta(hours=hour)
        looked_at(bot, picture(regime="quiet" if hour % 2 else "ranging"), at=at)
        remember(bot, picture(regime="ranging" if hour % 2 else "quiet"), now=at + MINUTE)

    events = bot.memories.filter(kind="regime_change")
    assert (events.count(), other.memories.count()) == (MOST_KEPT, 1)
    assert min(row.at for row in events) == NOON + timedelta(hours=5) + MINUTE
    assert bot.memories.filter(kind="trade_result").exists()


@pytest.mark.django_db
def test_events_fade_like_other_memories():
    bot = make_ai_bot()
    looked_at(bot, picture())
    remember(bot, picture(regime="volatile"))

    fade_memories(bot, NOON + timedelta(days=5))

    assert Memory.objects.get().relevance == pytest.approx(1.2 * 0.95)


@pytest.mark.django_db
def test_recall_tells_events_without_losing_trades_and_failures():
    bot = make_ai_bot()
    lost = trade("-12", symbol="BTCUSDT", regime="ranging", thesis="against the trend")
    remember_trade(bot, lost)
    for hour in range(12):
        at = CLOSED + timedelta(hours=hour)
        looked_at(bot, picture(regime="volatile"), at=at)
        remember(bot, picture(regime="ranging"), now=at + MINUTE)

    situation = Situation(symbol="BTCUSDT", regime="ranging", hour=3)
    found = recall(bot, situation, trades=[], now=CLOSED + timedelta(hours=13))

    kinds = [row["kind"] for row in found.relevant]
    assert (kinds.count("regime_change"), kinds.count("trade_result")) == (3, 1)
    assert ["against the trend" in row["text"] for row in found.failures] == [True]
