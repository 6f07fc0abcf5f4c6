"""Scans, signals and the verdicts of the filters on them."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Bot, new_case
from desk.money import PriceField, QuantityField, RatioField


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
    """A surge that one bot may act on; at most one per bot, symbol and UTC day of the candle's open."""

    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="signals")
    scan = models.ForeignKey(ScanRun, on_delete=models.PROTECT, related_name="signals")
    case = models.UUIDField(default=new_case, unique=True, editable=False)
    symbol = models.CharField(max_length=40)
    day = models.DateField(help_text=_("UTC date of the candle's open"))
    candle_open = models.DateTimeField()
    surge_ratio = RatioField()
    price = PriceField(help_text=_("close of the candle"))
    sell_volume = QuantityField()
    mean_sell_volume = QuantityField(help_text=_("hourly mean of the reference day"))
    found_at = models.DateTimeField(help_text=_("market time"))
    status = models.CharField(max_length=10, choices=SignalStatus.choices, default=SignalStatus.PENDING)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))

    class Meta:
        ordering = ["-found_at", "-surge_ratio"]
        constraints = [
            models.UniqueConstraint(fields=["bot", "symbol", "day"], name="one_signal_per_bot_symbol_day"),
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
