"""The first orders by hand of an account, asked for at once."""

import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.models import Bot
from tests.lockstep import InProcessClient, Lockstep
from tests.trading.services.test_concurrency import at_once
from tests.trading.services.test_manual_limits import WISH
from trading.models import Position
from trading.services.manual_entry import EntryRefused, ManualEntry, request_entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
SYMBOLS = [f"HAND{number}USDT" for number in range(4)]


@pytest.fixture
def desk(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    """A desk whose in-process exchange takes one request at a time."""
    one_at_a_time, answer = threading.RLock(), InProcessClient._exchange

    def locked(self: InProcessClient, call: Any) -> Any:
        with one_at_a_time:
            return answer(self, call)

    monkeypatch.setattr(InProcessClient, "_exchange", locked)
    lockstep = Lockstep(tmp_path)
    for symbol in SYMBOLS:
        lockstep.market.trade(symbol, lockstep.host.clock.now_ms() - 1, "8.500")
    return lockstep


def asked_at_once(desk: Lockstep, *wishes: ManualEntry) -> list[str]:
    """What refused them."""
    said: list[str] = []

    def ask(wish: ManualEntry) -> None:
        try:
            request_entry(wish, account=desk.account, market=desk.venue.market, now=desk.now())
        except EntryRefused as refused:
            said.append(str(refused))

    at_once(*(lambda wish=wish: ask(wish) for wish in wishes))
    return said


def test_all_are_taken_and_their_bot_is_one(desk: Lockstep) -> None:
    said = asked_at_once(desk, *(replace(WISH, symbol=symbol, quantity=Decimal(10)) for symbol in SYMBOLS))

    assert said == []
    assert Position.objects.count() == 4
    assert Bot.objects.filter(strategy="manual").count() == 1


def test_the_same_request_sent_again_while_it_is_worked_is_one_order_and_no_error(desk: Lockstep) -> None:
    wish = replace(WISH, symbol=SYMBOLS[0], quantity=Decimal(10), request_key="a click")

    said = asked_at_once(desk, *[wish] * 6)

    assert said == []
    assert Position.objects.count() == 1
