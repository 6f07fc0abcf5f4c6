"""A database that may not answer: waited for only so long, and asked again on another connection."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection

from duolive.watchdog import database as module
from duolive.watchdog.database import NoAnswer, PatientDatabase
from tests.duolive.watchdog.conftest import Seconds

PATIENCE = 0.05


@pytest.fixture
def released() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def database(seconds: Seconds) -> Iterator[PatientDatabase]:
    patient = PatientDatabase(patience=PATIENCE, given_up_after=30, monotonic=seconds)
    yield patient
    patient.close()


def quick(seconds: Seconds) -> PatientDatabase:
    """One that never hangs in this test, however slow the machine is."""
    return PatientDatabase(patience=60, monotonic=seconds)


def hang(database: PatientDatabase, released: threading.Event) -> None:
    with pytest.raises(NoAnswer, match="no answer for"):
        database.ask(released.wait)


def test_what_is_asked_is_answered_in_another_thread_that_stays(seconds: Seconds) -> None:
    patient = quick(seconds)

    threads = {patient.ask(threading.get_ident) for _ in range(3)}
    patient.close()

    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_what_the_database_refuses_is_refused_to_who_asked(seconds: Seconds) -> None:
    patient = quick(seconds)

    with pytest.raises(IntegrityError):
        patient.ask(_raising(IntegrityError("twice")))

    assert patient.ask(lambda: 1) == 1
    patient.close()


def test_any_other_failure_is_no_answer(seconds: Seconds) -> None:
    patient = quick(seconds)

    with pytest.raises(DatabaseError, match="another way"):
        patient.ask(_raising(ValueError("not of the database")))

    assert patient.ask(lambda: 1) == 1
    patient.close()


def test_one_that_hangs_is_not_waited_for_again(database: PatientDatabase, released: threading.Event) -> None:
    hang(database, released)

    with pytest.raises(NoAnswer, match="still no answer"):
        database.ask(lambda: 1)


def test_after_a_while_another_connection_is_tried(
    database: PatientDatabase, released: threading.Event, seconds: Seconds
) -> None:
    hang(database, released)
    seconds.now += 30

    hang(database, released)  # asked, on a thread of its own


def test_only_so_many_are_left_behind(database: PatientDatabase, released: threading.Event, seconds: Seconds) -> None:
    before = set(threading.enumerate())
    for _ in range(module.MOST_LEFT_BEHIND + 1):
        hang(database, released)
        seconds.now += 30

    with pytest.raises(NoAnswer, match="connections hang"):
        database.ask(lambda: 1)

    assert len(set(threading.enumerate()) - before) == module.MOST_LEFT_BEHIND + 1


def test_one_that_answers_late_is_asked_as_before(
    database: PatientDatabase, released: threading.Event, seconds: Seconds
) -> None:
    answered = threading.Event()
    with pytest.raises(NoAnswer):
        database.ask(lambda: (released.wait(), answered.set()))

    released.set()
    assert answered.wait(10)

    assert _asked_until_answered(database, lambda: 1) == 1


def _asked_until_answered(database: PatientDatabase, work: Callable[[], int]) -> int:
    for _ in range(1000):
        try:
            return database.ask(work)
        except NoAnswer:
            threading.Event().wait(0.01)
    raise AssertionError("never answered again")


@pytest.mark.postgres
@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_a_server_that_hangs_is_left_behind_for_a_connection_that_answers(seconds: Seconds) -> None:
    patient = PatientDatabase(patience=2, given_up_after=30, monotonic=seconds)

    with pytest.raises(NoAnswer):
        patient.ask(lambda: _execute("SELECT pg_sleep(600)"))
    seconds.now += 30
    answer = _asked_until_answered(patient, lambda: int(_execute("SELECT 1")))

    _execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'")
    patient.close()
    assert answer == 1


def _execute(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def _raising(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work
