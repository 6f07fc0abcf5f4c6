"""Both bots side by side on one account, as ``make demo`` shows them: real processes, recorded market."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import free_ports
from tests.system.running_desk import RunningDesk

pytestmark = [pytest.mark.system, pytest.mark.ci, pytest.mark.timeout(300)]
WITHIN_S = 120


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    desk = RunningDesk(tmp_path_factory.mktemp("both") / "home", ports=free_ports(2), speed=60, bot="")
    try:
        desk.wait_until_ready()
        yield desk
    finally:
        assert desk.stop() == 0


def entered_by(desk: RunningDesk) -> set[str]:
    return {row["bot"] for row in [*desk.api("positions"), *desk.api("trades")]}


def acting_decision(desk: RunningDesk) -> dict[str, Any] | None:
    rows = desk.api("decisions?outcome=executed")["rows"]
    return rows[0] if rows else None


def test_each_bot_trades_on_the_one_account(desk: RunningDesk) -> None:
    desk.wait(lambda: len(entered_by(desk)) == 2, seconds=WITHIN_S, what="both bots to trade")

    ratios = {signal["symbol"]: f"{Decimal(signal['surge_ratio']):.4f}" for signal in desk.api("signals")}
    assert ratios == {"DOTUSDT": "12.9862", "TIAUSDT": "11.1611"}


def test_a_trade_of_the_adviser_is_a_decision_on_record(desk: RunningDesk) -> None:
    decision = desk.wait(lambda: acting_decision(desk), seconds=WITHIN_S, what="a decision to be carried out")

    assert decision["provider"] == "rules"
    assert decision["action"] in {"LONG", "SHORT", "CLOSE", "ADD", "REDUCE", "ADJUST"}


def test_nothing_stood_without_a_stop_for_long(desk: RunningDesk) -> None:
    assert desk.control("protection")["worst_seconds"] < 5
