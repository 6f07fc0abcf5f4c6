"""A database that fails: wholly, or only when something is written, as with a full disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection

WRITES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def database_away() -> Iterator[None]:
    """Nothing can be read or written."""
    with connection.execute_wrapper(_refuse):
        yield


@contextmanager
def disk_full(*, after_writes: int = 0) -> Iterator[None]:
    """Everything can be read, and so many more statements written."""
    left = after_writes

    def write(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        if sql.lstrip().upper().startswith(WRITES):
            if left <= 0:
                raise OperationalError("database or disk is full")
            left -= 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(write):
        yield


def _refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("the database is away")
