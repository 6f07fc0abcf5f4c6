"""What the adviser is told about one symbol, from the same facts that its answer will be judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from advisor.answer import Action
from advisor.clamps import Bounds
from advisor.context.telling import NOTHING, Context
from advisor.memory.recall import recall
from advisor.memory.relevance import Situation
from advisor.memory.vectors import encode
from advisor.models import Plan
from advisor.picture_facts import PictureFacts
from advisor.prompts.brief import Brief
from advisor.proposal import Terms, legal_actions
from signals.outlook.picture import MarketPicture
from trading.advised.facts import Facts
from trading.advised.gathering import Standing, may_enter
from trading.core.states import PositionStatus
from trading.models import Position

Row = Mapping[str, Any]
WAITING = frozenset({Action.ADD, Action.REDUCE, Action.ADJUST})  # while another change of the position is under way
SHOWN_TRADES, SHOWN_OPERATIONS = 20, 5
PERCENT_PLACES = Decimal("0.01")


def brief_of(
    standing: Standing,
    picture: MarketPicture,
    seen: PictureFacts,
    facts: Facts,
    *,
    position: Position | None,
    plan: Plan | None,
    context: Context = NOTHING,
    now: datetime,
    language: str,
    correlation: float = 0.0,
) -> Brief:
    """The brief on the facts' symbol at ``now``. ``correlation`` is with the leader, whose lessons may be told too."""
    situation = Situation(
        symbol=facts.symbol,
        regime=seen.regime,
        hour=now.hour,
        vector=encode(seen.features),
        correlation=correlation,
    )
    return Brief(
        terms=terms_of(standing, facts),
        at=now,
        inputs_hash=context.hashed_with(picture.inputs_hash),
        market=picture.as_rows(),
        account=_account(facts),
        position=None if facts.held is None else _position(facts),
        operations=_operations(position),
        other_positions=_others(standing, facts.symbol),
        recent_trades=[_trade(asdict(trade)) for trade in standing.trades[: -SHOWN_TRADES - 1 : -1]],
        streak=facts.record.streak,
        memory=recall(standing.bot, situation, trades=standing.trades, now=now, language=language),
        plan=None if plan is None else plan_row(plan),
        context=context.as_block(),
    )


def terms_of(standing: Standing, facts: Facts) -> Terms:
    """What an answer is held to before any gate: actions that make sense now, and the bounds of their numbers."""
    held, limits = facts.held, facts.limits
    allowed = legal_actions(
        has_position=held is not None,
        may_risk=not facts.missing and may_enter(standing.bot),
        adds_left=limits.max_adds - held.adds if held else 0,
        reduces_left=limits.max_reduces - held.reduces if held else 0,
    )
    return Terms(
        symbol=facts.symbol,
        allowed=allowed - WAITING if held and held.is_changing else allowed,
        bounds=Bounds(min_confidence=standing.config.min_confidence, max_size_percent=limits.max_size_pct),
    )


def plan_row(plan: Plan) -> Row:
    known = {
        "status": plan.status,
        "bias": plan.bias,
        "direction": plan.direction,
        "zone_low": plan.zone_low,
        "zone_high": plan.zone_high,
        "stop_loss": plan.stop_loss,
        "targets": plan.targets,
        "entry_condition": plan.entry_condition,
        "invalidation_price": plan.invalidation_price,
        "confidence": plan.confidence,
        "thesis": plan.thesis,
        "expires_at": plan.expires_at,
    }
    return {name: value for name, value in known.items() if value not in (None, "", [])}


def _account(facts: Facts) -> Row:
    account = facts.account
    exposure = account.carried / account.equity * 100 if account.equity > 0 else Decimal(0)
    return {
        "equity": account.equity,
        "available": account.available,
        "exposure_percent": exposure.quantize(PERCENT_PLACES),
        "positions": account.positions,
        "entries_today": account.entries_today,
    }


def _position(facts: Facts) -> Row:
    held = facts.held
    if held is None:
        return {}
    return {
        "side": "LONG" if held.is_long else "SHORT",
        "quantity": held.quantity,
        "entry_price": held.entry_price,
        "stop_loss": held.stop_price,
        "take_profit": held.take_profit_price,
        "pnl_percent": held.gain_pct,
        "leverage": held.leverage,
        "adds": f"{held.adds}/{facts.limits.max_adds}",
        "reduces": f"{held.reduces}/{facts.limits.max_reduces}",
    }


def _operations(position: Position | None) -> Sequence[Row]:
    """The last changes that were carried out."""
    if position is None:
        return ()
    done = position.changes.filter(status="done").order_by("-id")[:SHOWN_OPERATIONS]
    return [{"kind": change.kind, "at": change.finished_at, "quantity": change.quantity} for change in reversed(done)]


def _others(standing: Standing, symbol: str) -> Sequence[Row]:
    """Other positions of the account, whoever holds them: they share its risk."""
    held = Position.objects.filter(account=standing.bot.account, status=PositionStatus.OPEN).exclude(symbol=symbol)
    return [
        {"symbol": row.symbol, "side": row.direction, "entry_price": row.entry_price, "mark_price": row.mark_price}
        for row in held.order_by("pk")
    ]


def _trade(trade: Row) -> Row:
    shown = ("symbol", "is_long", "regime", "closed_at", "pnl", "pnl_percent", "exit_reason")
    return {name: trade[name] for name in shown}
