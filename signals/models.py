"""Scans, signals and the verdicts of the filters on them."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Bot, ConfigVersion, new_case
from desk.money import PriceField, QuantityField, RatioField, UsdtField
from exchange.types import PositionSide
from signals.strategies.base import Strength


class ScanRun(models.Model):
    """One scan of the whole market by one strategy for one market hour. ``hour`` is the hour's open time."""

    strategy = models.CharField(max_length=60)
    hour = models.DateTimeField()
    finished_at = models.DateTimeField(help_text=_("market time"))
    symbols = models.PositiveIntegerField()
    failed = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(help_text=_("wall time of the scan"))
    used_weight = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=1, help_text=_("how often the exchange was asked"))
    tried_at = models.DateTimeField(auto_now=True, help_text=_("wall time of the last attempt"))
    is_settled = models.BooleanField(default=True, help_text=_("what is missing is not asked for again"))
    readings_packed = models.BinaryField()

    class Meta:
        ordering = ["-hour"]
        constraints = [models.UniqueConstraint(fields=["strategy", "hour"], name="one_scan_per_hour")]

    def __str__(self) -> str:
        return f"{self.strategy} {self.hour:%Y-%m-%d %H:%M}"

    @property
    def judged_share(self) -> float:
        """Share of the contracts that could be looked at; 0 when not even their list was had."""
        return 1 - self.failed / self.symbols if self.symbols else 0.0

    @property
    def missing(self) -> frozenset[str]:
        """Contracts that could not be looked at."""
        return frozenset(symbol for symbol, numbers in self.readings.items() if "error" in numbers)

    @property
    def readings(self) -> dict[str, Any]:
        """Numbers of every symbol: name → mapping of plain texts, or {"error": …}."""
        numbers: dict[str, Any] = json.loads(zlib.decompress(self.readings_packed))
        return numbers


def pack_readings(readings: Mapping[str, Any]) -> bytes:
    """Numbers of every symbol as one compressed column; about 20 bytes a symbol."""
    return zlib.compress(json.dumps(readings, separators=(",", ":"), default=str).encode())


class SignalStatus(models.TextChoices):
    """PENDING until the entry service has worked it; ENTERED and REFUSED are final."""

    PENDING = "pending", _("pending")
    ENTERED = "entered", _("entered")
    REFUSED = "refused", _("refused")


class Signal(models.Model):
    """What one bot may act on: a surge of a scan, at most one per symbol and UTC day of the candle's open, or advice.

    Advice has no scan, a strength that is its confidence instead of a ratio, and ``terms`` that it is entered by.
    """

    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="signals")
    scan = models.ForeignKey(ScanRun, on_delete=models.PROTECT, null=True, blank=True, related_name="signals")
    case = models.UUIDField(default=new_case, unique=True, editable=False)
    symbol = models.CharField(max_length=40)
    day = models.DateField(help_text=_("UTC date of the candle's open"))
    candle_open = models.DateTimeField()
    surge_ratio = RatioField()
    price = PriceField(help_text=_("close of the candle"))
    sell_volume = QuantityField(default=0)
    mean_sell_volume = QuantityField(default=0, help_text=_("hourly mean of the reference day"))
    terms = models.JSONField(
        default=dict, blank=True, encoder=DjangoJSONEncoder, help_text=_("what advice is entered by; empty for a surge")
    )
    found_at = models.DateTimeField(help_text=_("market time"))
    status = models.CharField(max_length=10, choices=SignalStatus.choices, default=SignalStatus.PENDING)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))

    class Meta:
        ordering = ["-found_at", "-surge_ratio"]
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "symbol", "day"],
                condition=models.Q(scan__isnull=False),
                name="one_signal_per_bot_symbol_day",
            ),
            models.CheckConstraint(
                condition=models.Q(status="pending") | models.Q(decided_at__isnull=False),
                name="decided_signal_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="refused") | ~models.Q(reason_code=""), name="refused_signal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.candle_open:%Y-%m-%d %H:%M} ×{self.surge_ratio:.2f}"


