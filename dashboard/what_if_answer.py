"""Numbers of an entry as the API and the pages tell them."""

from typing import Any

from rest_framework import serializers

from dashboard.fields import DecimalText
from desk.vocabulary import word
from risk.what_if import WhatIf


class WhatIfOut(serializers.Serializer[Any]):
    """USDT and base asset; percentages are of equity, null while no balance was read. Losses are before fees."""

    quantity = DecimalText()
    notional = DecimalText()
    margin = DecimalText()
    leverage = serializers.IntegerField()
    fee = DecimalText(help_text="of the entry")
    exit_fee = DecimalText(help_text="at the stop")
    liquidation_price = DecimalText(allow_null=True, help_text="by the recorded brackets; null where there are none")
    stop_price = DecimalText()
    loss_at_stop = DecimalText()
    loss_at_stop_pct = DecimalText(allow_null=True)
    gap_pct = DecimalText()
    loss_at_gap = DecimalText(help_text="at most the margin")
    loss_at_gap_pct = DecimalText(allow_null=True)
    bound_by = serializers.CharField(help_text="the limit that leaves the least room")
    bound_by_label = serializers.SerializerMethodField()
    room = DecimalText(allow_null=True, help_text="notional that this limit leaves")
    refusal = serializers.CharField(help_text="the limit that the order would exceed, empty for none")

    def get_bound_by_label(self, found: WhatIf) -> str:
        return word("size_bound", found.bound_by)
