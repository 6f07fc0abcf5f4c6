"""What the market was doing at the last look: price action, regime and key levels, from the rows that a decision keeps.

Nothing is asked of the exchange: a reading is as old as its decision, and says when that was.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from advisor.models import Decision
from advisor.selectors import decisions, latest_by_symbol
from dashboard.ai.code_words import LEVEL_SOURCES
from dashboard.fields import DecimalText, Word
from signals.outlook.levels import Source
from signals.outlook.price_action import PriceAction
from signals.outlook.regime import Regime

DISTANCE_PLACES = Decimal("0.01")  # percent
ABOVE, BELOW = "resistance", "support"

Row = Mapping[str, Any]


class LevelSourceOut(serializers.Serializer[Any]):
    code = Word(Source)
    told = serializers.CharField(help_text="in your language")


class KeyLevelOut(serializers.Serializer[Any]):
    price = DecimalText(help_text="USDT")
    side = serializers.CharField(help_text=f"{ABOVE} above the price, {BELOW} at it or below")
    strength = serializers.IntegerField(help_text="1 to 3")
    distance_pct = DecimalText(help_text="from the price then, negative below it")
    sources = LevelSourceOut(many=True)


class MarketReadingOut(serializers.Serializer[Any]):
    """One contract as the adviser saw it last. Prices in USDT, market time."""

    symbol = serializers.CharField()
    decision_id = serializers.IntegerField()
    at = serializers.DateTimeField(help_text="when it was looked at, market time")
    price = DecimalText(allow_null=True)
    narrative = Word(PriceAction, allow_null=True)
    regime = Word(Regime, allow_null=True)
    levels = serializers.SerializerMethodField(help_text="the best ten, highest first")

    @extend_schema_field(KeyLevelOut(many=True))
    def get_levels(self, reading: dict[str, Any]) -> list[dict[str, Any]]:
        return list(KeyLevelOut(reading["levels"], many=True).data)


def reading_of(decision: Decision) -> dict[str, Any]:
    """What ``decision`` was made on; None and no levels where nothing of it is kept."""
    rows: Sequence[Row] = (decision.inputs or {}).get("market") or ()
    market = next((row for row in rows if row.get("part") == "market"), {})
    price = Decimal(market["price"]) if market.get("price") else None
    return {
        "symbol": decision.symbol,
        "decision_id": decision.pk,
        "at": decision.at,
        "price": price,
        "narrative": market.get("action"),
        "regime": market.get("regime"),
        "levels": [] if price is None else _levels(rows, price),
    }


def _levels(rows: Iterable[Row], price: Decimal) -> list[dict[str, Any]]:
    found = [_level(row, price) for row in rows if row.get("part") == "level"]
    return sorted(found, key=lambda level: level["price"], reverse=True)


def _level(row: Row, price: Decimal) -> dict[str, Any]:
    at = Decimal(row["price"])
    return {
        "price": at,
        "side": ABOVE if at > price else BELOW,
        "strength": row["strength"],
        "distance_pct": ((at / price - 1) * 100).quantize(DISTANCE_PLACES),
        "sources": [{"code": code, "told": str(LEVEL_SOURCES.get(code, code))} for code in row["sources"]],
    }


def readings(symbols: Iterable[str]) -> list[dict[str, Any]]:
    """Of each of ``symbols`` that was looked at, in their order."""
    newest = latest_by_symbol(symbols)
    whole = decisions().only("symbol", "at", "inputs").filter(pk__in=[row.pk for row in newest.values()])
    by_symbol = {row.symbol: row for row in whole.select_related(None)}
    return [reading_of(by_symbol[symbol]) for symbol in dict.fromkeys(symbols) if symbol in by_symbol]
