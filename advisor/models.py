"""What was asked, answered and proposed; what it cost; and what was learnt from it.

``at`` is market time unless said otherwise. Costs are whole millionths of a US dollar, exact on every database.
"""

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Bot, new_case
from desk.money import PriceField, RatioField, UsdtField

MICROS = 1_000_000


def usd(micros: int) -> Decimal:
    return Decimal(micros) / MICROS


class VariantRole(models.TextChoices):
    """The champion trades; a challenger is asked the same and only recorded; RETIRED is final."""

    CHAMPION = "champion", _("champion")
    CHALLENGER = "challenger", _("challenger")
    RETIRED = "retired", _("retired")


class Variant(models.Model):
    """One way to ask: model and prompt. A bot without any is asked by the settings."""

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=10, choices=VariantRole.choices, default=VariantRole.CHALLENGER)
    provider = models.CharField(max_length=20, blank=True, help_text=_("empty: as the settings say"))
    prompt_version = models.CharField(max_length=20)
    language = models.CharField(max_length=2, default="en")
    author = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["bot", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bot", "name"], name="one_variant_per_name"),
            models.UniqueConstraint(fields=["bot"], condition=models.Q(role="champion"), name="one_champion_per_bot"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


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


class ProviderState(models.Model):
    """How a provider has been of late. Wall time; kept, so that a restart does not run into the same wall."""

    name = models.CharField(max_length=20, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text=_("since the last success"))
    cools_until = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveBigIntegerField(default=0)
    failed_calls = models.PositiveBigIntegerField(default=0)
    last_error = models.CharField(max_length=100, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class ContextSource(models.Model):
    """How a source of readings has been of late. Wall time; kept, so that a restart asks nobody too early."""

    name = models.CharField(max_length=40, primary_key=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text=_("when it is asked next"))
    failures = models.PositiveIntegerField(default=0, help_text=_("since the last success"))
    reads = models.PositiveBigIntegerField(default=0)
    failed_reads = models.PositiveBigIntegerField(default=0)
    last_error = models.CharField(max_length=120, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ContextReading(models.Model):
    """The newest value or text of a source under one name. ``value`` is plain decimal text: told, not counted with."""

    source = models.CharField(max_length=40)
    symbol = models.CharField(max_length=40, blank=True, help_text=_("empty: of no single contract"))
    name = models.CharField(max_length=40)
    value = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=24, blank=True)
    as_of = models.DateTimeField(help_text=_("when it was so, by the source"))
    read_at = models.DateTimeField(help_text=_("wall time"))

    class Meta:
        ordering = ["source", "symbol", "name"]
        constraints = [models.UniqueConstraint(fields=["source", "symbol", "name"], name="one_reading_per_name")]

    def __str__(self) -> str:
        return f"{self.source} {self.symbol} {self.name}"


class ContextCall(models.Model):
    """A signed call that was taken in, remembered as long as its signature would be taken again."""

    signature = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(help_text=_("wall time"))

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.signature[:12]


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


class MemoryKind(models.TextChoices):
    TRADE = "trade_result", _("trade")
    INSIGHT = "insight", _("insight")
    RECOMMENDATION = "recommendation", _("recommendation")


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
