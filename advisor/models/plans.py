"""What the adviser means to do with a symbol, and when it looks at it next; times are market time."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from advisor.models.spending import usd
from desk.models import Bot
from desk.money import PriceField, RatioField


class PlanStatus(models.TextChoices):
    """PENDING may be entered on, ACTIVE has been; the others are final. NEUTRAL is a view without a trade in it."""

    NEUTRAL = "neutral", _("no trade in view")
    PENDING = "pending", _("waiting for its price")
    ACTIVE = "active", _("entered")
    COMPLETED = "completed", _("completed")
    INVALIDATED = "invalidated", _("invalidated")
    EXPIRED = "expired", _("expired")


LIVING_PLANS = (PlanStatus.NEUTRAL, PlanStatus.PENDING, PlanStatus.ACTIVE)


class Plan(models.Model):
    """The strategic view of one symbol, and the trade that it has in mind; the newest living one is in force.

    Prices in USDT, times market time. ``looked_at`` is when the strategic adviser last confirmed it.
    """

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="plans")
    symbol = models.CharField(max_length=40)
    status = models.CharField(max_length=12, choices=PlanStatus.choices)
    bias = models.CharField(max_length=8, help_text=_("bullish, bearish or neutral"))
    regime = models.CharField(max_length=16, blank=True)
    narrative = models.CharField(max_length=40, blank=True, help_text=_("what the price was doing"))
    direction = models.CharField(max_length=5, blank=True, help_text=_("LONG, SHORT, or empty without a trade"))
    zone_low = PriceField(null=True, blank=True)
    zone_high = PriceField(null=True, blank=True)
    stop_loss = PriceField(null=True, blank=True)
    targets = models.JSONField(default=list, help_text=_("price and percent of each"))
    invalidation_price = PriceField(null=True, blank=True)
    entry_condition = models.CharField(max_length=300, blank=True)
    thesis = models.CharField(max_length=600, blank=True)
    reasoning = models.TextField(blank=True)
    confidence = RatioField(default=0)
    ended_because = models.CharField(max_length=100, blank=True)

    inputs_hash = models.CharField(max_length=64, blank=True)
    prompt_version = models.CharField(max_length=20, blank=True)
    prompt = models.TextField(blank=True, help_text=_("as it was sent"))
    provider = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=80, blank=True)
    attempts = models.JSONField(default=list, help_text=_("providers that failed before, and why"))
    raw_answer = models.TextField(blank=True)
    latency_ms = models.PositiveIntegerField(default=0)
    cost_micros = models.PositiveBigIntegerField(default=0, help_text=_("millionths of a US dollar"))

    created_at = models.DateTimeField(help_text=_("market time"))
    looked_at = models.DateTimeField(help_text=_("market time"))
    expires_at = models.DateTimeField(help_text=_("market time"))
    activated_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "symbol"], condition=models.Q(status="active"), name="one_active_plan_per_symbol"
            )
        ]
        indexes = [models.Index(fields=["bot", "symbol", "-created_at"], name="plan_of_symbol")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.direction or self.bias} {self.status}"

    @property
    def cost(self) -> Decimal:
        """USD."""
        return usd(self.cost_micros)


class Watch(models.Model):
    """One symbol that a bot looks at, and when next. A look is claimed before it begins; a claim dies with its time."""

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="watches")
    symbol = models.CharField(max_length=40)
    is_held = models.BooleanField(default=False, help_text=_("a position of the bot stands on it"))
    is_listed = models.BooleanField(default=True, help_text=_("among the pairs; else only while it is held"))
    due_at = models.DateTimeField(help_text=_("market time of the next look"))
    looked_at = models.DateTimeField(null=True, blank=True, help_text=_("market time of the last look"))
    claimed_until = models.DateTimeField(null=True, blank=True, help_text=_("wall time; a look is on its way"))
    failures = models.PositiveIntegerField(default=0, help_text=_("looks in a row that came to nothing"))
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["bot", "symbol"]
        verbose_name_plural = _("watches")
        constraints = [models.UniqueConstraint(fields=["bot", "symbol"], name="one_watch_per_symbol")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.due_at:%Y-%m-%d %H:%M:%S}"
