"""The leader's lessons reach the coins that follow it, by what the recorded market says of them."""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.memory.keeping import remember_trade
from exchange.errors import ExchangeUnavailable
from signals.indicators.candles import Timeframe
from signals.outlook.reading import read_market
from tests.advisor.memory.trades import trade
from tests.trading.advised.advisers import Scripted, holding
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.advised.leading import leader_correlation, returns_correlation

pytestmark = pytest.mark.django_db
FOLLOWER, STRANGER = "ETHUSDT", "XRPUSDT"  # 0.82 and 0.45 over the 100 hours before
THEN = datetime(2024, 11, 15, 17, 0, 30, tzinfo=UTC)


def desk_on(home, *symbols):
    adviser = Scripted(holding)
    return RecordedDesk(home, advisers=[adviser], start=THEN, pair_choice="listed", pairs=" ".join(symbols)), adviser


def correlations(desk, *symbols):
    detail, now = desk.desk.detail, desk.now()
    return [leader_correlation(read_market(symbol, detail, now), detail, now) for symbol in symbols]


def test_a_coin_that_follows_the_leader_is_told_from_one_that_does_not(tmp_path):
    desk, _adviser = desk_on(tmp_path, FOLLOWER)

    follower, stranger, itself = correlations(desk, FOLLOWER, STRANGER, "BTCUSDT")

    assert follower > 0.6 > stranger
    assert itself == 0


def test_the_leaders_lesson_is_told_about_its_follower_alone(tmp_path):
    desk, adviser = desk_on(tmp_path, FOLLOWER, STRANGER)
    for regime in ("trending_up", "trending_down", "ranging", "volatile", "quiet"):
        details = {"regime": regime, "closed_at": desk.now() - timedelta(hours=2), "thesis": "led the way"}
        remember_trade(desk.bot, trade("2", **details))

    desk.round()

    told = {symbol: "led the way" in _memories(adviser, symbol) for symbol in (FOLLOWER, STRANGER)}
    assert told == {FOLLOWER: True, STRANGER: False}


def _memories(adviser, symbol):
    prompt = next(prompt.user for prompt in adviser.prompts if f'"symbol":"{symbol}"' in prompt.user)
    _, _, memories = prompt.partition('<data name="memories">')
    return memories.partition("</data>")[0]


def test_the_leaders_candles_are_asked_for_once_an_hour(tmp_path):
    desk, _adviser = desk_on(tmp_path, FOLLOWER)
    asked = []
    detail = desk.desk.detail
    picture = read_market(FOLLOWER, detail, desk.now())
    original = detail.klines
    detail.klines = lambda symbol, *words, **more: asked.append(symbol) or original(symbol, *words, **more)

    for _ in range(3):
        leader_correlation(picture, detail, desk.now(), cache=desk.desk.cache)

    assert asked == ["BTCUSDT"]


def test_a_leader_that_cannot_be_read_teaches_nothing(tmp_path):
    desk, _adviser = desk_on(tmp_path, FOLLOWER)
    detail, now = desk.desk.detail, desk.now()
    picture = read_market(FOLLOWER, detail, now)

    def fails(*_words, **_more):
        raise ExchangeUnavailable("away")

    detail.klines = fails

    assert leader_correlation(picture, detail, now) == 0


def test_only_closes_of_the_same_hours_are_compared(tmp_path):
    desk, _adviser = desk_on(tmp_path, FOLLOWER)
    detail, now = desk.desk.detail, desk.now()
    hour = read_market(FOLLOWER, detail, now).frames[Timeframe.H1].candles
    minute = read_market(FOLLOWER, detail, now).frames[Timeframe.M1].candles

    assert returns_correlation(hour, hour) == pytest.approx(1)
    assert returns_correlation(hour, minute) == 0
