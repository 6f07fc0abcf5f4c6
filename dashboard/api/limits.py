"""A limit in the way of what was asked for: told with its code, the value it met and where it lies."""

from typing import Any

from rest_framework import serializers

from dashboard.api.base import Conflict
from dashboard.fields import Word
from risk.limits import LimitCode, LimitRefusal


class LimitReached(Conflict):
    def __init__(self, refusal: LimitRefusal) -> None:
        super().__init__(
            {"detail": str(refusal), "code": refusal.code.value, "value": refusal.value, "limit": refusal.limit}
        )


class LimitReachedOut(serializers.Serializer[Any]):
    """Code, value and limit are missing where it was not a limit that refused."""

    detail = serializers.CharField()
    code = Word(LimitCode, required=False)
    value = serializers.CharField(required=False)
    limit = serializers.CharField(required=False)
