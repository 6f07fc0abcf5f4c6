"""What was asked and answered, and what became of it; ``at`` is market time."""

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from advisor.models.plans import Plan
from advisor.models.spending import usd
from advisor.models.variants import Variant
from desk.models import Bot, new_case
from desk.money import PriceField, RatioField, UsdtField


class Outcome(models.TextChoices):
    """What became of a decision. PENDING until the desk has worked it; the others are final."""

    PENDING = "pending", _("pending")
    HELD = "held", _("held")
    REFUSED = "refused", _("refused")
    EXECUTED = "executed", _("executed")
    FAILED = "failed", _("failed")
    SHADOW = "shadow", _("only recorded")


class Decision(models.Model):
    """One session with an adviser about one symbol: everything that is needed to read its answer again."""

    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="decisions")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions")
    plan = models.ForeignKey(Plan, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions")
    case = models.UUIDField(default=new_case, db_index=True, editable=False)
    symbol = models.CharField(max_length=40)
    at = models.DateTimeField(help_text=_("market time"))
    asked_at = models.DateTimeField(auto_now_add=True, help_text=_("wall time"))

    inputs_hash = models.CharField(max_length=64, db_index=True)
    inputs = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    facts = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text=_("what risk and execution looked at, for replay")
    )
    terms = models.JSONField(default=dict, help_text=_("what the answer was held to"))
    prompt_version = models.CharField(max_length=20, blank=True)
    prompt = models.TextField(blank=True, help_text=_("as it was sent"))

    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=80, blank=True)
    rung = models.CharField(max_length=12, help_text=_("how much was spent on it"))
    attempts = models.JSONField(default=list, help_text=_("providers that failed before, and why"))
    raw_answer = models.TextField(blank=True)
    latency_ms = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_micros = models.PositiveBigIntegerField(default=0, help_text=_("millionths of a US dollar"))

    action = models.CharField(max_length=8)
    asked_action = models.CharField(max_length=8, blank=True, help_text=_("before clamps and refusals"))
    confidence = RatioField()
    parsed = models.JSONField(default=dict)
    repairs = models.JSONField(default=list)
    clamps = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True, help_text=_("why it is a hold that was not asked for"))

    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.PENDING)
    verdicts = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    intents = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["bot", "symbol", "-at"], name="decision_of_symbol")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.action} {self.at:%Y-%m-%d %H:%M}"

    @property
    def cost(self) -> Decimal:
        """USD."""
        return usd(self.cost_micros)


class ShadowTrade(models.Model):
    """A trade that a variant would have made: filled at the price it saw, ended by its stop, target or a later word.

    Prices in USDT; ``result_ratio`` is of the notional of all entries, after the fees of both ways. Quantities are
    multiples of the first, so that trades of all sizes compare.
    """

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="shadow_trades")
    opened_by = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="shadow_trade")
    symbol = models.CharField(max_length=40)
    direction = models.CharField(max_length=5)
    entry_price = PriceField(help_text=_("average of all entries"))
    stop_price = PriceField()
    take_profit_price = PriceField()
    quantity = RatioField(default=1, help_text=_("open now, of the first quantity"))
    entered_notional = UsdtField(null=True, blank=True, help_text=_("of all entries; empty: the first alone"))
    realized_pnl = UsdtField(default=0, help_text=_("of parts that were closed, before fees"))
    adds = models.PositiveSmallIntegerField(default=0)
    reduces = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(help_text=_("market time"))
    seen_until = models.DateTimeField(help_text=_("market time up to which its bars were followed"))
    exit_price = PriceField(null=True, blank=True)
    exit_reason = models.CharField(max_length=20, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))
    result_ratio = RatioField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "symbol"],
                condition=models.Q(closed_at__isnull=True),
                name="one_open_shadow_trade_per_symbol",
            )
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.direction} {self.exit_reason or 'open'}"
