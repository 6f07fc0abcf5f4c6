"""``risk``, ``circuit`` and ``panic``."""

from collections.abc import Callable
from typing import Any

import pytest

from risk import breaker_store
from risk.breaker import stop_at_once
from risk.breaker_store import tier_of
from risk.models import RiskVersion
from risk.states import Tier
from tests.lockstep import SYMBOL, Lockstep

Cli = Callable[..., Any]


def test_risk_shows_value_and_limit(cli: Cli, lockstep: Lockstep) -> None:
    lockstep.open_position()

    limits = {row["code"]: row for row in cli("risk", "--json").json["limits"]}

    assert (limits["max_positions"]["value"], limits["max_positions"]["limit"]) == ("1", "6")
    assert "max_positions" in cli("risk").out


def test_risk_changes_all_or_nothing(cli: Cli, lockstep: Lockstep) -> None:
    refused = cli("risk", "max_leverage=126", "max_position_pct=20", "no_such=1", "--json")
    taken = cli("risk", "max_position_pct=20", 'symbol_deny=["dotusdt"]', "--json")

    assert (refused.code, set(refused.json["errors"])) == (1, {"max_leverage", "no_such"})
    assert "125" in refused.json["errors"]["max_leverage"]
    assert taken.json["settings"] == {"max_position_pct": "20", "symbol_deny": ["DOTUSDT"]}
    assert RiskVersion.objects.get().author == "cli"
    assert cli("risk", "no_such").code == 1


def test_circuit_tells_and_resets_with_a_reason(cli: Cli, lockstep: Lockstep) -> None:
    breaker_store.change(lockstep.account, lambda breaker, _row: stop_at_once(breaker, now=lockstep.now()))

    told = cli("circuit", "--json").json
    without = cli("circuit", "reset", "--yes")
    unasked = cli("circuit", "reset", "--reason", "looked at it")
    done = cli("circuit", "reset", "--reason", "looked at it", "--yes", "--json")

    assert (told["tier"], [trip["cause"] for trip in told["trips"]]) == ("halted", ["emergency_stop"])
    assert (without.code, unasked.code, done.json["tier"]) == (2, 2, "active")
    assert cli("circuit", "reset", "--reason", "once more", "--yes").code == 1


def test_panic_closes_waits_and_tells(cli: Cli, at_work: Lockstep) -> None:
    at_work.open_position()

    answer = cli("panic", "--yes", "--json")

    assert answer.code == 0
    assert [(row["symbol"], row["closed"]) for row in answer.json["positions"]] == [(SYMBOL, True)]
    assert tier_of(at_work.account) is Tier.HALTED
    assert not at_work.venue.trading.positions()


def test_panic_ends_with_one_where_something_is_left(cli: Cli, lockstep: Lockstep) -> None:
    lockstep.open_position()

    answer = cli("panic", "--yes", "--timeout", "0.01")

    assert answer.code == 1
    assert "NOT closed" in answer.out
    assert "stop stands" in answer.out


@pytest.mark.parametrize("command", ["panic", "circuit"])
def test_nothing_is_done_without_a_yes(cli: Cli, lockstep: Lockstep, command: str) -> None:
    arguments = ["reset", "--reason", "because"] if command == "circuit" else []

    assert cli(command, *arguments).code == 2
    assert tier_of(lockstep.account) is Tier.ACTIVE
