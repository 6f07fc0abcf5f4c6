"""Commands that change something: each asks first, but for /pause, which only takes risk away.

They write intents, nothing more; the processes with the keys carry them out and the outcome comes as a notice.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from desk.models import Bot, accounts_of_this_environment
from notifications.telegram.commands import breaking, wording
from notifications.telegram.commands.confirming import ask, take
from notifications.telegram.commands.parsing import symbol
from notifications.telegram.moment import Moment
from signals.bot_settings import set_auto_trade, settings_of
from trading.core.states import LIVE, ExitReason, PositionStatus, Purpose
from trading.models import Order, Position
from trading.selectors import open_positions, unrealized_pnl
from trading.services.emergency_stop import emergency_stop
from trading.services.exit_requests import request_close
from trading.services.manual_changes import request_entry_cancel

AUTHOR = "telegram"


def close(arguments: tuple[str, ...], moment: Moment) -> str:
    """What closing would mean now, and the code for it."""
    name = symbol(arguments[0])
    held = [position for position in open_positions() if position.symbol == name]
    if not held:
        return _nothing_open(name)
    question = "\n".join(_("{standing}: close at market?").format(standing=wording.standing(each)) for each in held)
    return ask("close", question, now=moment.wall, positions=[position.pk for position in held])


def _nothing_open(name: str) -> str:
    names = ", ".join(sorted({position.symbol for position in open_positions()}))
    if not names:
        return _("{symbol}: no open position. None is open.").format(symbol=name)
    return _("{symbol}: no open position. Open are: {names}.").format(symbol=name, names=names)


def _do_close(arguments: Mapping[str, Any], moment: Moment) -> str:
    return _close_all(Position.objects.filter(pk__in=arguments["positions"]), moment)


def _close_all(positions: Iterable[Position], moment: Moment) -> str:
    """One line for each position."""
    return "\n".join(_close(position, moment) for position in positions)


def _close(position: Position, moment: Moment) -> str:
    if request_close(position, reason=ExitReason.MANUAL, author=AUTHOR, now=moment.market):
        return _("{symbol}: closing at market.").format(symbol=position.symbol)
    if position.status == PositionStatus.CLOSED:
        return _("{symbol}: was closed already.").format(symbol=position.symbol)
    return _("{symbol}: was closing already.").format(symbol=position.symbol)


def cancel(arguments: tuple[str, ...], moment: Moment) -> str:
    """The working entry of a contract, and the code for its end. Stop and take-profit are not offered."""
    name = symbol(arguments[0])
    entries = list(_working_entries().filter(symbol=name))
    if not entries:
        return _no_entry(name)
    question = "\n".join(_entry(order) for order in entries)
    return ask("cancel", question, now=moment.wall, positions=[order.position_id for order in entries])


def _working_entries() -> QuerySet[Order]:
    return Order.objects.filter(
        account__in=accounts_of_this_environment(), purpose=Purpose.ENTRY, status__in=LIVE
    ).select_related("position")


def _entry(order: Order) -> str:
    return _(
        "{symbol}: entry {side} {quantity} at {price}, filled {filled}. Cancel the rest? What is filled stays."
    ).format(
        symbol=order.symbol,
        side=order.position.get_direction_display(),
        quantity=wording.number(order.quantity),
        price=_("market") if order.price is None else wording.number(order.price),
        filled=wording.number(order.executed_quantity),
    )


def _no_entry(name: str) -> str:
    if any(position.symbol == name for position in open_positions()):
        return _("{symbol}: no entry is working. Its stop and take-profit stay; /close ends the position.").format(
            symbol=name
        )
    names = ", ".join(sorted(_working_entries().values_list("symbol", flat=True)))
    if not names:
        return _("{symbol}: no entry is working. None is working at all.").format(symbol=name)
    return _("{symbol}: no entry is working. Working are: {names}.").format(symbol=name, names=names)


def _do_cancel(arguments: Mapping[str, Any], moment: Moment) -> str:
    lines = []
    for order in _working_entries().filter(position__in=arguments["positions"]):
        request_entry_cancel(order.position, author=AUTHOR, now=moment.market)
        lines.append(_("{symbol}: cancelling the entry.").format(symbol=order.symbol))
    return "\n".join(lines) or _("The entry is not working any more.")


def pause(arguments: tuple[str, ...], moment: Moment) -> str:
    """Switch every bot's entries off, without asking."""
    names = _pause_all(moment)
    if not names:
        return _("New entries were off already. Open positions are looked after all the same.")
    return _("New entries are off: {bots}. Open positions are looked after all the same. /resume switches on.").format(
        bots=", ".join(names)
    )


