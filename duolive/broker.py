"""The connections of worker, beat and publishers to Redis."""

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection

RETRY_SECONDS = 1


class SteadyConnection(Connection):
    """Tries again once a second for as long as the broker is away.

    kombu would wait two seconds longer before each attempt, up to 30: after an outage of a minute the worker would come
    back half a minute after Redis.
    """

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        steady = {"interval_start": RETRY_SECONDS, "interval_step": 0, "interval_max": RETRY_SECONDS}
        return super().ensure_connection(*args, **(steady | options))  # type: ignore[no-untyped-call]


class SteadyAMQP(AMQP):  # type: ignore[misc]
    Connection = SteadyConnection
