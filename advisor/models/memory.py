"""What was learnt from the desk's own trades; ``at`` is market time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Bot
from desk.money import RatioField, UsdtField


class MemoryKind(models.TextChoices):
    TRADE = "trade_result", _("trade")
    INSIGHT = "insight", _("insight")
    RECOMMENDATION = "recommendation", _("recommendation")
    LEVEL_BREAK = "level_break", _("level broken")
    REGIME_CHANGE = "regime_change", _("change of regime")
    NARRATIVE_SHIFT = "narrative_shift", _("change of price action")


class Memory(models.Model):
    """Something to remember about a symbol, or about all of them ("*"). Relevance fades day by day."""

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="memories")
    source = models.CharField(max_length=60, help_text=_("what it was learnt from, once each"))
    symbol = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=MemoryKind.choices)
    regime = models.CharField(max_length=16, blank=True)
    content = models.TextField()
    is_win = models.BooleanField(null=True, blank=True)
    pnl = UsdtField(null=True, blank=True)
    pnl_percent = RatioField(null=True, blank=True, help_text=_("of the margin"))
    hour = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("UTC hour of the entry"))
    relevance = models.FloatField()
    vector = models.BinaryField(null=True, blank=True)
    at = models.DateTimeField(help_text=_("market time"))
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))
    faded_on = models.DateField(help_text=_("UTC market day of the last fading"))

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = _("memories")
        constraints = [models.UniqueConstraint(fields=["bot", "source"], name="remembered_once")]
        indexes = [models.Index(fields=["bot", "symbol", "-relevance"], name="memory_of_symbol")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.kind} {self.relevance:.2f}"


class Review(models.Model):
    """A look back over closed trades. The newest tells when the next is due."""

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="reviews")
    at = models.DateTimeField(help_text=_("market time"))
    trigger = models.CharField(max_length=10)
    closes = models.PositiveIntegerField(help_text=_("trades looked at"))
    win_ratio = RatioField()
    groups = models.JSONField(default=dict)
    insights = models.JSONField(default=list)
    recommendations = models.JSONField(default=list)
    provider = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.bot} {self.at:%Y-%m-%d} {self.closes}"
