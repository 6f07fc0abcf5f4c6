"""What every address of the API shares: how errors are told."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from dashboard.api.permissions import HasRole
from dashboard.api.phrases import in_reader_language
from dashboard.market_time import MarketTime, market_time
from desk.roles import Role
from exchange.errors import ExchangeError

ErrorHandler = Callable[[Exception, dict[str, Any]], Response | None]


class Conflict(APIException):
    """The wish makes no sense for the state of the desk."""

    status_code = 409
    default_code = "conflict"


class Unanswered(APIException):
    """The venue cannot be asked now."""

    status_code = 503
    default_detail = _("the exchange does not answer; try again")
    default_code = "unanswered"


class DeskApi(APIView):
    """Answers errors as ``{"detail": …}``, or as ``{"errors": {field: message}}`` where fields are at fault.

    ``reads`` and ``writes`` are the roles it asks for; without ``writes`` nobody may.
    """

    permission_classes = [IsAuthenticated, HasRole]
    reads: Role = Role.VIEWER
    writes: Role | None = None

    def get_exception_handler(self) -> ErrorHandler:
        return told


def told(error: Exception, context: dict[str, Any]) -> Response | None:
    """One shape for all errors; None leaves what is no answer to the server."""
    if isinstance(error, ExchangeError):
        error = Unanswered(f"the exchange does not answer: {error}")
    response = exception_handler(error, context)
    if response is not None and isinstance(error, ValidationError) and isinstance(error.detail, dict):
        response.data = {"errors": {name: _sentence(messages) for name, messages in error.detail.items()}}
    elif response is not None and isinstance(error, ValidationError):
        response.data = {"detail": _sentence(error.detail)}
    elif response is not None and "detail" in response.data:
        response.data["detail"] = in_reader_language(str(response.data["detail"]))
    return response


def _sentence(messages: Any) -> str:
    if isinstance(messages, Mapping):
        return "; ".join(f"{name}: {_sentence(part)}" for name, part in messages.items())
    if isinstance(messages, list):
        return " ".join(map(_sentence, messages))
    return in_reader_language(str(messages))


def refused(messages: Mapping[str, str]) -> ValidationError:
    """400 with one message for each field."""
    return ValidationError({name: [message] for name, message in messages.items()})


def missing(what: str) -> NotFound:
    return NotFound(_("there is no {what}").format(what=what))


def required_market_time() -> MarketTime:
    """Now in the market. Raises Unanswered."""
    reading = market_time()
    if reading is None:
        raise Unanswered(_("the exchange's clock cannot be read; try again"))
    return reading
