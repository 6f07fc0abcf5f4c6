"""The order page: each way to send is explained, sizes too small are mended, and what was placed is followed."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import log_in, open_page
from tests.e2e.conftest import MARKET_TIME
from tests.e2e.day import write_day
from tests.e2e.web_process import WebProcess
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Execution, Order, Position

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICE = "#order-form label:has(input[value={}]) span"


@pytest.fixture
def page(browser: Any, web: WebProcess, transactional_db: None) -> Any:
    write_day()
    page = open_page(browser, web.url)
    log_in(page)
    page.goto("/order?symbol=XRPUSDT&side=LONG")
    page.fill("#margin_usdt", "200")
    yield page
    assert page.problems == []


def placed(page: Any) -> Position:
    """Says yes to the order as the form stands."""
    page.click("#submit:not([disabled])")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#placed .position")
    return Position.objects.get(symbol="XRPUSDT", status=PositionStatus.PENDING)


def fill(position: Position, orders: int) -> None:
    """The exchange has filled so many of its orders; a protected position is what came of it."""
    for order in position.orders.order_by("id")[:orders]:
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.FILLED, executed_quantity=order.quantity)
    executed = sum((order.executed_quantity for order in position.orders.all()), Decimal(0))
    Position.objects.filter(pk=position.pk).update(
        status=PositionStatus.OPEN,
        quantity=executed,
        entered_quantity=executed,
        entry_price=Decimal("1.41"),
        filled_at=MARKET_TIME,
    )


def test_an_order_in_slices_is_explained_named_and_followed_to_its_fill(page: Any, pictures: Path) -> None:
    page.click(CHOICE.format("TWAP"))
    page.wait_for_selector("#submit:has-text('in slices'):not([disabled])")
    told = page.inner_text("#style-note")
    position = placed(page)
    page.wait_for_selector("#placed .sending:has-text('0 of')")

    fill(position, orders=1)
    page.wait_for_selector("#placed .pieces i[data-state=filled]")
    page.screenshot(path=pictures / "order-followed.png", full_page=True)
    Execution.objects.update(ended_at=MARKET_TIME, ending="filled")
    Position.objects.filter(pk=position.pk).update(is_executing=False)

    page.wait_for_selector("#placed .chip:has-text('position open')")
    assert "4 parts over 4 min" in told and "0.5 %" in told


def test_a_limit_begins_at_the_last_price_and_gives_way(page: Any) -> None:
    page.click(CHOICE.format("LIMIT_THEN_MARKET"))
    page.wait_for_selector("#submit:has-text('then at market'):not([disabled])")
    price = page.input_value("#price")

    position = placed(page)

    assert price == "1.41"
    assert (position.executions.get().style, position.orders.get().order_type) == ("limit_then_market", "LIMIT")


def test_an_order_at_market_is_one_order_and_its_end_is_told(page: Any) -> None:
    page.click(CHOICE.format("MARKET"))
    position = placed(page)

    ended = {"status": PositionStatus.CLOSED, "exit_reason": ExitReason.ENTRY_UNFILLED, "closed_at": MARKET_TIME}
    Position.objects.filter(pk=position.pk).update(**ended)

    page.wait_for_selector("#placed:has-text('nothing was filled')", timeout=10_000)
    assert position.orders.get().order_type == "MARKET"
    assert not position.executions.exists()


def test_a_size_too_small_comes_with_the_least_that_works(page: Any) -> None:
    page.fill("#symbol", "BTCUSDT")
    page.fill("#margin_usdt", "5")
    page.wait_for_selector("#least-margin:visible")
    page.problems.clear()  # the browser tells of the answer 400

    page.click("#least-margin")
    page.wait_for_selector("#submit:not([disabled])")

    assert Decimal(page.input_value("#margin_usdt")) > 30
    assert page.locator("#least-margin").is_hidden()
