"""Judgements kept once, and the take-profit at the exchange that follows them; the stop is never touched."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Bot, Event
from exchange.types import to_ms
from tests.lockstep import START, SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Position
from trading.services import patience, reconcile
from trading.services.judging import judge_position

FIVE_MINUTES_MS = 300_000


def write_bars(lockstep: Lockstep, *, hours: int, below: int) -> None:
    """Five-minute bars after the fill: ``below`` of them close 10 % below the entry, the others at it."""
    first = to_ms(START.replace(minute=5, second=0))
    for number in range(hours * 12):
        close = "7.650" if number < below else "8.500"
        lockstep.market.bar(SYMBOL, "5m", first + number * FIVE_MINUTES_MS, close)


def let_pass(lockstep: Lockstep, hours: float) -> None:
    lockstep.step(timedelta(hours=hours).total_seconds())


def check(lockstep: Lockstep) -> Position:
    reconcile.check(lockstep.venue)
    lockstep.deliver()
    return lockstep.position()


def take_profits(lockstep: Lockstep) -> list[Decimal]:
    """Triggers that stand at the exchange."""
    standing = lockstep.venue.trading.open_algo_orders(SYMBOL)
    return [order.trigger_price for order in standing if order.order_type == "TAKE_PROFIT_MARKET"]


@pytest.mark.parametrize(("below", "strength", "trigger"), [(15, "strong", "5.695"), (14, "medium", "6.715")])
def test_the_judgement_after_two_hours_sets_the_take_profit(
    lockstep: Lockstep, below: int, strength: str, trigger: str
) -> None:
    lockstep.open_position()
    stop = lockstep.stops_at_exchange()
    write_bars(lockstep, hours=2, below=below)
    let_pass(lockstep, 2)

    position = check(lockstep)

    assert (position.strength, position.judged) == (strength, ["2h"])
    assert take_profits(lockstep) == [Decimal(trigger)]
    assert position.take_profit_price == Decimal(trigger)
    assert lockstep.stops_at_exchange() == stop
    assert len(lockstep.orders("stop")) == 1


@pytest.mark.parametrize(("below", "strength", "trigger"), [(120, "strong", "5.695"), (14, "weak", "7.65")])
def test_after_twelve_hours_medium_becomes_strong_again_or_weak(
    lockstep: Lockstep, below: int, strength: str, trigger: str
) -> None:
    lockstep.open_position()
    write_bars(lockstep, hours=12, below=below)
    Position.objects.update(strength="medium", take_profit_ratio=Decimal("0.21"), judged=["2h"])
    let_pass(lockstep, 12)

    position = check(lockstep)

    assert (position.strength, position.judged) == (strength, ["2h", "12h"])
    assert take_profits(lockstep) == [Decimal(trigger)]


def test_a_judgement_is_made_and_told_once(lockstep: Lockstep) -> None:
    lockstep.open_position()
    write_bars(lockstep, hours=2, below=0)
    let_pass(lockstep, 2)

    for _ in range(3):
        check(lockstep)

    told = Event.objects.get(kind=EventKind.TAKE_PROFIT_JUDGED)
    assert told.facts["ratio_pct"] == "21"
    assert len(lockstep.orders("take_profit")) == 2


def test_two_processes_that_judge_at_once_decide_once(lockstep: Lockstep) -> None:
    lockstep.open_position()
    write_bars(lockstep, hours=2, below=0)
    let_pass(lockstep, 2)
    first, second = (Position.objects.select_related("signal", "config_version").get() for _ in range(2))

    decided = [judge_position(first, lockstep.venue), judge_position(second, lockstep.venue)]

    assert decided == [True, False]


def test_bars_that_cannot_be_read_are_asked_for_again(lockstep: Lockstep) -> None:
    lockstep.open_position()
    write_bars(lockstep, hours=2, below=24)
    let_pass(lockstep, 2)
    for _ in range(3):  # a read is repeated twice
        lockstep.wire.swallow("GET", "/fapi/v1/klines")

    without = check(lockstep).judged
    with_bars = check(lockstep)

    assert without == []
    assert (with_bars.judged, with_bars.strength) == (["2h"], "strong")


def test_bars_that_stay_away_are_decided_without_half_an_hour_later(lockstep: Lockstep) -> None:
    lockstep.open_position()
    let_pass(lockstep, 2)
    early = check(lockstep).judged
    let_pass(lockstep, 0.5)

    position = check(lockstep)

    assert early == []
    assert (position.judged, position.strength) == (["2h"], "medium")
    assert Event.objects.get(kind=EventKind.TAKE_PROFIT_JUDGED).facts["reason"] == "no data"


def test_a_restart_with_the_take_profit_missing_places_it_and_judges(lockstep: Lockstep) -> None:
    """Filled three hours ago, the take-profit gone while nothing ran: the clocks of the position go on."""
    lockstep.open_position()
    write_bars(lockstep, hours=3, below=0)
    order = lockstep.orders("take_profit")[0]
    lockstep.host.execute("cancel_algo_order", "lockstep-key", {"clientAlgoId": order.client_order_id})
    lockstep.lose_events()
    let_pass(lockstep, 3)

    position = check(lockstep)

    assert position.judged == ["2h"]
    assert take_profits(lockstep) == [Decimal("6.715")]
    assert not lockstep.naked_at_exchange()


def test_a_new_take_profit_that_the_price_has_passed_closes_at_market(lockstep: Lockstep) -> None:
    lockstep.open_position()
    write_bars(lockstep, hours=2, below=0)
    lockstep.price("6.500")
    let_pass(lockstep, 2)

    check(lockstep)
    position = check(lockstep)

    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.TAKE_PROFIT)
    assert lockstep.open_at_exchange() == 0


def test_a_take_profit_that_is_refused_again_and_again_is_not_sent_at_every_turn(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long twenty checks take on a busy machine, no wait of the patience passes."""
    at_once = timezone.now()
    monkeypatch.setattr(patience, "timezone", SimpleNamespace(now=lambda: at_once))
    lockstep.open_position()
    write_bars(lockstep, hours=2, below=0)
    let_pass(lockstep, 2)
    for _ in range(20):
        lockstep.wire.refuse("POST", "/fapi/v1/algoOrder", -4045, "Reach max stop order limit.")

    for _ in range(20):
        check(lockstep)

    refused = [order for order in lockstep.orders("take_profit") if order.status == OrderStatus.REJECTED]
    assert len(refused) == 3
    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def freeze(lockstep: Lockstep, **values: object) -> None:
    """The position stands by a version of the settings that holds ``values``."""
    version = lockstep.bot.config_versions.create(number=2, values=values, author="an older desk")
    Position.objects.update(config_version=version)


