"""Money set aside before a call: no race, no crash and no late answer spends more than the caps."""

import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from advisor.budget import Caps
from advisor.models import Period, Spend, SpendStatus, SpendWindow
from advisor.spending import BudgetExhausted, committed, reserve, settle, tightest_share, window_start

NOW = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
CAPS = Caps(hour=Decimal("1"), day=Decimal("2"), month=Decimal("3"))
FORKING = multiprocessing.get_context("fork")


def take(amount, *, caps=CAPS, now=NOW):
    return reserve(Decimal(amount), provider="deepseek", model="deepseek-chat", caps=caps, now=now)


@pytest.mark.django_db
def test_a_reservation_counts_in_every_window_at_once():
    take("0.25")

    assert committed(NOW) == dict.fromkeys(Period, Decimal("0.25"))
    assert tightest_share(CAPS, NOW) == Decimal("0.25")


@pytest.mark.django_db
def test_the_last_millionth_may_be_spent_and_not_one_more():
    take("0.999999")
    take("0.000001")

    with pytest.raises(BudgetExhausted) as caught:
        take("0.000001")
    assert caught.value.period is Period.HOUR


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("caps", "period"),
    [
        (Caps(hour=Decimal(9), day=Decimal(1), month=Decimal(9)), Period.DAY),
        (Caps(hour=Decimal(9), day=Decimal(9), month=Decimal(1)), Period.MONTH),
        (Caps(hour=Decimal(0), day=Decimal(9), month=Decimal(9)), Period.HOUR),
    ],
)
def test_a_refused_reservation_is_set_aside_in_no_window(caps, period):
    with pytest.raises(BudgetExhausted) as caught:
        take("1.5", caps=caps)

    assert caught.value.period is period
    assert set(committed(NOW).values()) == {0}
    assert not Spend.objects.exists()


@pytest.mark.django_db
def test_what_was_not_spent_comes_back():
    spend = take("0.5")

    assert settle(spend, Decimal("0.1"), now=NOW)

    assert committed(NOW)[Period.HOUR] == Decimal("0.1")
    assert Spend.objects.get().status == SpendStatus.SETTLED


@pytest.mark.django_db
def test_an_unknown_cost_is_the_whole_reservation():
    settle(take("0.5"), None, now=NOW)

    assert committed(NOW)[Period.HOUR] == Decimal("0.5")


@pytest.mark.django_db
def test_a_reservation_is_settled_once():
    spend = take("0.5")
    settle(spend, Decimal(0), now=NOW)

    assert not settle(spend, Decimal(0), now=NOW)
    assert committed(NOW)[Period.HOUR] == 0


@pytest.mark.django_db
def test_a_cost_above_the_reservation_is_booked_all_the_same():
    settle(take("0.5"), Decimal("0.7"), now=NOW)

    assert committed(NOW)[Period.DAY] == Decimal("0.7")


@pytest.mark.django_db
def test_a_call_over_midnight_is_paid_by_the_day_that_allowed_it():
    spend = take("0.5")
    later = NOW + timedelta(seconds=2)

    settle(spend, Decimal("0.2"), now=later)

    assert committed(NOW)[Period.MONTH] == Decimal("0.2")
    assert committed(later) == dict.fromkeys(Period, Decimal(0))


def test_windows_begin_at_the_full_hour_day_and_month():
    assert window_start(Period.HOUR, NOW) == datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert window_start(Period.DAY, NOW) == datetime(2026, 3, 31, tzinfo=UTC)
    assert window_start(Period.MONTH, NOW) == datetime(2026, 3, 1, tzinfo=UTC)


def spend_all_one_can(amount: str, settles: str | None) -> None:
    try:
        for _ in range(12):
            spend = take(amount)
            settle(spend, None if settles is None else Decimal(settles), now=NOW)
    except BudgetExhausted:
        return


def in_threads(work: Callable[[], None], count: int) -> None:
    gate = threading.Barrier(count)

    def run() -> None:
        gate.wait()
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_processes(work: Callable[[], None], count: int) -> None:
    connections.close_all()  # a forked process must not share a socket
    processes = [FORKING.Process(target=work) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * count


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("together", [in_threads, in_processes])
def test_racing_analyses_spend_the_cap_and_not_a_millionth_more(together):
    together(lambda: spend_all_one_can("0.07", None), 4)

    spent = sum(spend.reserved_micros for spend in Spend.objects.all())
    assert spent == 14 * 70_000  # 14 fit into the dollar, 15 would not
    assert committed(NOW) == dict.fromkeys(Period, Decimal("0.98"))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_racing_settlements_give_back_exactly_what_was_not_spent():
    in_threads(lambda: spend_all_one_can("0.10", "0.01"), 4)

    assert set(SpendWindow.objects.values_list("committed_micros", flat=True)) == {48 * 10_000}
