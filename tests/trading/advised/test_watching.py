"""The list of watched symbols while looks are under way, and claims that outlive their process."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from advisor.models import Watch
from desk.models import Bot
from signals.strategies.ai_futures import AiFuturesConfig
from tests.factories import make_bot
from trading.advised.watching import claim, claim_some, due_watches, keep_watches, listed_symbols, looked

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 11, 23, 17, tzinfo=UTC)
WALL = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def bot() -> Bot:
    return make_bot()


def watched(bot: Bot) -> list[tuple[str, bool, bool]]:
    rows = Watch.objects.filter(bot=bot).order_by("symbol")
    return list(rows.values_list("symbol", "is_listed", "is_held"))


def test_a_symbol_that_left_the_list_while_it_was_looked_at_does_not_come_back(bot: Bot) -> None:
    keep_watches(bot, listed=["BTCUSDT"], held=[], now=NOW)
    [looking] = claim_some(bot, now=NOW, wall=WALL, most=3, seconds=75)

    keep_watches(bot, listed=["ETHUSDT"], held=[], now=NOW)
    during = listed_symbols(bot)
    looked(looking, AiFuturesConfig(), now=NOW, speed=Decimal(1))
    keep_watches(bot, listed=None, held=[], now=NOW)

    assert during == ["ETHUSDT"]
    assert watched(bot) == [("ETHUSDT", True, False)]


def test_a_position_that_closed_while_its_symbol_was_looked_at_is_held_no_more(bot: Bot) -> None:
    keep_watches(bot, listed=[], held=["BTCUSDT"], now=NOW)
    claim_some(bot, now=NOW, wall=WALL, most=3, seconds=75)

    keep_watches(bot, listed=None, held=[], now=NOW)

    assert watched(bot) == [("BTCUSDT", False, False)]  # kept until the look gives it back


def test_a_held_symbol_stays_when_the_list_leaves_it_out(bot: Bot) -> None:
    keep_watches(bot, listed=["BTCUSDT", "ETHUSDT"], held=["BTCUSDT"], now=NOW)

    keep_watches(bot, listed=["ETHUSDT"], held=["BTCUSDT"], now=NOW)

    assert watched(bot) == [("BTCUSDT", False, True), ("ETHUSDT", True, False)]


def test_what_has_just_been_opened_is_due_at_once(bot: Bot) -> None:
    keep_watches(bot, listed=["BTCUSDT"], held=[], now=NOW)
    Watch.objects.update(due_at=NOW + timedelta(minutes=5))

    keep_watches(bot, listed=None, held=["BTCUSDT"], now=NOW)

    assert [watch.symbol for watch in due_watches(bot, now=NOW, wall=WALL)] == ["BTCUSDT"]


def test_held_symbols_come_first_then_what_has_waited_longest(bot: Bot) -> None:
    keep_watches(bot, listed=["AUSDT", "BUSDT", "CUSDT"], held=["CUSDT"], now=NOW)
    Watch.objects.filter(symbol="BUSDT").update(due_at=NOW - timedelta(minutes=1))

    assert [watch.symbol for watch in due_watches(bot, now=NOW, wall=WALL)] == ["CUSDT", "BUSDT", "AUSDT"]


def test_a_row_read_before_another_look_ended_cannot_be_claimed(bot: Bot) -> None:
    keep_watches(bot, listed=["BTCUSDT"], held=[], now=NOW)
    stale = Watch.objects.get()
    [first] = claim_some(bot, now=NOW, wall=WALL, most=1, seconds=75)
    looked(first, AiFuturesConfig(), now=NOW, speed=Decimal(1))

    assert not claim(stale, wall=WALL, seconds=75)


def test_the_lists_of_two_bots_are_apart(bot: Bot) -> None:
    other = make_bot()
    keep_watches(bot, listed=["BTCUSDT"], held=[], now=NOW)
    keep_watches(other, listed=["BTCUSDT", "ETHUSDT"], held=[], now=NOW)

    keep_watches(other, listed=[], held=[], now=NOW)

    assert watched(bot) == [("BTCUSDT", True, False)]
    assert watched(other) == []
