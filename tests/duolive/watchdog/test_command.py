"""``manage.py watchdog --flatten`` as its owner types it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from desk.models import Account
from duolive.watchdog.keeping import keep, kept_file
from exchange.errors import BadCredentials
from tests.duolive.watchdog.away import database_away
from tests.factories import make_account
from tests.lockstep import Lockstep
from trading.venue import Venue


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.DUOLIVE_HOME = tmp_path / "desk"
    return tmp_path / "desk"


@pytest.fixture
def closed_accounts(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Accounts whose keys the venue refuses; the others trade in lockstep."""
    refused: set[int] = set()

    def open_venue(account: Account) -> Venue:
        if account.pk in refused:
            raise BadCredentials("-2015: Invalid API-key")
        return lockstep.venue

    monkeypatch.setattr("duolive.management.commands.watchdog.open_venue", open_venue)
    return refused


@pytest.fixture
def flatten(closed_accounts: set[int]) -> Callable[[], None]:
    return lambda: call_command("watchdog", flatten=True, yes=True)


@pytest.fixture
def away(lockstep: Lockstep) -> Iterator[Callable[[], None]]:
    """Take the database away until the test ends."""
    with ExitStack() as until_end:
        yield lambda: until_end.enter_context(database_away())


def test_everything_is_closed(lockstep: Lockstep, flatten: Callable[[], None], capsys: Any) -> None:
    lockstep.open_position()

    flatten()

    assert lockstep.open_at_exchange() == 0
    assert capsys.readouterr().out == "DOTUSDT: closed\nAll flat.\n"


def test_without_a_database_it_goes_by_what_was_kept(
    lockstep: Lockstep, flatten: Callable[[], None], away: Callable[[], None], capsys: Any
) -> None:
    lockstep.open_position()
    keep(kept_file())

    away()
    flatten()

    told = capsys.readouterr()
    assert lockstep.open_at_exchange() == 0
    assert told.out == "DOTUSDT: closed\nAll flat.\n"
    assert "the database does not answer" in told.err
    assert "going on by what was kept at " in told.err


def test_without_database_and_file_it_says_so_in_one_line(
    lockstep: Lockstep, flatten: Callable[[], None], away: Callable[[], None]
) -> None:
    lockstep.open_position()

    away()
    with pytest.raises(CommandError, match=r"nothing was kept.*Close by hand at the exchange"):
        flatten()


def test_one_account_that_fails_keeps_no_other_open(
    lockstep: Lockstep, flatten: Callable[[], None], closed_accounts: set[int], capsys: Any
) -> None:
    lockstep.open_position()
    closed_accounts.add(make_account(pk=0, name="a").pk)  # the first in turn

    with pytest.raises(CommandError, match="not everything is closed"):
        flatten()

    assert lockstep.open_at_exchange() == 0
    assert "a: -2015" in capsys.readouterr().err


def test_an_environment_without_accounts_is_not_called_flat(flatten: Callable[[], None]) -> None:
    Account.objects.update(environment="testnet")

    with pytest.raises(CommandError, match="no account"):
        flatten()
