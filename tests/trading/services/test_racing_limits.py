"""Two entries that race, by signal or by hand: no limit that counts or sums is passed by both together."""

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.errors import ExchangeError
from signals.models import Signal
from tests.factories import make_bot
from tests.lockstep import InProcessClient, Lockstep
from tests.trading.services.test_breaker_gate import set_risk, stop
from tests.trading.services.test_concurrency import at_once
from tests.trading.services.test_entry_limits import have_traded, set_config
from tests.trading.services.test_manual_limits import WISH
from trading.models import Order, Position
from trading.services.entry import work_signal
from trading.services.manual_entry import EntryRefused, manual_bot, request_entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
D = Decimal
SYMBOLS = ["RACE0USDT", "RACE1USDT"]
OF_SIZE: dict[str, dict[str, Any]] = {
    "position": {"max_exposure_pct": 9},
    "margin basis": {"max_exposure_pct": 3, "exposure_basis": "margin"},
    "free margin": {"min_free_margin_pct": 97, "max_position_pct": 0},
    "cluster": {"max_cluster_pct": 9, "max_exposure_pct": 0},
}  # one entry of about 200 USDT margin and 600 USDT notional on 10,000 USDT fits, two do not


@pytest.fixture
def racing(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    """A desk whose in-process exchange takes one request at a time, and which lists both symbols."""
    one_at_a_time, answer = threading.RLock(), InProcessClient._exchange

    def locked(self: InProcessClient, call: Any) -> Any:
        with one_at_a_time:
            return answer(self, call)

    monkeypatch.setattr(InProcessClient, "_exchange", locked)
    lockstep = Lockstep(tmp_path)
    for symbol in SYMBOLS:
        lockstep.market.trade(symbol, lockstep.host.clock.now_ms() - 1, "8.500")
    lockstep.venue.rules(SYMBOLS[0])
    manual_bot(lockstep.account)
    return lockstep


def by_signal(racing: Lockstep, signal: Signal) -> Callable[[], object]:
    return lambda: work_signal(signal, racing.venue)


def by_hand(racing: Lockstep, symbol: str) -> Callable[[], None]:
    """Asks for 595 USDT at 3×; what is refused is no error of the race."""
    wish = replace(WISH, symbol=symbol, quantity=D(70))

    def ask() -> None:
        try:
            request_entry(wish, account=racing.account, market=racing.venue.market, now=racing.now())
        except (EntryRefused, ExchangeError):
            return

    return ask


def entries() -> int:
    return Order.objects.filter(purpose="entry").count()


def committed(racing: Lockstep) -> Decimal:
    """Margin of everything that was let in, USDT."""
    return sum(Position.objects.filter(account=racing.account).values_list("margin", flat=True), D(0))


@pytest.mark.parametrize(
    "config", [{"max_positions": 1}, {"max_entries_per_day": 1}], ids=lambda each: next(iter(each))
)
def test_counts_of_a_bot(racing: Lockstep, config: dict[str, int]) -> None:
    set_config(racing, **config)
    signals = [racing.signal(symbol) for symbol in SYMBOLS]

    at_once(*(by_signal(racing, signal) for signal in signals))

    assert entries() == 1
    assert Signal.objects.get(status="refused").reason_code in config


def test_the_quota_of_a_symbol(racing: Lockstep) -> None:
    """Both signals are on one symbol: whoever comes second finds it held, or its quota used."""
    set_risk(racing, max_symbol_entries_per_day=1)
    first = racing.signal(SYMBOLS[0])
    second = racing.signal(SYMBOLS[0], day=racing.now().date().replace(day=1))

    at_once(by_signal(racing, first), by_signal(racing, second))

    assert entries() == 1
    assert Signal.objects.get(status="refused").reason_code in ("symbol_held", "symbol_quota")


def test_a_loss_that_is_booked_meanwhile_stops_what_was_planned_before_it(racing: Lockstep) -> None:
    signal = racing.signal(SYMBOLS[0])

    at_once(by_signal(racing, signal), lambda: have_traded(racing, pnl="-60"))
    late = racing.signal(SYMBOLS[1])
    work_signal(late, racing.venue)

    late.refresh_from_db()
    assert late.reason_code == "daily_loss"
    assert entries() <= 1


@pytest.mark.parametrize("values", OF_SIZE.values(), ids=OF_SIZE.keys())
def test_a_signal_against_an_order_by_hand(racing: Lockstep, values: dict[str, Any]) -> None:
    set_risk(racing, **values)
    signal = racing.signal(SYMBOLS[0])

    at_once(by_signal(racing, signal), by_hand(racing, SYMBOLS[1]))

    assert entries() == 1


@pytest.mark.parametrize(
    "values", [*OF_SIZE.values(), {"max_bot_margin_usdt": 300}], ids=[*OF_SIZE.keys(), "margin of the bot"]
)
def test_two_orders_by_hand(racing: Lockstep, values: dict[str, Any]) -> None:
    set_risk(racing, **values)

    at_once(*(by_hand(racing, symbol) for symbol in SYMBOLS))

    assert entries() == 1


@pytest.mark.parametrize("values", OF_SIZE.values(), ids=OF_SIZE.keys())
def test_signals_of_two_bots(racing: Lockstep, values: dict[str, Any]) -> None:
    set_risk(racing, **values)
    other = make_bot(racing.account, config={"live_fixed_margin_usdt": "200"})
    signals = [racing.signal(SYMBOLS[0]), racing.signal(SYMBOLS[1])]
    Signal.objects.filter(pk=signals[1].pk).update(bot=other)
    signals[1] = Signal.objects.select_related("bot__account").get(pk=signals[1].pk)

    at_once(*(by_signal(racing, signal) for signal in signals))

    assert entries() == 1


def test_derived_sizes_together_stay_within_what_the_limit_leaves(racing: Lockstep) -> None:
    """Each alone is cut to the whole room; the second of the race is refused at its commit, or finds none."""
    set_config(racing, margin_mode="half_kelly", kelly_default_pct="10")
    set_risk(racing, max_bot_margin_usdt="300")
    signals = [racing.signal(symbol) for symbol in SYMBOLS]

    at_once(*(by_signal(racing, signal) for signal in signals))

    assert entries() == 1
    assert D(299) < committed(racing) <= 300


def test_an_emergency_stop_between_plan_and_commit_lets_nothing_in(racing: Lockstep) -> None:
    signal = racing.signal(SYMBOLS[0])

    at_once(by_signal(racing, signal), lambda: stop(racing), by_hand(racing, SYMBOLS[1]))
    late = racing.signal(SYMBOLS[1], day=racing.now().date().replace(day=1))
    work_signal(late, racing.venue)

    late.refresh_from_db()
    assert late.reason_code in ("breaker", "symbol_held")
    assert not Order.objects.filter(purpose="entry", position__symbol=SYMBOLS[1], sent_at__isnull=False).exists()
