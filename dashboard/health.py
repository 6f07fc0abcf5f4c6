"""Health for load balancers and supervisors: words only, open to everybody."""

from collections.abc import Mapping

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.pulse import Pulse, pulses
from trading import selectors
from trading.selectors import ProtectionState

OK, UNREACHABLE, UNKNOWN = "ok", "unreachable", "unknown"
REDIS_TIMEOUT_SECONDS = 1.0


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": OK})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The desk can trade and protect; 503 with the failing words otherwise."""
    words = readiness()
    failing = sorted(name for name, word in words.items() if is_failing(word))
    status = 503 if failing else 200
    return JsonResponse({"status": "failing" if failing else OK, "failing": failing, **words}, status=status)


def is_failing(word: str) -> bool:
    return word in (UNREACHABLE, UNKNOWN, Pulse.LATE, Pulse.NEVER, ProtectionState.UNPROTECTED)


def readiness() -> Mapping[str, str]:
    """One word for each thing the desk stands on."""
    words = {"database": _database(), "redis": _redis()}
    if words["database"] != OK:
        return words | {"protection": UNKNOWN}
    protection = selectors.worst_protection(list(selectors.open_positions()))
    return words | {loop: word.value for loop, word in pulses().items()} | {"protection": protection.value}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM desk_heartbeat LIMIT 1")
    except DatabaseError:
        return UNREACHABLE
    return OK


def _redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), retries=0),
    )
    try:
        client.ping()
    except redis.RedisError:
        return UNREACHABLE
    finally:
        client.close()
    return OK