def _pause_all(moment: Moment) -> list[str]:
    on = _bots().filter(auto_trade=True)
    return [bot.name for bot in on if set_auto_trade(bot, is_on=False, author=AUTHOR, now=moment.market)]


def _bots() -> QuerySet[Bot]:
    """Bots that enter by themselves."""
    mine = Bot.objects.filter(account__in=accounts_of_this_environment()).exclude(strategy="manual")
    return mine.select_related("account").order_by("pk")


def resume(arguments: tuple[str, ...], moment: Moment) -> str:
    """What each resting bot may do once it is on, and the code for that."""
    resting = list(_bots().filter(auto_trade=False))
    if not resting:
        return _("New entries are on already.")
    question = "\n".join([*map(_allowance, resting), *breaking.standing()])
    return ask("resume", question, now=moment.wall, bots=[bot.pk for bot in resting])


def _allowance(bot: Bot) -> str:
    config = settings_of(bot)
    return _("{bot}: switch on, up to {positions} positions, {entries} entries a day, {leverage}x?").format(
        bot=bot.name,
        positions=config.max_positions,
        entries=config.max_entries_per_day,
        leverage=config.leverage,
    )


def _do_resume(arguments: Mapping[str, Any], moment: Moment) -> str:
    wanted = _bots().filter(pk__in=arguments["bots"])
    on = [bot.name for bot in wanted if set_auto_trade(bot, is_on=True, author=AUTHOR, now=moment.market)]
    return _("New entries are on: {bots}.").format(bots=", ".join(on)) if on else _("New entries are on already.")


def panic(arguments: tuple[str, ...], moment: Moment) -> str:
    """What stands open, its sum, and the code for the end of it all."""
    held = list(open_positions())
    total = sum((unrealized_pnl(position) or Decimal(0) for position in held), Decimal(0))
    lines = [wording.standing(position) for position in held]
    lines.append(
        _("Switch all bots off and close all positions ({count}) at market, together {total} USDT unrealised?").format(
            count=len(held), total=wording.signed(total)
        )
    )
    lines.append(_("Then the desk is halted until you send /reset with a reason."))
    return ask("panic", "\n".join(lines), now=moment.wall)


def _do_panic(arguments: Mapping[str, Any], moment: Moment) -> str:
    """Whatever is open now, also what was entered since the question."""
    _pause_all(moment)
    with transaction.atomic():
        closing = _close_all(open_positions(), moment)
        for account in accounts_of_this_environment():
            emergency_stop(account, author=AUTHOR, reason="panic", now=moment.market)
    return "\n".join(line for line in (_("New entries are off."), closing or _("Nothing was open.")) if line)


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any], Moment], str]] = {
    "close": _do_close,
    "cancel": _do_cancel,
    "resume": _do_resume,
    "panic": _do_panic,
    "reset": breaking.do_reset,
}


def yes(arguments: tuple[str, ...], moment: Moment) -> str:
    """Do what was asked about under a code."""
    confirmed = take(arguments[0], now=moment.wall)
    if confirmed is None:
        return _("Nothing waits under {code}: it was done, or its minute is over. Ask again.").format(code=arguments[0])
    return _ACTIONS[confirmed.action](confirmed.arguments, moment)
