"""A day of the AI bot as rows: ten thousand decisions, plans, memories, reviews, costs, variants."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from advisor.budget import Caps
from advisor.models import Decision, ProviderState, Variant
from advisor.spending import reserve, settle
from desk.models import Bot
from signals.pairs import MAJORS
from tests import factories
from tests.advisor import rows
from tests.e2e.conftest import MARKET_TIME
from trading.core.states import Purpose

DECISIONS = 10_000
CAPS = Caps(hour=Decimal("0.5"), day=Decimal(5), month=Decimal(50))
REASONING = (
    "Price holds above EMA 21 on 15m and 1h while the funding rate stays flat; volume confirms, "
    "so a long with a stop below the last swing is worth its risk (confluence 62, trending_up)."
)
MARKET: list[dict[str, Any]] = [
    {
        "part": "market",
        "symbol": "BTCUSDT",
        "price": "97123.4",
        "change_24h_pct": 2.31,
        "regime": "trending_up",
        "action": "testing_support",
    },
    {"part": "frame", "timeframe": "15m", "rsi": 61.2, "adx": 27.4, "atr": 312.5},
    {"part": "frame", "timeframe": "1h", "rsi": 58.1, "adx": 31.0, "atr": 640.2},
    {"part": "confluence", "score": 62.0},
    {"part": "level", "price": "95800", "strength": 1, "sources": ["15m_swing"]},
    {"part": "level", "price": "96890.5", "strength": 3, "sources": ["1h_ema_50", "1h_swing", "wall"]},
    {"part": "level", "price": "98410", "strength": 2, "sources": ["1h_swing"]},
]


def write_ai_day(surge: Bot, *, decisions: int = 0) -> Bot:
    """The AI bot beside ``surge`` on its account. ``decisions`` old ones come before the few that differ."""
    bot = rows.make_ai_bot(surge.account, name="ai-futures", config={})
    for place, symbol in enumerate(MAJORS):
        rows.make_watch(bot, symbol, is_held=symbol == "BTCUSDT", due_at=MARKET_TIME + timedelta(seconds=20 + place))
    _old_decisions(bot, decisions)
    _variants(bot)
    _recent_decisions(bot)
    _records(bot)
    _money()
    _trades(bot)
    return bot


def _old_decisions(bot: Bot, count: int) -> None:
    made = [
        rows.decision_of(
            bot,
            symbol=MAJORS[number % len(MAJORS)],
            at=MARKET_TIME - timedelta(minutes=10 + count - number),
            inputs={},
            prompt="",
            raw_answer="",
        )
        for number in range(count)
    ]
    Decision.objects.bulk_create(made, batch_size=500)


def _recent_decisions(bot: Bot) -> None:
    parsed = {"reasoning": REASONING, "marketRegime": "trending_up"}
    tell: dict[str, Any] = {"bot": bot, "parsed": parsed, "inputs": {"market": MARKET, "account": {"available": "985"}}}
    rows.make_decision(**tell, symbol="ETHUSDT", at=MARKET_TIME - timedelta(minutes=6))
    rows.make_decision(
        **tell,
        symbol="SOLUSDT",
        at=MARKET_TIME - timedelta(minutes=5),
        action="HOLD",
        asked_action="SHORT",
        reason="wrong_symbol: 'ETHUSDT' instead of SOLUSDT",
        confidence=Decimal(0),
    )
    rows.make_decision(
        **tell,
        symbol="DOGEUSDT",
        provider="rules",
        model="confluence-1",
        rung="rules",
        prompt="",
        prompt_version="",
        cost_micros=0,
        latency_ms=0,
        at=MARKET_TIME - timedelta(minutes=4),
        asked_action="HOLD",
        reason="",
    )
    rows.make_opening(bot, at=MARKET_TIME - timedelta(minutes=3), inputs=tell["inputs"])
    rows.make_decision(
        **tell,
        symbol="BNBUSDT",
        action="REDUCE",
        asked_action="REDUCE",
        outcome="refused",
        reason="max_reduces",
        at=MARKET_TIME - timedelta(minutes=2),
        confidence=Decimal("0.71"),
    )


def _variants(bot: Bot) -> None:
    champion = rows.make_variant(bot, name="deepseek v1", role="champion", provider="deepseek")
    challenger = rows.make_variant(bot, name="qwen v1", provider="qwen", language="zh")
    for number, action in enumerate(["LONG", "HOLD", "HOLD", "HOLD", "SHORT"]):
        shared = {"inputs_hash": f"shared{number}", "at": MARKET_TIME - timedelta(hours=1, minutes=number)}
        rows.make_decision(bot, variant=champion, action="HOLD", asked_action="HOLD", reason="", **shared)
        _shadow(bot, challenger, action=action, **shared)
    for number in range(12):
        rows.make_shadow_trade(challenger, f"0.00{number % 5}", opened_at=MARKET_TIME - timedelta(hours=2))


def _shadow(bot: Bot, challenger: Variant, *, action: str, **shared: Any) -> None:
    rows.make_decision(
        bot,
        variant=challenger,
        action=action,
        asked_action=action,
        reason="",
        outcome="shadow",
        provider="qwen",
        **shared,
    )


def _records(bot: Bot) -> None:
    rows.make_plan(bot, created_at=MARKET_TIME, looked_at=MARKET_TIME, expires_at=MARKET_TIME + timedelta(hours=1))
    rows.make_plan(bot, symbol="ETHUSDT", status="invalidated", direction="SHORT", bias="bearish")
    rows.make_plan(bot, symbol="SOLUSDT", status="neutral", direction="", bias="neutral", zone_low=None, targets=[])
    for number in range(6):
        rows.make_memory(bot, relevance=1.5 - number / 10, symbol=MAJORS[number])
    lost = {"is_win": False, "pnl": Decimal("-2.1"), "pnl_percent": Decimal("-4.2"), "regime": "volatile"}
    rows.make_memory(bot, content="SHORT lost -4.20 % of the margin, left by stop_loss", **lost)
    lesson = {"symbol": "*", "regime": "", "is_win": None, "pnl": None, "pnl_percent": None, "relevance": 1.2}
    rows.make_memory(bot, kind="insight", content="Longs in a rising trend won 6 of 7.", **lesson)
    rows.make_review(bot, at=MARKET_TIME - timedelta(hours=2))
    rows.make_review(bot, at=MARKET_TIME - timedelta(days=1), provider="rules", error="qwen timeout", insights=[])


def _money() -> None:
    now = timezone.now()
    for model, amount in (("deepseek-chat", "0.0312"), ("qwen-plus", "0.0041")):
        spent = reserve(Decimal("0.1"), provider=model.partition("-")[0], model=model, caps=CAPS, now=now)
        settle(spent, Decimal(amount), now=now)
    details = {"failures": 3, "calls": 40, "failed_calls": 5, "last_error": "timeout", "last_failure_at": now}
    ProviderState.objects.create(name="qwen", cools_until=now + timedelta(minutes=4), **details)
    ProviderState.objects.create(name="deepseek", calls=812, failed_calls=3, last_success_at=now)


def _trades(bot: Bot) -> None:
    for number, earned in enumerate(["3.1", "-1.4", "2.2", "4.0", "-2.8", "1.9"]):
        closed_at = MARKET_TIME - timedelta(hours=12 - number)
        factories.make_closed_position(bot, symbol="ETHUSDT", realized_pnl=Decimal(earned), closed_at=closed_at)
    held = factories.make_protected_position(
        bot,
        symbol="BTCUSDT",
        direction="LONG",
        entry_price=Decimal(96800),
        worst_entry_price=Decimal(96800),
        mark_price=Decimal("97123.4"),
        quantity=Decimal("0.005"),
        entered_quantity=Decimal("0.005"),
        stop_price=Decimal(94200),
        take_profit_price=Decimal(101500),
        liquidation_price=Decimal(72000),
        margin=Decimal("161.33"),
    )
    factories.make_fill(held.orders.get(purpose=Purpose.ENTRY), price=Decimal(96800), quantity=Decimal("0.005"))
