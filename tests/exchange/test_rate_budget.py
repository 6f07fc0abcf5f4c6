"""The counting of a budget within one process, and what each request of ours costs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.binance.costs import cost_of, weight_of
from exchange.errors import RateLimited
from exchange.paper.server.app import ROUTES
from exchange.rate_budget import ORDERS_1M, ORDERS_10S, VENUE_LIMITS, WEIGHT, Cost, LocalBudget, Urgency

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
LIMITS = {WEIGHT: 100, ORDERS_10S: 20, ORDERS_1M: 30}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budget(clock: Clock) -> LocalBudget:
    return LocalBudget(LIMITS, now=clock)


def order(urgency: Urgency) -> Cost:
    return Cost(urgency=urgency, orders=1, account="mine")


@pytest.mark.parametrize(("urgency", "room"), [(Urgency.SCAN, 75), (Urgency.ENTER, 85), (Urgency.TEND, 90)])
def test_each_urgency_may_use_its_share_of_the_minute_and_no_more(
    budget: LocalBudget, urgency: Urgency, room: int
) -> None:
    budget.admit(Cost(urgency=urgency, weight=room))

    with pytest.raises(RateLimited) as refused:
        budget.admit(Cost(urgency=urgency, weight=1))

    assert refused.value.until > NOON + timedelta(minutes=1)
    budget.admit(Cost(urgency=Urgency.PROTECT, weight=100 - room))


def test_six_entries_are_watched_through_a_minute_when_the_rest_is_used_up() -> None:
    budget = LocalBudget(now=Clock())
    tending = VENUE_LIMITS[WEIGHT] * Urgency.TEND.value // 100
    budget.admit(Cost(urgency=Urgency.TEND, weight=tending))

    for _ in range(6 * 30):
        budget.admit(cost_of("GET", "/fapi/v1/order", {"symbol": "AUSDT"}, is_signed=True, account="mine"))

    for _ in range(6):  # and what filled is read once
        budget.admit(cost_of("GET", "/fapi/v1/userTrades", {"symbol": "AUSDT"}, is_signed=True, account="mine"))


def test_orders_are_counted_in_both_windows(budget: LocalBudget, clock: Clock) -> None:
    for _ in range(20):
        budget.admit(order(Urgency.PROTECT))
    with pytest.raises(RateLimited, match="orders_10s"):
        budget.admit(order(Urgency.PROTECT))
    clock.now += timedelta(seconds=10)
    for _ in range(10):
        budget.admit(order(Urgency.PROTECT))

    with pytest.raises(RateLimited, match="orders_1m"):
        budget.admit(order(Urgency.PROTECT))


@given(st.lists(st.tuples(st.sampled_from(Urgency), st.integers(0, 60), st.integers(0, 40)), max_size=40))
def test_no_window_is_ever_overdrawn(steps: list[tuple[Urgency, int, int]]) -> None:
    clock = Clock()
    budget, used = LocalBudget(LIMITS, now=clock), dict[int, int]()
    for urgency, weight, seconds in steps:
        clock.now += timedelta(seconds=seconds)
        minute = WEIGHT.number(clock.now)
        try:
            budget.admit(Cost(urgency=urgency, weight=weight))
        except RateLimited:
            assert used.get(minute, 0) + weight > urgency.value
        else:
            used[minute] = used.get(minute, 0) + weight
            assert used[minute] <= 100


ASKED = [
    ("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1h", "limit": limit})
    for limit in ("99", "100", "499", "500", "1000", "1001")
] + [
    ("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1h"}),
    ("GET", "/fapi/v1/exchangeInfo", {}),
    ("GET", "/fapi/v1/premiumIndex", {}),
    ("GET", "/fapi/v2/ticker/price", {}),
    ("GET", "/fapi/v2/ticker/price", {"symbol": "BTCUSDT"}),
    ("GET", "/fapi/v1/ticker/24hr", {}),
    ("GET", "/fapi/v3/account", {}),
    ("GET", "/fapi/v3/positionRisk", {}),
    ("GET", "/fapi/v1/accountConfig", {}),
    ("GET", "/fapi/v1/symbolConfig", {"symbol": "BTCUSDT"}),
    ("GET", "/fapi/v1/openOrders", {}),
    ("GET", "/fapi/v1/openOrders", {"symbol": "BTCUSDT"}),
    ("GET", "/fapi/v1/openAlgoOrders", {}),
    ("GET", "/fapi/v1/userTrades", {"symbol": "BTCUSDT"}),
    ("GET", "/fapi/v1/income", {}),
    ("POST", "/fapi/v1/order", {"symbol": "BTCUSDT"}),
    ("DELETE", "/fapi/v1/order", {"symbol": "BTCUSDT"}),
    ("POST", "/fapi/v1/algoOrder", {"symbol": "BTCUSDT"}),
    ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT"}),
    ("POST", "/fapi/v1/listenKey", {}),
]


@pytest.mark.parametrize(("method", "path", "params"), ASKED)
def test_our_weights_are_the_exchanges(method: str, path: str, params: dict[str, str]) -> None:
    assert weight_of(method, path, params) == ROUTES[(method, path)].weight_of(params)


@pytest.mark.parametrize(
    ("method", "path", "params", "urgency"),
    [
        ("POST", "/fapi/v1/order", {"side": "SELL"}, Urgency.ENTER),
        ("POST", "/fapi/v1/order", {"side": "BUY", "reduceOnly": "true"}, Urgency.PROTECT),
        ("POST", "/fapi/v1/order", {"side": "BUY", "positionSide": "SHORT"}, Urgency.PROTECT),
        ("POST", "/fapi/v1/order", {"side": "SELL", "positionSide": "SHORT"}, Urgency.ENTER),
        ("POST", "/fapi/v1/order", {"side": "SELL", "positionSide": "LONG"}, Urgency.PROTECT),
        ("POST", "/fapi/v1/algoOrder", {"side": "BUY"}, Urgency.PROTECT),
        ("DELETE", "/fapi/v1/order", {}, Urgency.PROTECT),
        ("POST", "/fapi/v1/leverage", {}, Urgency.ENTER),
        ("GET", "/fapi/v3/positionRisk", {}, Urgency.TEND),
        ("GET", "/fapi/v3/positionRisk", {"symbol": "BTCUSDT"}, Urgency.WATCH),
    ],
)
def test_what_closes_or_cancels_is_never_held_up_by_what_enters(
    method: str, path: str, params: dict[str, str], urgency: Urgency
) -> None:
    assert cost_of(method, path, params, is_signed=True, account="mine").urgency is urgency


def test_public_questions_wait_first_but_for_the_clock() -> None:
    tickers = cost_of("GET", "/fapi/v2/ticker/price", {}, is_signed=False, account="")
    clock = cost_of("GET", "/fapi/v1/time", {}, is_signed=False, account="")

    assert (tickers.urgency, clock.urgency) == (Urgency.SCAN, Urgency.PROTECT)


def test_orders_count_against_the_account_that_sends_them() -> None:
    placed = cost_of("POST", "/fapi/v1/order", {}, is_signed=True, account="mine")
    cancelled = cost_of("DELETE", "/fapi/v1/order", {}, is_signed=True, account="mine")

    assert (placed.orders, placed.account, cancelled.orders) == (1, "mine", 0)


def test_the_venues_count_only_ever_raises_ours(budget: LocalBudget) -> None:
    budget.admit(Cost(urgency=Urgency.PROTECT, weight=40))

    budget.correct(30)
    budget.admit(Cost(urgency=Urgency.PROTECT, weight=60))

    with pytest.raises(RateLimited, match="weight"):
        budget.admit(Cost(urgency=Urgency.PROTECT, weight=1))


def test_what_others_on_the_address_used_leaves_less_for_us(budget: LocalBudget) -> None:
    budget.correct(99)

    assert budget.fits_at(Cost(urgency=Urgency.PROTECT, weight=2)) is not None
    assert budget.fits_at(Cost(urgency=Urgency.PROTECT, weight=1)) is None
    assert budget.fits_at(Cost(urgency=Urgency.SCAN, weight=1)) is not None


@pytest.mark.parametrize(("asked", "is_refused"), [(-1, False), (0, True), (20, True)])
def test_an_answer_from_before_the_turn_of_the_minute_tells_nothing_of_this_one(
    budget: LocalBudget, clock: Clock, asked: int, is_refused: bool
) -> None:
    clock.now += timedelta(seconds=21)

    budget.correct(100, asked_at=NOON + timedelta(seconds=asked))

    assert (budget.fits_at(Cost(urgency=Urgency.PROTECT, weight=1)) is not None) is is_refused


def test_a_correction_ends_with_its_minute(budget: LocalBudget, clock: Clock) -> None:
    budget.correct(100)
    until = budget.fits_at(Cost(urgency=Urgency.SCAN, weight=1))
    assert until is not None

    clock.now = until

    assert budget.fits_at(Cost(urgency=Urgency.SCAN, weight=75)) is None


def test_a_wait_holds_everybody_and_is_never_shortened(budget: LocalBudget, clock: Clock) -> None:
    budget.stop_until(NOON + timedelta(seconds=90))
    budget.stop_until(NOON + timedelta(seconds=10))
    clock.now += timedelta(seconds=89)

    with pytest.raises(RateLimited) as refused:
        budget.admit(order(Urgency.PROTECT))

    assert refused.value.until == budget.waits_until == NOON + timedelta(seconds=90)
    clock.now += timedelta(seconds=1)
    budget.admit(order(Urgency.PROTECT))


def test_what_does_not_fit_is_counted_nowhere(budget: LocalBudget) -> None:
    """An order too many for ten seconds has not used up its weight either."""
    for _ in range(20):
        budget.admit(order(Urgency.PROTECT))
    with pytest.raises(RateLimited):
        budget.admit(Cost(urgency=Urgency.PROTECT, weight=50, orders=1, account="mine"))

    budget.admit(Cost(urgency=Urgency.PROTECT, weight=100))


def test_accounts_do_not_use_up_each_others_orders(budget: LocalBudget) -> None:
    for _ in range(20):
        budget.admit(order(Urgency.PROTECT))

    budget.admit(Cost(urgency=Urgency.PROTECT, orders=20, account="another"))


def test_asking_whether_something_fits_uses_nothing_up(budget: LocalBudget) -> None:
    for _ in range(50):
        assert budget.fits_at(Cost(urgency=Urgency.PROTECT, weight=100)) is None

    budget.admit(Cost(urgency=Urgency.PROTECT, weight=100))


def test_threads_at_once_overdraw_nothing(budget: LocalBudget) -> None:
    def spend(_number: int) -> bool:
        try:
            budget.admit(Cost(urgency=Urgency.PROTECT, weight=3))
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(max_workers=8) as pool:
        admitted = sum(pool.map(spend, range(200)))

    assert admitted == 33
