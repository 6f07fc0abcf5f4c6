"""What was said at the start about the surge bot: its margin, its loss limit, its switch. The rest stays as it is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.models import Bot
from duolive.cli.password import require_password
from duolive.setup.accounts import SURGE
from signals.bot_settings import change_settings, set_auto_trade, settings_of
from signals.strategies.base import MarginMode, StrategyConfig
from trading.change_sets import raised_by

AUTHOR, REASON = "start", "given at the start"
MARGIN, LOSS_LIMIT = "live_fixed_margin_usdt", "daily_loss_limit_usdt"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSettings:
    """USDT; None where nothing was said."""

    margin: Decimal | None
    loss_limit: Decimal | None
    auto_trade: bool

    def apply(self, bot: Bot, *, now: datetime) -> None:
        """Put into a new version what differs. Raises SettingsRefused; CommandError where a password is missing."""
        given = {MARGIN: self.margin, LOSS_LIMIT: self.loss_limit}
        changes = {name: str(value) for name, value in given.items() if value is not None}
        if changes:
            if raised_by(bot, changes):
                require_password()
            change_settings(bot, changes, author=AUTHOR, now=now, reason=REASON)
        if self.auto_trade and not bot.auto_trade:
            set_auto_trade(bot, is_on=True, author=AUTHOR, now=now)


def described(bot: Bot) -> str:
    """Whether ``bot`` trades, and the settings that bound it, in one line."""
    settings = settings_of(bot)
    bounds = [
        *([f"margin {_margin(settings)}"] if bot.strategy == SURGE else []),
        f"leverage at most {settings.leverage}" if bot.strategy != SURGE else f"leverage {settings.leverage}",
        f"at most {settings.max_positions} positions",
        f"daily loss limit {settings.daily_loss_limit_usdt:f} USDT"
        if settings.daily_loss_limit_usdt
        else "NO LOSS LIMIT",
    ]
    switch = "auto-trade is on" if bot.auto_trade else "auto-trade is off"
    return f"{bot.name}: {switch}; {', '.join(bounds)}"


def _margin(settings: StrategyConfig) -> str:
    if settings.margin_mode is MarginMode.FIXED:
        return f"{settings.live_fixed_margin_usdt:f} USDT"
    return f"{settings.margin_pct:f} % of what is available"
