"""The adviser's rows for tests, each detail changeable by name; times are market time."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from advisor.models import Decision, Memory, Outcome, Plan, Review, ShadowTrade, Variant, Watch
from desk.models import Bot
from tests.factories import NOON, make_bot

_numbers = itertools.count(1)
REASONING = "the timeframes agree (confluence 62, trending_up)"


def make_ai_bot(account: Any = None, **details: Any) -> Bot:
    return make_bot(account, **{"name": f"ai {next(_numbers)}", "strategy": "ai_futures"} | details)


def decision_of(bot: Bot, **details: Any) -> Decision:
    """An unsaved hold of a model that asked for a long with too little confidence."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "bot": bot,
        "symbol": "BTCUSDT",
        "at": NOON,
        "inputs_hash": f"{number:064x}",
        "inputs": {"account": {"available": "985"}},
        "terms": {"symbol": "BTCUSDT", "allowed": ["HOLD", "LONG", "SHORT"], "bounds": {"min_confidence": "0.6"}},
        "prompt_version": "v1.en",
        "prompt": "Advise.\n\nWhat now?",
        "provider": "deepseek",
        "model": "deepseek-chat",
        "rung": "full",
        "raw_answer": '{"action": "LONG", "confidence": 0.55}',
        "latency_ms": 1840,
        "input_tokens": 4210,
        "output_tokens": 180,
        "cost_micros": 2660,
        "action": "HOLD",
        "asked_action": "LONG",
        "confidence": Decimal("0.55"),
        "parsed": {"action": "HOLD", "reasoning": REASONING, "marketRegime": "trending_up"},
        "reason": "confidence_below_minimum",
        "outcome": Outcome.HELD,
    }
    return Decision(**values | details)


def make_decision(bot: Bot | None = None, **details: Any) -> Decision:
    row = decision_of(bot or make_ai_bot(), **details)
    row.save()
    return row


def make_opening(bot: Bot | None = None, **details: Any) -> Decision:
    """A long that was clamped, judged, sent and filled."""
    params = {"positionSizePercent": "10", "leverage": "3", "stopLossPrice": "58000", "takeProfitPrice": "66000"}
    values = {
        "action": "LONG",
        "asked_action": "LONG",
        "confidence": Decimal("0.82"),
        "reason": "",
        "outcome": Outcome.EXECUTED,
        "parsed": {"action": "LONG", "reasoning": REASONING, "marketRegime": "trending_up", "params": params},
        "repairs": ["text_around_removed"],
        "clamps": [{"rule": "size_capped", "asked": "25", "given": "10"}],
        "attempts": [{"provider": "openai", "error": "timeout", "cost": None, "said": ""}],
        "verdicts": [
            {"rule": "symbol", "passed": True, "value": "BTCUSDT", "limit": "BTCUSDT"},
            {"rule": "max_positions", "passed": True, "value": "1", "limit": "5"},
            {"rule": "stop_distance", "passed": True, "value": "1.60 ATR", "limit": "0.5 - 3"},
        ],
        "intents": [
            {
                "kind": "enter",
                "author": "adviser",
                "direction": "LONG",
                "price": "60000",
                "stop_price": "58000",
                "take_profit_price": "66000",
                "leverage": 3,
                "size_pct": "10",
                "bound_by": "asked",
            }
        ],
        "result": {"signal": 7},
    }
    return make_decision(bot, **values | details)


def make_variant(bot: Bot, **details: Any) -> Variant:
    values = {"name": f"variant {next(_numbers)}", "prompt_version": "v1", "author": "owner"}
    return Variant.objects.create(bot=bot, **values | details)


def make_memory(bot: Bot, **details: Any) -> Memory:
    """A trade that was won."""
    values: dict[str, Any] = {
        "source": f"trade:{next(_numbers)}",
        "symbol": "BTCUSDT",
        "kind": "trade_result",
        "regime": "trending_up",
        "content": "LONG won +3.10 % of the margin, left by take_profit",
        "is_win": True,
        "pnl": Decimal("1.55"),
        "pnl_percent": Decimal("3.1"),
        "hour": 12,
        "relevance": 1.0,
        "at": NOON,
        "faded_on": NOON.date(),
    }
    return Memory.objects.create(bot=bot, **values | details)


def make_plan(bot: Bot, **details: Any) -> Plan:
    """A long that waits for its price."""
    values: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "status": "pending",
        "bias": "bullish",
        "regime": "trending_up",
        "narrative": "pullback",
        "direction": "LONG",
        "zone_low": Decimal("59500"),
        "zone_high": Decimal("60100"),
        "stop_loss": Decimal("58200"),
        "targets": [{"price": "62000", "percent": "60"}, {"price": "64500", "percent": "40"}],
        "invalidation_price": Decimal("57900"),
        "entry_condition": "a close above 60000 on rising volume",
        "thesis": "The pullback holds at EMA 21.",
        "confidence": Decimal("0.7"),
        "provider": "deepseek",
        "model": "deepseek-chat",
        "created_at": NOON,
        "looked_at": NOON,
        "expires_at": NOON + timedelta(hours=1),
    }
    return Plan.objects.create(bot=bot, **values | details)


def make_review(bot: Bot, **details: Any) -> Review:
    numbers = {"trades": 12, "wins": 7, "win_ratio": "0.5833", "total": "4.2100", "profit_factor": "1.6100"}
    values: dict[str, Any] = {
        "at": NOON,
        "trigger": "daily",
        "closes": 12,
        "win_ratio": Decimal("0.5833"),
        "groups": {"symbol": {"BTCUSDT": numbers}, "regime": {"ranging": numbers}, "operation": {"added": numbers}},
        "insights": ["Longs in a rising trend won 6 of 7."],
        "recommendations": ["Less risk in ranging markets."],
        "provider": "deepseek",
    }
    return Review.objects.create(bot=bot, **values | details)


def make_watch(bot: Bot, symbol: str = "BTCUSDT", **details: Any) -> Watch:
    return Watch.objects.create(bot=bot, symbol=symbol, **{"due_at": NOON + timedelta(minutes=1)} | details)


def make_shadow_trade(variant: Variant, result: str, **details: Any) -> ShadowTrade:
    """A finished imagined long that earned ``result`` of its notional."""
    values: dict[str, Any] = {
        "opened_by": make_decision(variant.bot, variant=variant, outcome=Outcome.SHADOW),
        "symbol": "BTCUSDT",
        "direction": "LONG",
        "entry_price": Decimal(60000),
        "stop_price": Decimal(58000),
        "take_profit_price": Decimal(64000),
        "opened_at": NOON,
        "seen_until": NOON,
        "exit_price": Decimal(61000),
        "exit_reason": "take_profit",
        "closed_at": NOON + timedelta(hours=1),
        "result_ratio": Decimal(result),
    }
    return ShadowTrade.objects.create(variant=variant, **values | details)
