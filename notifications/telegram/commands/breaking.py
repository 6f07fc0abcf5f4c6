"""The breaker in the chat: how it stands, and its reset with a reason, which asks first."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from desk.models import Account, accounts_of_this_environment
from desk.vocabulary import BREAKER_CAUSES, TIERS
from notifications.telegram.commands.confirming import ask
from notifications.telegram.moment import Moment
from risk.breaker import Trip
from risk.breaker_store import breaker_of, version_of
from risk.states import Tier
from trading.services.breaker import ResetRefused, reset_breaker

AUTHOR = "telegram"


def standing() -> list[str]:
    """One line for each account whose breaker has tripped, and one for each of its causes."""
    lines = []
    for account in _tripped():
        breaker = breaker_of(account)
        lines.append(_("{account}: breaker {tier}").format(account=account.name, tier=TIERS[breaker.tier.value]))
        lines += map(_cause, breaker.trips)
    return lines


def _tripped() -> list[Account]:
    accounts = accounts_of_this_environment().order_by("pk")
    return [account for account in accounts if breaker_of(account).tier is not Tier.ACTIVE]


def _cause(trip: Trip) -> str:
    cause = BREAKER_CAUSES[trip.cause.value]
    if trip.until is None:
        return _("{cause} {value}, limit {limit}").format(cause=cause, value=trip.value, limit=trip.limit or "-")
    return _("{cause} {value}, limit {limit}, until {until} UTC").format(
        cause=cause, value=trip.value, limit=trip.limit, until=f"{trip.until:%m-%d %H:%M}"
    )


def reset(arguments: tuple[str, ...], moment: Moment) -> str:
    """What stands tripped, and the code for its reset; the words behind the command are the reason."""
    tripped = _tripped()
    if not tripped:
        return _("The breaker has not tripped.")
    question = "\n".join([*standing(), _("Reset it, and take the losses so far as they are?")])
    seen = {str(account.pk): version_of(account) for account in tripped}
    return ask("reset", question, now=moment.wall, seen=seen, reason=" ".join(arguments)[:200])


def do_reset(arguments: Mapping[str, Any], moment: Moment) -> str:
    """Only what was seen when it was asked for."""
    accounts = Account.objects.filter(pk__in=arguments["seen"]).order_by("pk")
    return "\n".join(_reset(account, arguments, moment) for account in accounts)


def _reset(account: Account, arguments: Mapping[str, Any], moment: Moment) -> str:
    seen = arguments["seen"][str(account.pk)]
    try:
        reset_breaker(account, seen_version=seen, author=AUTHOR, reason=arguments["reason"], now=moment.market)
    except ResetRefused:
        return _("{account}: the breaker has changed since; ask again.").format(account=account.name)
    return _("{account}: the breaker is active again.").format(account=account.name)
