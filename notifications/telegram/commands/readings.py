"""Commands that only tell: /status /positions /trades /protect /risk."""

from decimal import Decimal

from django.utils.translation import gettext as _

from desk.models import Account, Bot, accounts_of_this_environment
from notifications.telegram.commands import wording
from notifications.telegram.commands.breaking import standing
from notifications.telegram.moment import Moment
from signals.bot_settings import settings_of
from signals.strategies.base import StrategyConfig
from trading.core.states import ExitReason
from trading.models import Position
from trading.selectors import closed_positions, desk_status, open_positions
from trading.services.holdings import entries_on_day, result_of_day

TRADES = 10


def status(arguments: tuple[str, ...], moment: Moment) -> str:
    """Balance, today, positions, protection, switch, time."""
    desk = desk_status(market_time=moment.market, speed=None)
    today = sum((result_of_day(account, now=moment.market) for account in accounts_of_this_environment()), Decimal(0))
    lines = [
        _("Balance {balance} USDT, available {available}").format(
            balance=wording.usdt(desk.wallet_balance), available=wording.usdt(desk.available_balance)
        ),
        _("Today {today}, unrealised {unrealized}").format(
            today=wording.signed(today), unrealized=wording.signed(desk.unrealized_pnl)
        ),
        _("Open positions: {count}, {protection}").format(
            count=desk.open_positions, protection=wording.state_word(desk.protection)
        ),
        _("New entries: on") if desk.auto_trade else _("New entries: off"),
        _("{at} UTC").format(at=f"{moment.market:%Y-%m-%d %H:%M:%S}"),
    ]
    if not moment.is_read:
        lines.append(_("The exchange does not answer; these are the last known figures."))
    return "\n".join(lines)


def positions(arguments: tuple[str, ...], moment: Moment) -> str:
    return "\n".join(map(wording.standing, open_positions())) or _("No position is open.")


def protect(arguments: tuple[str, ...], moment: Moment) -> str:
    """Each open position with its stop."""
    lines = [f"{position.symbol}: {wording.protected(position)}" for position in open_positions() if position.quantity]
    return "\n".join(lines) or _("No position is open.")


def trades(arguments: tuple[str, ...], moment: Moment) -> str:
    """The last ten finished trades, newest first; results after commission, before funding."""
    lines = [_trade(position) for position in closed_positions()[:TRADES]]
    return "\n".join(lines) or _("No trade is finished yet.")


def _trade(position: Position) -> str:
    return _("{at} {symbol} {direction}: {reason}, {result} USDT").format(
        at=f"{position.closed_at:%m-%d %H:%M}",
        symbol=position.symbol,
        direction=position.get_direction_display(),
        reason=ExitReason(position.exit_reason).label,
        result=wording.signed(position.realized_pnl - position.commission),
    )


def risk(arguments: tuple[str, ...], moment: Moment) -> str:
    """What is at stake, and how much of each bot's limits is used."""
    held = [position for position in open_positions() if position.quantity]
    worth = sum(
        (position.quantity * (position.mark_price or position.entry_price or 0) for position in held), Decimal(0)
    )
    at_stops = sum((wording.result_at(position, position.stop_price) or Decimal(0) for position in held), Decimal(0))
    lines = [
        _("Exposure {exposure} USDT, result if every stop fires {result} USDT").format(
            exposure=wording.usdt(worth), result=wording.signed(at_stops)
        )
    ]
    for account in accounts_of_this_environment():
        lines += [_limits(bot, account, moment) for bot in account.bots.exclude(strategy="manual").order_by("pk")]
    return "\n".join([*lines, *standing()])


def _limits(bot: Bot, account: Account, moment: Moment) -> str:
    config = settings_of(bot)
    return _(
        "{bot}: positions {positions} of {max_positions}, entries today {entries} of {max_entries}, {loss}"
    ).format(
        bot=bot.name,
        positions=open_positions().filter(bot=bot).count(),
        max_positions=config.max_positions,
        entries=entries_on_day(bot, now=moment.market),
        max_entries=config.max_entries_per_day,
        loss=_loss(config, account, moment),
    )


def _loss(config: StrategyConfig, account: Account, moment: Moment) -> str:
    result = result_of_day(
        account,
        now=moment.market,
        with_fees=config.daily_loss_includes_fees,
        with_funding=config.daily_loss_includes_funding,
    )
    if not config.daily_loss_limit_usdt:
        return _("today {result} without a limit").format(result=wording.signed(result))
    return _("today {result}, limit {limit}").format(
        result=wording.signed(result), limit=wording.signed(-config.daily_loss_limit_usdt)
    )
