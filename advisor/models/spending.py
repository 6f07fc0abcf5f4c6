"""Money for answers: promised before a call, and what it came to.

Wall time. Amounts are whole millionths of a US dollar, exact on every database.
"""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

MICROS = 1_000_000


def usd(micros: int) -> Decimal:
    """US dollars in ``micros`` of their millionths."""
    return Decimal(micros) / MICROS


class Period(models.TextChoices):
    HOUR = "hour", _("hour")
    DAY = "day", _("day")
    MONTH = "month", _("month")


class SpendWindow(models.Model):
    """Money promised or spent in one hour, day or month of wall time, UTC. Only ever changed by conditional updates."""

    period = models.CharField(max_length=5, choices=Period.choices)
    start = models.DateTimeField()
    committed_micros = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-start"]
        constraints = [models.UniqueConstraint(fields=["period", "start"], name="one_spend_window")]

    def __str__(self) -> str:
        return f"{self.period} {self.start:%Y-%m-%d %H:%M} {usd(self.committed_micros)} USD"


class SpendStatus(models.TextChoices):
    """RESERVED counts in full until it is settled; one that a crash left behind counts for ever."""

    RESERVED = "reserved", _("reserved")
    SETTLED = "settled", _("settled")


class Spend(models.Model):
    """Money reserved for one call before it was made, and what it came to. Wall time."""

    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=80)
    status = models.CharField(max_length=8, choices=SpendStatus.choices, default=SpendStatus.RESERVED)
    reserved_micros = models.PositiveBigIntegerField()
    spent_micros = models.PositiveBigIntegerField(null=True, blank=True)
    reserved_at = models.DateTimeField(help_text=_("wall time"))
    settled_at = models.DateTimeField(null=True, blank=True, help_text=_("wall time"))

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("spending")

    def __str__(self) -> str:
        return f"{self.provider} {usd(self.reserved_micros)} USD {self.status}"
