"""``what-if``: the numbers of an entry on a signal, whatever became of it; nothing is written."""

from decimal import Decimal

import pytest

from trading.models import Position
from trading.services.entry import refuse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_refused", [False, True])
def test_the_newest_signal_of_a_contract_is_reckoned_at_the_present_price(cli, lockstep, is_refused):
    signal = lockstep.signal(price="7.000")
    if is_refused:
        refuse(signal, code="max_positions", reason="max_positions (6, limit 6)", now=lockstep.now())

    answer = cli("what-if", "dotusdt", "--json")

    found = answer.json["what_if"]
    assert answer.code == 0
    assert (found["quantity"], found["leverage"], found["stop_price"]) == ("70.5", 3, "10.030")
    assert Decimal(found["margin"]) == Decimal("199.75")
    assert answer.json["signal_status"] == ("refused" if is_refused else "pending")
    assert not Position.objects.exists()


def test_it_is_told_in_lines_with_the_limit_it_would_exceed(cli, lockstep):
    lockstep.bot.account.risk_versions.create(number=1, values={"max_position_pct": "1"}, author="tests")
    lockstep.signal()

    answer = cli("what-if", "DOTUSDT", "--gap", "20")

    lines = {line[:12].strip(): line[13:] for line in answer.out.splitlines()[1:]}
    assert (lines["quantity"], lines["margin"]) == ("70.5", "199.75 USDT at 3x")
    assert lines["20 % gap"].startswith("-199.75 USDT")  # never more than the margin
    assert "Over a limit: position_share" in answer.out + answer.err


def test_a_size_that_cannot_be_derived_is_an_error_with_its_code(cli, lockstep):
    version = lockstep.bot.config_version
    version.values = {"margin_mode": "atr_risk"}
    version.save()
    lockstep.signal()

    answer = cli("what-if", "DOTUSDT", "--json")

    assert answer.code == 1
    assert answer.json["reason_code"] == "no_size"


def test_a_contract_without_a_signal_is_told(cli, lockstep):
    assert "no signal is on record" in cli("what-if", "XRPUSDT").err
