"""What takes no new entries, and why, as API and pages tell it."""

from typing import Any

from rest_framework import serializers

from trading.core.blocks import BlockReason
from trading.models import SymbolBlock


class BlockOut(serializers.Serializer[Any]):
    """``symbol`` is empty where the whole account is meant."""

    symbol = serializers.CharField()
    reason = serializers.CharField(help_text=f"one of {', '.join(BlockReason.values)}")
    sentence = serializers.SerializerMethodField()
    detail = serializers.CharField()
    since = serializers.DateTimeField(help_text="market time")

    def get_sentence(self, block: SymbolBlock) -> str:
        return str(block.told)
