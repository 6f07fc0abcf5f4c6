"""Query parameters of list answers, checked; what is wrong is answered with 400 and said."""

import uuid
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from dashboard.api.base import missing, refused, required_market_time
from desk.models import Account, Bot, accounts_of_this_environment

DEFAULT = 100
HIGHEST = 1000
HIGHEST_SIGNALS = 5000
MOST_DAYS = 90

CASE_PARAMETER = OpenApiParameter("case", OpenApiTypes.UUID, description="only events of this case file")
BOT_PARAMETER = OpenApiParameter("bot", OpenApiTypes.INT, description="id of a bot; without it the surge bot")
ONLY_BOT_PARAMETER = OpenApiParameter("bot", OpenApiTypes.INT, description="id of a bot; without it all bots")
ACCOUNT_PARAMETER = OpenApiParameter("account", OpenApiTypes.INT, description="id; without it the first")
DAYS_PARAMETER = OpenApiParameter("days", OpenApiTypes.INT, description=f"of the market's last days, 1 to {MOST_DAYS}")


def limit_of(request: Request, *, highest: int = HIGHEST, default: int = DEFAULT) -> int:
    """``limit``, a whole number from 1 to ``highest``. Raises ValidationError."""
    return _whole_number(request, "limit", highest=highest, default=default)


def limit_parameter(highest: int = HIGHEST) -> OpenApiParameter:
    return OpenApiParameter(
        "limit", OpenApiTypes.INT, description=f"rows at most, 1 to {highest}", default=DEFAULT, required=False
    )


def days_of(request: Request, *, default: int) -> int:
    """``days``, a whole number from 1 to 90. Raises ValidationError."""
    return _whole_number(request, "days", highest=MOST_DAYS, default=default)


def since(request: Request) -> datetime | None:
    """The market time that lies ``days`` back, or None where no ``days`` is given. Raises ValidationError."""
    if "days" not in request.query_params:
        return None
    return required_market_time().at - timedelta(days=days_of(request, default=1))


def _whole_number(request: Request, name: str, *, highest: int, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= highest:
        return int(text)
    raise refused({name: _("{name} must be a whole number from 1 to {highest}").format(name=name, highest=highest)})


def case_of(request: Request) -> uuid.UUID | None:
    """``case``, if given. Raises ValidationError."""
    text = request.query_params.get("case")
    if text is None:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        raise refused({"case": _("case must be a UUID")}) from None


def bot_of(request: Request) -> Bot:
    """The bot that ``bot`` names, else the surge bot, else the first. Raises NotFound, ValidationError."""
    bots = Bot.objects.filter(account__in=accounts_of_this_environment()).select_related("account").order_by("pk")
    text = request.query_params.get("bot")
    if text is None:
        found = bots.filter(strategy="surge_short").first() or bots.first()
    elif text.isascii() and text.isdecimal() and len(text) < 10:
        found = bots.filter(pk=int(text)).first()
    else:
        raise refused({"bot": _("bot must be the id of a bot")})
    if found is None:
        raise missing(_("such bot"))
    return found


def account_of(pk: int | None) -> Account:
    """The account by its id, else the first of this environment. Raises NotFound."""
    accounts = accounts_of_this_environment().order_by("pk")
    found = accounts.first() if pk is None else accounts.filter(pk=pk).first()
    if found is None:
        raise missing(_("such account"))
    return found


def asked_account(request: Request) -> Account:
    """The account that ``account`` names, else the first. Raises NotFound, ValidationError."""
    text = request.query_params.get("account")
    if text is None:
        return account_of(None)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise refused({"account": _("account must be the id of an account")})
    return account_of(int(text))
