"""Query parameters of list answers, checked; what is wrong is answered with 400 and said."""

import uuid

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

DEFAULT = 100
HIGHEST = 1000
HIGHEST_SIGNALS = 5000

CASE_PARAMETER = OpenApiParameter("case", OpenApiTypes.UUID, description="only events of this case file")


def limit_of(request: Request, *, highest: int = HIGHEST) -> int:
    """``limit``, a whole number from 1 to ``highest``. Raises ValidationError."""
    text = request.query_params.get("limit", str(DEFAULT))
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= highest:
        return int(text)
    raise serializers.ValidationError({"limit": [f"limit must be a whole number from 1 to {highest}"]})


def limit_parameter(highest: int = HIGHEST) -> OpenApiParameter:
    return OpenApiParameter(
        "limit", OpenApiTypes.INT, description=f"rows at most, 1 to {highest}", default=DEFAULT, required=False
    )


def case_of(request: Request) -> uuid.UUID | None:
    """``case``, if given. Raises ValidationError."""
    text = request.query_params.get("case")
    if text is None:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        raise serializers.ValidationError({"case": ["case must be a UUID"]}) from None
