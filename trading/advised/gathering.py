"""Gathering what the gates will look at: our rows, the picture of the market, the settings in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from advisor.memory.trades import ClosedTrade
from advisor.models import Plan
from advisor.picture_facts import PictureFacts
from desk.models import Account as AccountRow
from desk.models import Bot, ConfigVersion
from exchange.types import PositionSide
from risk.limit_settings import RiskSettings
from risk.settings_store import risk_settings_of
from risk.states import Intention
from signals.strategies.ai_futures import AiFuturesConfig, Mode
from signals.strategies.registry import config_of
from trading.advised.facts import Account, Facts, Held, Limits, PlanFacts, Record
from trading.advised.trades import closed_trades, record_of
from trading.core.states import UNFINISHED_CHANGE, ChangeKind, ChangeStatus, PositionStatus
from trading.models import Position
from trading.services.breaker_gate import breaker_refusal
from trading.services.change_history import initial_quantity
from trading.services.holdings import counted_result_of_day, entries_on_day, exposure_weight
from trading.services.narrowing import narrowed

GAIN_PLACES = Decimal("0.0001")
COUNTED_CHANGES = (ChangeStatus.ASKED, ChangeStatus.WORKING, ChangeStatus.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A bot as it stands at the beginning of a round; positions and balances are read anew for each look."""

    bot: Bot
    version: ConfigVersion
    config: AiFuturesConfig
    risk: RiskSettings
    trades: Sequence[ClosedTrade] = field(default_factory=list)
    record: Record = field(default_factory=Record)

    @property
    def limits(self) -> Limits:
        config, risk = self.config, self.risk
        return Limits(
            max_leverage=risk.max_leverage,
            max_size_pct=risk.max_position_pct,
            max_exposure_pct=risk.max_exposure_pct,
            exposure_basis=risk.exposure_basis.value,
            max_positions=config.max_positions,
            max_entries_per_day=config.max_entries_per_day,
            daily_loss=config.daily_loss_limit_usdt,
            max_loss_pct=config.max_loss_pct,
            default_size_pct=config.default_size_pct,
            min_stop_atr=config.min_stop_atr,
            max_stop_atr=config.max_stop_atr,
            min_reward_risk=config.min_reward_risk,
            trailing_stop=config.trailing_stop,
            cooldown_minutes=config.cooldown_minutes,
            max_adds=risk.max_adds,
            min_add_gain_pct=risk.min_add_gain_pct,
            max_add_multiple=risk.max_add_multiple,
            max_reduces=risk.max_reduces,
        )


def standing_of(bot: Bot) -> Standing:
    """Raises pydantic.ValidationError for settings that are no longer valid."""
    version = bot.config_version
    config = config_of(version)
    if not isinstance(config, AiFuturesConfig):
        raise TypeError(f"{bot.name} does not follow advice")
    trades = closed_trades(bot)
    return Standing(
        bot=bot,
        version=version,
        config=config,
        risk=narrowed(risk_settings_of(bot.account), config),
        trades=trades,
        record=record_of(trades),
    )


def position_on(account: AccountRow, symbol: str) -> Position | None:
    """Whatever of ours is not over on ``symbol``, of this bot or another."""
    rows = Position.objects.filter(account=account, symbol=symbol).exclude(status=PositionStatus.CLOSED)
    return rows.select_related("bot", "account", "signal").first()


def may_enter(bot: Bot) -> bool:
    """Whether advice to enter could be followed at all: the switch is on and the breaker lets entries pass."""
    return bot.auto_trade and breaker_refusal(bot.account, intention=Intention.ENTER) is None


def facts_for(
    standing: Standing,
    picture: PictureFacts,
    *,
    position: Position | None,
    plan: Plan | None,
    now: datetime,
) -> Facts:
    """Everything an answer on the picture's symbol is judged by."""
    missing = picture.missing
    account = _account(standing, now=now)
    if account is None:
        missing, account = (*missing, "balance"), _UNKNOWN_ACCOUNT
    return Facts(
        symbol=picture.symbol,
        price=picture.price,
        atr=picture.atr,
        limits=standing.limits,
        account=account,
        record=standing.record,
        held=None if position is None else held_of(position, price=picture.price, atr=picture.atr),
        plan=plan_facts(plan),
        is_layered=standing.config.mode is Mode.LAYERED,
        missing=tuple(missing),
        cooldown_left=_cooldown_left(standing, picture.symbol, now=now),
        regime=picture.regime,
    )


_UNKNOWN_ACCOUNT = Account(
    equity=Decimal(0), available=Decimal(0), carried=Decimal(0), positions=0, entries_today=0
)  # fmt: skip


def _account(standing: Standing, *, now: datetime) -> Account | None:
    row = AccountRow.objects.get(pk=standing.bot.account_id)
    if row.wallet_balance is None or row.available_balance is None:
        return None
    config = standing.config
    unfinished = Position.objects.filter(account=row).exclude(status=PositionStatus.CLOSED)
    return Account(
        equity=row.wallet_balance + (row.unrealized_pnl or Decimal(0)),
        available=row.available_balance,
        carried=sum((exposure_weight(position, standing.risk) for position in unfinished), Decimal(0)),
        positions=sum(position.bot_id == standing.bot.pk for position in unfinished),
        entries_today=entries_on_day(standing.bot, now=now),
        result_today=counted_result_of_day(row, config, now=now),
    )


def held_of(position: Position, *, price: Decimal | None, atr: Decimal | None) -> Held | None:
    """None until the entry has a price. Where the entry had no advice, ``atr`` of now and the stop of now stand in."""
    if position.entry_price is None:
        return None
    terms = position.signal.terms if position.signal else {}
    mark = price or position.mark_price or position.entry_price
    sign = 1 if position.side is PositionSide.LONG else -1
    gain = sign * (mark / position.entry_price - 1) * position.leverage * 100
    changes = list(position.changes.filter(status__in=COUNTED_CHANGES))
    kinds = [change.kind for change in changes]
    return Held(
        position=position.pk,
        is_long=position.side is PositionSide.LONG,
        quantity=position.quantity,
        first_quantity=initial_quantity(position),
        entry_price=position.entry_price,
        stop_price=position.stop_price,
        first_stop=Decimal(terms["stop_price"]) if "stop_price" in terms else position.stop_price,
        atr=Decimal(terms["atr"]) if "atr" in terms else atr or Decimal(0),
        leverage=position.leverage,
        gain_pct=gain.quantize(GAIN_PLACES),
        take_profit_price=position.take_profit_price,
        adds=kinds.count(ChangeKind.ADD),
        reduces=kinds.count(ChangeKind.REDUCE),
        is_changing=any(change.status in UNFINISHED_CHANGE for change in changes),
    )


def _cooldown_left(standing: Standing, symbol: str, *, now: datetime) -> Decimal:
    """Minutes until the bot may enter ``symbol`` again after its last close there."""
    closed = Position.objects.filter(bot=standing.bot, symbol=symbol, closed_at__isnull=False, filled_at__isnull=False)
    last = closed.order_by("-closed_at").values_list("closed_at", flat=True).first()
    if last is None:
        return Decimal(0)
    left = last + timedelta(minutes=standing.config.cooldown_minutes) - now
    return max(Decimal(int(left.total_seconds())) / 60, Decimal(0)).quantize(Decimal("0.01"))


def plan_facts(plan: Plan | None) -> PlanFacts | None:
    if plan is None:
        return None
    return PlanFacts(
        plan=plan.pk,
        status=plan.status,
        direction=plan.direction,
        zone_low=plan.zone_low,
        zone_high=plan.zone_high,
    )
