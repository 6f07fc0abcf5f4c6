"""What is at stake on an account: its breaker, and how much of every limit is used. Reading only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.models import Account, Bot
from risk import breaker_store
from risk.breaker import Breaker
from risk.breaker_causes import losses_in_a_row
from risk.limit_settings import RiskSettings
from risk.limits import LimitCode
from risk.settings_store import risk_settings_of, risk_version_of
from risk.states import Tier
from signals.bot_settings import settings_of
from trading.core.states import PositionStatus
from trading.models import Position
from trading.services.breaker import recent_trades
from trading.services.emergency_stop import StopReport, last_report
from trading.services.holdings import carried_notional, counted_result_of_day, entries_on_day, exposure_weight

ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """How much of a limit is used; ``bot`` is empty where all of the account counts. ``unit`` is %, USDT or nothing."""

    code: LimitCode
    bot: str
    value: Decimal
    limit: Decimal
    unit: str

    @property
    def used_pct(self) -> Decimal:
        return min(max(self.value / self.limit * 100, ZERO), Decimal(100)).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskReport:
    """``breaker`` as it was evaluated last; losses in percent of the capital at work, None before equity was read."""

    account: Account
    tier: Tier
    version: int
    breaker: Breaker
    losses_in_a_row: int
    equity: Decimal | None
    day_loss_pct: Decimal | None
    week_loss_pct: Decimal | None
    drawdown_pct: Decimal | None
    limits: tuple[LimitUse, ...]
    settings: RiskSettings
    settings_version: int
    last_stop: StopReport | None


def risk_report(account: Account, *, now: datetime) -> RiskReport:
    breaker, settings = breaker_store.breaker_of(account), risk_settings_of(account)
    track = breaker.track
    return RiskReport(
        account=account,
        tier=breaker.tier,
        version=breaker_store.version_of(account),
        breaker=breaker,
        losses_in_a_row=losses_in_a_row(recent_trades(account), since=breaker.counters.streak_from),
        equity=track.equity if track else None,
        day_loss_pct=_percent(track.day.loss_pct(track.price)) if track else None,
        week_loss_pct=_percent(track.week.loss_pct(track.price)) if track else None,
        drawdown_pct=_percent(track.drawdown_pct) if track else None,
        limits=tuple(_uses(account, breaker, settings, now=now)),
        settings=settings,
        settings_version=risk_version_of(account),
        last_stop=last_report(account),
    )


def _percent(value: Decimal) -> Decimal:
    return value.quantize(CENT)


def _uses(account: Account, breaker: Breaker, settings: RiskSettings, *, now: datetime) -> Iterator[LimitUse]:
    held = list(Position.objects.filter(account=account).exclude(status=PositionStatus.CLOSED))
    equity = (
        breaker.track.equity if breaker.track else (account.wallet_balance or ZERO) + (account.unrealized_pnl or ZERO)
    )
    if settings.max_exposure_pct and equity > 0:
        worth = sum((exposure_weight(position, settings) for position in held), ZERO)
        yield LimitUse(
            code=LimitCode.TOTAL_EXPOSURE,
            bot="",
            value=_percent(worth / equity * 100),
            limit=settings.max_exposure_pct,
            unit="%",
        )
    for bot in account.bots.exclude(strategy="manual").order_by("pk"):
        yield from _uses_of_bot(bot, [each for each in held if each.bot_id == bot.pk], settings, now=now)


def _uses_of_bot(bot: Bot, held: list[Position], settings: RiskSettings, *, now: datetime) -> Iterator[LimitUse]:
    config = settings_of(bot)
    entries = entries_on_day(bot, now=now)
    yield _count(LimitCode.MAX_POSITIONS, bot, len(held), config.max_positions)
    yield _count(LimitCode.MAX_ENTRIES_PER_DAY, bot, entries, config.max_entries_per_day)
    if config.daily_loss_limit_usdt:
        result = counted_result_of_day(bot.account, config, now=now)
        limit = config.daily_loss_limit_usdt
        yield LimitUse(code=LimitCode.DAILY_LOSS, bot=bot.name, value=max(-result, ZERO), limit=limit, unit="USDT")
    if settings.max_bot_margin_usdt:
        margin = sum((carried_notional(position) / position.leverage for position in held), ZERO).quantize(CENT)
        limit = settings.max_bot_margin_usdt
        yield LimitUse(code=LimitCode.BOT_MARGIN, bot=bot.name, value=margin, limit=limit, unit="USDT")


def _count(code: LimitCode, bot: Bot, value: int, limit: int) -> LimitUse:
    return LimitUse(code=code, bot=bot.name, value=Decimal(value), limit=Decimal(limit), unit="")