def test_with_settings_no_longer_valid_the_time_limit_of_the_version_still_runs(lockstep: Lockstep) -> None:
    lockstep.open_position()
    freeze(lockstep, max_hold_hours=5, leverage=999)
    let_pass(lockstep, 4.9)
    early = check(lockstep).status
    let_pass(lockstep, 0.2)

    check(lockstep)

    assert early == PositionStatus.OPEN
    assert lockstep.position().exit_reason == ExitReason.TIME_LIMIT


def test_a_limit_that_cannot_be_read_is_that_of_the_version_before(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"max_hold_hours": 7}
    version.save()
    lockstep.open_position()
    freeze(lockstep, max_hold_hours=100_000)
    let_pass(lockstep, 7.1)

    check(lockstep)

    assert lockstep.position().exit_reason == ExitReason.TIME_LIMIT


def test_settings_no_longer_valid_are_told_once_and_protection_goes_on(lockstep: Lockstep) -> None:
    lockstep.open_position()
    freeze(lockstep, leverage=999)

    for _ in range(3):
        check(lockstep)

    told = Event.objects.get(kind=EventKind.SETTINGS_INVALID)
    assert (told.facts["number"], told.facts["hours"]) == (2, 72)
    assert "leverage" in told.facts["problem"]
    assert told.case == lockstep.position().case
    assert not lockstep.naked_at_exchange()


def test_a_position_of_a_strategy_that_left_the_desk_keeps_its_time_limit(lockstep: Lockstep) -> None:
    lockstep.open_position()
    Bot.objects.update(strategy="gone")
    let_pass(lockstep, 72)

    check(lockstep)

    assert lockstep.position().exit_reason == ExitReason.TIME_LIMIT
