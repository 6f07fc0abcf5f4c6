"""Writing memories: one per closed trade, some per review; and their daily fading."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from advisor.memory.relevance import (
    ALL_SYMBOLS,
    FADING,
    FLOOR,
    INSIGHT,
    KEEPS_FOR,
    RECOMMENDATION,
    STRONG_PERCENT,
    STRONG_RESULT,
    USUAL_RESULT,
)
from advisor.memory.trades import ClosedTrade
from advisor.memory.vectors import encode
from advisor.models import Memory, MemoryKind, Review
from desk.models import Bot
from desk.money import round_significant

LESSON_LIVES = timedelta(days=30)  # market; what a review found is not true for ever


def remember_trade(bot: Bot, trade: ClosedTrade) -> bool:
    """Keep what a closed trade taught; False when it is known already, so that it may be told twice."""
    result = "won" if trade.is_win else "lost"
    text = f"{trade.side} {result} {trade.pnl_percent:+.2f} % of the margin, left by {trade.exit_reason}"
    _, is_new = Memory.objects.get_or_create(
        bot=bot,
        source=f"trade:{trade.trade_id}",
        defaults={
            "symbol": trade.symbol,
            "kind": MemoryKind.TRADE,
            "regime": trade.regime,
            "content": f"{text}. Thesis: {trade.thesis}" if trade.thesis else text,
            "is_win": trade.is_win,
            "pnl": trade.pnl,
            "pnl_percent": round_significant(trade.pnl_percent),
            "hour": trade.opened_at.astimezone(UTC).hour,
            "relevance": STRONG_RESULT if abs(trade.pnl_percent) > STRONG_PERCENT else USUAL_RESULT,
            "vector": encode(trade.features) or None,
            "at": trade.closed_at,
            "faded_on": trade.closed_at.astimezone(UTC).date(),
        },
    )
    return is_new


def remember_review(review: Review, *, insights: Sequence[str], recommendations: Sequence[str]) -> None:
    """Keep what a review found, for all symbols, for thirty days of market time."""
    texts = [(MemoryKind.INSIGHT, INSIGHT, text) for text in insights]
    texts += [(MemoryKind.RECOMMENDATION, RECOMMENDATION, text) for text in recommendations]
    for number, (kind, relevance, text) in enumerate(texts):
        Memory.objects.get_or_create(
            bot=review.bot,
            source=f"review:{review.pk}:{number}",
            defaults={
                "symbol": ALL_SYMBOLS,
                "kind": kind,
                "content": text,
                "relevance": relevance,
                "at": review.at,
                "expires_at": review.at + LESSON_LIVES,
                "faded_on": review.at.astimezone(UTC).date(),
            },
        )


def fade_memories(bot: Bot, now: datetime) -> int:
    """Fade what is older than three days, once a UTC market day however often it is called; how many faded."""
    today = now.astimezone(UTC).date()
    midnight = datetime.combine(today, datetime.min.time(), tzinfo=UTC)
    old = Memory.objects.filter(bot=bot, faded_on__lt=today, at__lte=midnight - KEEPS_FOR)
    return old.update(relevance=Greatest(F("relevance") * FADING, FLOOR), faded_on=today)
