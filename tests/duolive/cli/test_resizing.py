"""``add`` and ``reduce``: a share of what is open, done while the command waits, refused with words."""

from decimal import Decimal

import pytest

from trading.core.states import ChangeStatus
from trading.models import PositionChange
from trading.services.position_changes import work_change

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(lockstep, meanwhile):
    """Changes are carried out while the command waits."""

    def work():
        for change in PositionChange.objects.exclude(status=ChangeStatus.DONE):
            work_change(change, lockstep.venue)
        lockstep.deliver()

    meanwhile(work)
    return lockstep


def test_a_part_is_closed(cli, desk):
    before = desk.open_position()

    answer = cli("reduce", "dotusdt", "30", "--reason", "half is enough")

    assert answer.code == 0, answer.err
    assert answer.out.strip() == "DOTUSDT: reduce of 21.1 is done."
    assert desk.position().quantity == before.quantity - Decimal("21.1")
    assert PositionChange.objects.get().reason == "half is enough"


def test_an_add_is_made_and_its_size_told(cli, desk):
    desk.open_position()
    desk.price("8.300")

    answer = cli("add", "DOTUSDT", "50", "--style", "market", "--json")

    assert answer.json == {"symbol": "DOTUSDT", "kind": "ADD", "status": "done", "quantity": "35.2"}


def test_an_add_without_profit_says_why_it_is_refused(cli, desk):
    desk.open_position()

    answer = cli("add", "DOTUSDT", "50")

    assert answer.code != 0
    assert "not enough profit to add" in answer.err


def test_without_waiting_the_change_is_only_asked_for(cli, lockstep):
    lockstep.open_position()

    answer = cli("reduce", "DOTUSDT", "30", "--no-wait")

    assert answer.code == 0
    assert "the desk carries it out" in answer.out
    assert PositionChange.objects.get().status == ChangeStatus.ASKED
