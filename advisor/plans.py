"""The life of plans: made, confirmed, entered on, ended; one view of a symbol in force at a time."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from advisor.budget import to_micros
from advisor.models import LIVING_PLANS, Plan, PlanStatus
from advisor.prompts.quoting import clean_text
from advisor.strategic import PlannedTrade, PlanWords, StrategicAdvice, planned_trade
from desk.models import Bot
from desk.money import round_significant

LIVES = timedelta(hours=1)  # market; a plan that was not entered by then is of another market


def plan_in_force(bot: Bot, symbol: str) -> Plan | None:
    """The newest living plan."""
    return Plan.objects.filter(bot=bot, symbol=symbol, status__in=LIVING_PLANS).first()


def end_if_over(plan: Plan, *, price: Decimal | None, is_held: bool, now: datetime) -> bool:
    """End a plan whose time, price or position has gone; True when it did."""
    if plan.status == PlanStatus.ACTIVE:
        return False if is_held else end(plan, PlanStatus.COMPLETED, because="the position is closed", now=now)
    if now >= plan.expires_at:
        return end(plan, PlanStatus.EXPIRED, because="its time is over", now=now)
    if price is not None and is_invalid_at(plan, price):
        return end(plan, PlanStatus.INVALIDATED, because=f"the price reached {price:f}", now=now)
    return False


def is_invalid_at(plan: Plan, price: Decimal) -> bool:
    """Below its invalidation price for a long, above it for a short."""
    if plan.invalidation_price is None or plan.direction not in ("LONG", "SHORT"):
        return False
    end_price: Decimal = plan.invalidation_price
    return price < end_price if plan.direction == "LONG" else price > end_price


def end(plan: Plan, status: PlanStatus, *, because: str, now: datetime) -> bool:
    """Give a living plan its end; False when another process did."""
    living = Plan.objects.filter(pk=plan.pk, status__in=LIVING_PLANS)
    moved = living.update(status=status, ended_because=because[:100], ended_at=now)
    plan.refresh_from_db()
    return moved == 1


def activate(plan: Plan, *, now: datetime) -> bool:
    """A pending plan has been entered on; another active one of the symbol is completed."""
    with transaction.atomic():
        others = Plan.objects.filter(bot=plan.bot, symbol=plan.symbol, status=PlanStatus.ACTIVE).exclude(pk=plan.pk)
        others.update(status=PlanStatus.COMPLETED, ended_because="followed by another", ended_at=now)
        pending = Plan.objects.filter(pk=plan.pk, status=PlanStatus.PENDING)
        moved = pending.update(status=PlanStatus.ACTIVE, activated_at=now)
    plan.refresh_from_db()
    return moved == 1


def is_due(plan: Plan | None, *, every: timedelta, narrative: str, regime: str, now: datetime) -> bool:
    """Whether the strategist is asked: without a view, after its time, or when the story or the regime has changed."""
    if plan is None or now - plan.looked_at > every:
        return True
    return (plan.narrative, plan.regime) != (narrative, regime)


@transaction.atomic
def keep_view(
    bot: Bot,
    symbol: str,
    advice: StrategicAdvice,
    *,
    price: Decimal | None,
    narrative: str,
    regime: str,
    inputs_hash: str,
    now: datetime,
) -> Plan:
    """Write down what the strategist said: the present plan confirmed, or a new view in its place."""
    Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)
    present = plan_in_force(bot, symbol)
    trade = planned_trade(advice.view.plan, price) if price else None
    seen = {"looked_at": now, "narrative": narrative, "regime": regime, "bias": advice.view.bias}
    journal = _journal(advice) | {"inputs_hash": inputs_hash}
    if present is not None and _stays(present, advice, trade):
        Plan.objects.filter(pk=present.pk).update(**seen, **journal)
        present.refresh_from_db()
        return present
    if present is not None:
        is_withdrawn = advice.view.plan.action == "INVALIDATE"
        status = PlanStatus.INVALIDATED if is_withdrawn and present.direction else PlanStatus.EXPIRED
        end(present, status, because="withdrawn" if is_withdrawn else "replaced", now=now)
    status = PlanStatus.NEUTRAL if trade is None else PlanStatus.PENDING
    words = advice.view.plan
    return Plan.objects.create(
        bot=bot,
        symbol=symbol,
        status=status,
        created_at=now,
        expires_at=now + LIVES,
        **seen,
        **journal,
        **(_numbers(trade, words) if trade else {}),
    )


def _stays(present: Plan, advice: StrategicAdvice, trade: PlannedTrade | None) -> bool:
    """A plan that is entered on is only withdrawn; another stays when it is confirmed."""
    action = advice.view.plan.action
    if present.status == PlanStatus.ACTIVE:
        return action != "INVALIDATE"
    return action == "MAINTAIN" or (action == "NONE" and not present.direction)


def _numbers(trade: PlannedTrade, words: PlanWords) -> dict[str, Any]:
    end_price = trade.invalidation_price
    return {
        "direction": trade.direction,
        "zone_low": round_significant(trade.zone_low),
        "zone_high": round_significant(trade.zone_high),
        "stop_loss": round_significant(trade.stop_loss),
        "targets": [{"price": f"{price:f}", "percent": f"{percent:f}"} for price, percent in trade.targets],
        "invalidation_price": None if end_price is None else round_significant(end_price),
        "confidence": round_significant(trade.confidence),
        "entry_condition": _said(words.entry_condition, 300),
        "thesis": _said(words.thesis, 600),
    }


def _journal(advice: StrategicAdvice) -> dict[str, Any]:
    answer, prompt = advice.answer, advice.prompt
    return {
        "reasoning": _said(advice.view.reasoning, 4000),
        "prompt": f"{prompt.system}\n\n{prompt.user}" if prompt else "",
        "prompt_version": prompt.version if prompt else "",
        "provider": answer.provider,
        "model": answer.model[:80],
        "attempts": [attempt.as_json() for attempt in advice.attempts],
        "raw_answer": answer.text[:100_000],
        "latency_ms": round(answer.latency * 1000),
        "cost_micros": to_micros(answer.cost),
    }


def _said(text: str | None, most: int) -> str:
    return clean_text(text or "")[:most]
