"""What a change of settings would have done to the last signals: refusals, the loss at a stop, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from desk.models import Account, Bot
from exchange.types import Kline
from risk.change_direction import raising
from risk.filters import run_filters
from risk.limit_settings import RiskSettings
from risk.limits_contract import ContractState, contract_refusal
from risk.limits_exposure import Book, Stake, exposure_refusal
from risk.settings_store import risk_settings_of, validated
from risk.sizing import StopBeyondLiquidation, safe_leverage
from risk.sizing_modes import NoSize, SizingFacts, SizingMode, TradeRecord, wanted_notional
from risk.verdict import Outcome
from signals.bot_settings import settings_of, validated_settings
from signals.models import SignalContext
from signals.proposals import proposal_of
from signals.strategies.base import Enter, Proposal, Strategy, StrategyConfig
from signals.strategies.registry import strategy_class
from trading.kept_contexts import context_of
from trading.results import result_of
from trading.services.entry_sizing import sizing_settings
from trading.services.sizing_facts import trade_record
from trading.shadow_judging import PastView

LAST = 20
CENT = Decimal("0.01")
BY_BALANCE = frozenset({SizingMode.FIXED, SizingMode.PERCENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One signal under one set of settings.

    ``loss`` is what its stop would cost, USDT before fees; None if it is refused or its size is derived from bars.
    """

    refused_by: str
    loss: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One signal before and after the change. ``result_ratio`` is what the trade made of its notional, if known."""

    symbol: str
    found_at: datetime
    before: Judged
    after: Judged
    result_ratio: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Effects newest first; ``raised`` names the changes that raise risk."""

    raised: tuple[str, ...]
    effects: Sequence[Effect]

    @property
    def refused_before(self) -> int:
        return sum(bool(effect.before.refused_by) for effect in self.effects)

    @property
    def refused_after(self) -> int:
        return sum(bool(effect.after.refused_by) for effect in self.effects)

    @property
    def newly_refused(self) -> int:
        return sum(bool(effect.after.refused_by) and not effect.before.refused_by for effect in self.effects)

    @property
    def newly_passed(self) -> int:
        return sum(bool(effect.before.refused_by) and not effect.after.refused_by for effect in self.effects)

    @property
    def loss_before(self) -> Decimal | None:
        """Mean loss at the stop of a trade, USDT; None where every signal was refused."""
        return _mean([effect.before.loss for effect in self.effects])

    @property
    def loss_after(self) -> Decimal | None:
        return _mean([effect.after.loss for effect in self.effects])


def _mean(losses: Sequence[Decimal | None]) -> Decimal | None:
    known = [loss for loss in losses if loss is not None]
    return (sum(known, Decimal(0)) / len(known)).quantize(CENT) if known else None


def preview_settings(bot: Bot, changes: Mapping[str, Any], *, last: int = LAST) -> Preview:
    """``changes`` of a bot's settings on its last signals. Raises SettingsRefused; changes nothing."""
    before = settings_of(bot)
    after = validated_settings(bot, {**before.model_dump(mode="json"), **changes})
    risk = risk_settings_of(bot.account)
    judges = [_Judge(bot, config, risk) for config in (before, after)]
    return Preview(
        raised=raising(before.model_dump(), after.model_dump()),
        effects=[_effect(kept, *judges) for kept in _kept(last, signal__bot=bot)],
    )


def preview_risk(account: Account, changes: Mapping[str, Any], *, last: int = LAST) -> Preview:
    """``changes`` of an account's risk settings on the last signals of its bots. Raises RiskSettingsRefused.

    Each signal meets the account as it was read last, with nothing open: what is carried changes by the hour.
    """
    before = risk_settings_of(account)
    after = validated({**before.model_dump(mode="json"), **changes})
    kept = _kept(last, signal__bot__account=account)
    configs = {row.signal.bot: settings_of(row.signal.bot) for row in kept}
    judges = {bot: [_Judge(bot, config, risk) for risk in (before, after)] for bot, config in configs.items()}
    return Preview(
        raised=raising(before.model_dump(), after.model_dump()),
        effects=[_effect(row, *judges[row.signal.bot]) for row in kept],
    )


