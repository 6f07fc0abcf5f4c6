"""What an entry on a signal would do: kept with entries and refusals, and told of any signal at any time."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import to_ms
from risk.what_if import WhatIf
from risk.what_if_record import packed, unpacked
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.test_breaker_gate import lose_in_a_row, set_risk
from tests.trading.services.test_entry_limits import set_config
from trading.case_file import case_file
from trading.models import Position
from trading.services.breaker import evaluate_breaker
from trading.services.entry import work_signal
from trading.services.entry_plan import Refused
from trading.services.reconcile import check
from trading.services.signal_what_if import what_if_of_signal
from trading.services.tending import tend

D = Decimal


def kept(lockstep: Lockstep) -> WhatIf:
    """The numbers in the case file of the newest signal."""
    signal = lockstep.bot.signals.latest("pk")
    found = case_file(signal.case).what_if
    assert found is not None
    return found


def asked(lockstep: Lockstep) -> WhatIf:
    signal = lockstep.bot.signals.select_related("bot__account").latest("pk")
    return what_if_of_signal(signal, market=lockstep.venue.market, now=lockstep.now())


def test_an_entry_keeps_what_it_was_reckoned_to_do(lockstep: Lockstep) -> None:
    position = lockstep.enter()

    found = kept(lockstep)

    assert (found.quantity, found.margin, found.leverage) == (D("70.5"), position.margin, 3)
    assert (found.stop_price, found.refusal) == (position.stop_price, "")
    assert (found.bound_by, found.room) == ("position_share", D(15000))


def test_and_the_exchange_then_does_it(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    tend(position, lockstep.venue)
    at_venue = lockstep.venue.trading.positions(SYMBOL)[0]

    found = kept(lockstep)

    assert (found.quantity, found.margin) == (abs(at_venue.quantity), at_venue.initial_margin)
    assert found.fee == sum(fill.commission for fill in Position.objects.get().fills.all())


@pytest.mark.parametrize(
    ("risk", "told"),
    [
        ({"max_position_pct": "1"}, "position_share (2.00 %, limit 1 %)"),
        ({"symbol_deny": [SYMBOL]}, ""),
    ],
)
def test_a_refused_signal_keeps_what_its_entry_would_have_done(
    lockstep: Lockstep, risk: dict[str, object], told: str
) -> None:
    set_risk(lockstep, **risk)
    check(lockstep.venue)
    work_signal(lockstep.signal(), lockstep.venue)

    found = kept(lockstep)

    assert (found.quantity, found.refusal) == (D("70.5"), told)


def test_a_size_that_cannot_be_derived_leaves_no_numbers(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="atr_risk")
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert case_file(signal.case).what_if is None
    with pytest.raises(Refused, match="no average true range"):
        asked(lockstep)


def test_a_venue_that_cannot_be_read_leaves_the_refusal_without_numbers(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="atr_risk")
    set_risk(lockstep, symbol_deny=[SYMBOL])
    for _ in range(3):
        lockstep.wire.swallow("GET", "/fapi/v1/klines")
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    signal.refresh_from_db()
    assert (signal.reason_code, case_file(signal.case).what_if) == ("symbol_denied", None)


def test_a_signal_is_reckoned_at_the_present_price_and_nothing_is_written(lockstep: Lockstep) -> None:
    lockstep.signal(price="7.000")
    before = asked(lockstep)
    lockstep.market.trade(SYMBOL, to_ms(lockstep.now()), "10.000")

    after = asked(lockstep)

    assert (before.quantity, after.quantity) == (D("70.5"), D("60"))
    assert after.stop_price == D("11.8")
    assert not Position.objects.exists()


def test_it_is_what_the_entry_then_is(lockstep: Lockstep) -> None:
    signal = lockstep.signal()
    before = asked(lockstep)

    work_signal(signal, lockstep.venue)

    after = kept(lockstep)
    told_of_balance = {"room", "loss_at_stop_pct", "loss_at_gap_pct"}  # read last, not now
    assert {name: getattr(before, name) for name in WhatIf.__slots__ if name not in told_of_balance} == {
        name: getattr(after, name) for name in WhatIf.__slots__ if name not in told_of_balance
    }


def test_numbers_are_kept_to_the_last_decimal(lockstep: Lockstep) -> None:
    lockstep.signal()
    found = asked(lockstep)

    assert unpacked(packed(found)) == found
    assert packed(found)["margin"] == str(found.margin)


def test_numbers_of_another_version_are_none(lockstep: Lockstep) -> None:
    position = lockstep.enter()
    told = Event.objects.get(kind=EventKind.ENTRY_INTENDED)
    told.facts["what_if"] = {"quantity": "1"}
    Event.objects.filter(pk=told.pk).update(facts=told.facts)

    assert case_file(position.case).what_if is None


@pytest.mark.parametrize(("tier", "quantity"), [("reduced", "35.2"), ("close_only", "70.5")])
def test_a_tier_that_makes_entries_smaller_makes_the_numbers_smaller_and_one_that_allows_none_tells_the_whole(
    lockstep: Lockstep, tier: str, quantity: str
) -> None:
    set_risk(lockstep, consecutive_losses_tier=tier)
    lose_in_a_row(lockstep, 3)
    evaluate_breaker(lockstep.venue)
    lockstep.signal()

    assert asked(lockstep).quantity == D(quantity)
