"""What the adviser is told besides the market: how each source is, and the address that others push to."""

from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from advisor.context.errors import SourceFailed
from advisor.context.pushed import LONGEST_BODY
from advisor.context.receiving import NotGenuine, receive
from dashboard.ai.context_list import ContextOut, context_now
from dashboard.ai.context_words import failure_told
from dashboard.api.base import DeskApi

log = structlog.get_logger(__name__)

TIMESTAMP, SIGNATURE = "X-Duolive-Timestamp", "X-Duolive-Signature"


class TooLarge(APIException):
    """More than a call may hold."""

    status_code = 413
    default_detail = _("a call may hold 64 kB")
    default_code = "too_large"


class PushedOut(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="small letters, digits, underscores")
    symbol = serializers.CharField(required=False, help_text="of which contract; absent: of none")
    value = serializers.CharField(required=False, help_text="a number or its text")
    text = serializers.CharField(required=False, help_text="cut after 200 characters")
    unit = serializers.CharField(required=False)
    time = serializers.CharField(required=False, help_text="Unix time or ISO 8601; absent: now")


class PushOut(serializers.Serializer[Any]):
    """At most 20 readings; a value, a text or both each."""

    readings = PushedOut(many=True)


class TakenOut(serializers.Serializer[Any]):
    taken = serializers.IntegerField(help_text="readings that were kept")


class ContextApi(DeskApi):
    """Every source of context: health, last readings with their age, and what is absent."""

    @extend_schema(responses=ContextOut)
    def get(self, request: Request) -> Response:
        return Response(ContextOut(context_now()).data)


class ContextWebhookApi(DeskApi):
    """Where a source of the kind webhook pushes its readings. Its signature is its login."""

    authentication_classes = ()
    permission_classes = [AllowAny]

    @extend_schema(
        auth=[],
        request=PushOut,
        responses={200: TakenOut, 400: None, 401: None, 413: None},
        parameters=[
            OpenApiParameter(TIMESTAMP, OpenApiTypes.INT, OpenApiParameter.HEADER, description="Unix seconds"),
            OpenApiParameter(
                SIGNATURE,
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="HMAC-SHA256 of TIMESTAMP.BODY with the source's secret, hexadecimal",
            ),
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        headers = request.headers
        try:
            taken = receive(
                name, _body(request), timestamp=headers.get(TIMESTAMP, ""), signed=headers.get(SIGNATURE, "")
            )
        except NotGenuine:
            log.warning("context_call_refused", peer=request.META.get("REMOTE_ADDR", ""))
            return Response({"detail": _("not signed, or not by whom it should be")}, status=401)
        except SourceFailed as failed:
            return Response({"detail": failure_told(str(failed))}, status=400)
        return Response({"taken": taken})


def _body(request: Request) -> bytes:
    """The bytes as they came, for the signature is over them. Raises TooLarge, where it can before they are read."""
    claimed = request.META.get("CONTENT_LENGTH") or "0"
    try:
        if int(claimed) > LONGEST_BODY:
            raise TooLarge
        body: bytes = request._request.body
    except (ValueError, RequestDataTooBig):
        raise TooLarge from None
    if len(body) > LONGEST_BODY:
        raise TooLarge
    return body