class FilterVerdict(models.Model):
    """What one filter said of a signal, with the numbers it saw."""

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="verdicts")
    position = models.PositiveSmallIntegerField(help_text=_("place in the order of filters"))
    name = models.CharField(max_length=40)
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=200, blank=True)
    metrics = models.JSONField(default=dict)

    class Meta:
        ordering = ["signal", "position"]
        constraints = [models.UniqueConstraint(fields=["signal", "position"], name="one_verdict_per_place")]

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"


class SignalContext(models.Model):
    """What the filters look at of one signal, kept so that any settings can be judged on it again.

    Hours are the finished ones up to the signal's own; mark, index and premium are those of soon after the decision,
    empty where they could not be had in time.
    """

    signal = models.OneToOneField(Signal, on_delete=models.CASCADE, related_name="context")
    entry_price = PriceField(help_text=_("price when it was decided, else the signal's"))
    mark_price = PriceField(null=True, blank=True)
    index_price = PriceField(null=True, blank=True)
    bars_packed = models.BinaryField()
    taken_at = models.DateTimeField(help_text=_("market time"))

    class Meta:
        ordering = ["-signal__found_at"]

    def __str__(self) -> str:
        return f"context of {self.signal}"


class ShadowStatus(models.TextChoices):
    """WORKING: the limit rests. OPEN: entered, not left. ENDED is final."""

    WORKING = "working", _("working")
    OPEN = "open", _("open")
    ENDED = "ended", _("ended")


class ShadowTrade(models.Model):
    """The trade that a refused signal would have become, followed by bars. USDT and base asset, times market time."""

    signal = models.OneToOneField(Signal, on_delete=models.CASCADE, related_name="shadow")
    config_version = models.ForeignKey(ConfigVersion, on_delete=models.PROTECT, related_name="+")
    refused_by = models.CharField(max_length=40)
    status = models.CharField(max_length=8, choices=ShadowStatus.choices)
    direction = models.CharField(max_length=5, choices=[(side.value, side.value) for side in PositionSide])
    leverage = models.PositiveSmallIntegerField()
    margin = UsdtField()
    quantity = QuantityField()
    tick_size = PriceField()
    reference_price = PriceField(help_text=_("last price when it was refused"))
    price = PriceField(help_text=_("limit of the entry"))
    stop_price = PriceField()
    take_profit_ratio = RatioField()
    take_profit_price = PriceField()
    max_hold_hours = models.PositiveSmallIntegerField()
    planned_at = models.DateTimeField()
    entry_deadline = models.DateTimeField()

    is_maker = models.BooleanField(default=False)
    entry_price = PriceField(null=True, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True)
    strength = models.CharField(max_length=8, default=Strength.UNKNOWN.value)
    judged = models.JSONField(default=list)
    followed_until = models.DateTimeField(help_text=_("bars up to here are worked"))
    due_at = models.DateTimeField(help_text=_("not looked at before"))

    exit_reason = models.CharField(max_length=20, blank=True)
    exit_price = PriceField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    fees = UsdtField(default=0)
    result = UsdtField(null=True, blank=True, help_text=_("after fees, before funding; empty where nothing filled"))

    class Meta:
        ordering = ["-planned_at", "-id"]
        indexes = [models.Index(fields=["status", "due_at"], name="shadows_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="ended", ended_at__isnull=False) & ~models.Q(exit_reason="")
                | ~models.Q(status="ended") & models.Q(ended_at__isnull=True),
                name="ended_shadow_has_reason_and_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status="working") | models.Q(status="ended") | models.Q(entered_at__isnull=False),
                name="open_shadow_was_entered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signal.symbol} shadow {self.status}"

    @property
    def side(self) -> PositionSide:
        """Direction as the boundary's word."""
        return PositionSide(self.direction)