def _kept(last: int, **chosen: object) -> list[SignalContext]:
    rows = SignalContext.objects.filter(**chosen).select_related("signal__bot__account", "signal__shadow")
    return list(rows.prefetch_related("signal__trade").order_by("-signal__found_at", "-signal_id")[:last])


class _Judge:
    """One set of settings."""

    def __init__(self, bot: Bot, config: StrategyConfig, risk: RiskSettings) -> None:
        self._bot, self._config, self._risk = bot, config, risk
        self._strategy: Strategy = strategy_class(bot.strategy)(config)

    def judge(self, kept: SignalContext) -> Judged:
        """The signal's own condition, the filters, then the limits of size."""
        proposal = proposal_of(kept.signal)
        if not self._is_signal(proposal):
            return Judged(refused_by="no_signal")
        decision = self._strategy.decide_entry(proposal, PastView(_NoBars(), now=kept.signal.found_at))
        if not isinstance(decision, Enter):
            return Judged(refused_by="strategy")
        verdicts = run_filters(decision.filters, context_of(kept), on_missing=decision.on_missing_data)
        if verdicts and verdicts[-1].outcome is Outcome.REJECT:
            return Judged(refused_by=f"filter_{verdicts[-1].name}")
        return self._sized(kept, decision)

    def _is_signal(self, proposal: Proposal) -> bool:
        """A surge below a raised threshold would not have been one. What a lower one would add is not on record."""
        values = self._config.model_dump()
        low, high = values.get("surge_threshold"), values.get("surge_max_multiple")
        return (low is None or proposal.surge_ratio >= low) and (high is None or proposal.surge_ratio <= high)

    def _sized(self, kept: SignalContext, decision: Enter) -> Judged:
        symbol, now = kept.signal.symbol, kept.signal.found_at
        try:
            leverage = safe_leverage(
                wanted=decision.leverage or self._config.leverage, stop_loss_ratio=decision.stop_loss_ratio
            )
        except StopBeyondLiquidation:
            return Judged(refused_by="stop_beyond_liquidation")
        margin = self._margin(kept.entry_price, leverage=leverage)
        refused = contract_refusal(ContractState(symbol=symbol), self._risk, now=now)
        book = _empty_book(self._bot.account)
        if refused is None and book is not None and margin is not None:
            refused = exposure_refusal(Stake(symbol=symbol, margin=margin, leverage=leverage), book, self._risk)
        if refused is not None:
            return Judged(refused_by=refused.code.value)
        loss = None if margin is None else (margin * leverage * decision.stop_loss_ratio).quantize(CENT)
        return Judged(refused_by="", loss=loss)

    def _margin(self, price: Decimal, *, leverage: int) -> Decimal | None:
        """USDT by the balances read last; None for a mode that looks at bars of the day, or finds no size."""
        mode, account = SizingMode(self._config.margin_mode.value), self._bot.account
        if account.wallet_balance is None or account.available_balance is None:
            return self._config.live_fixed_margin_usdt if mode in BY_BALANCE else None
        facts = SizingFacts(
            equity=account.wallet_balance + (account.unrealized_pnl or Decimal(0)),
            available=account.available_balance,
            leverage=leverage,
            entry_price=price,
            record=trade_record(self._bot) if mode is SizingMode.HALF_KELLY else TradeRecord(),
        )
        try:
            return wanted_notional(sizing_settings(self._config, mode), facts) / leverage
        except NoSize:
            return None


def _empty_book(account: Account) -> Book | None:
    """The account as it was read last, with nothing open; None before the first reading."""
    if account.wallet_balance is None:
        return None
    equity = account.wallet_balance + (account.unrealized_pnl or Decimal(0))
    return Book(equity=equity, available=equity)


def _effect(kept: SignalContext, before: _Judge, after: _Judge) -> Effect:
    result = result_of(kept.signal)
    return Effect(
        symbol=kept.signal.symbol,
        found_at=kept.signal.found_at,
        before=before.judge(kept),
        after=after.judge(kept),
        result_ratio=result.result_ratio if result else None,
    )


class _NoBars:
    """A venue that is not asked."""

    def klines(self, symbol: str, interval: str, **period: Any) -> Sequence[Kline]:
        return ()
