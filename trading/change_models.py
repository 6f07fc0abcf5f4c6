"""Changes of open positions, and the plans by which an entry or a change is sent in more than one order."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.money import PriceField, QuantityField, RatioField
from signals.strategies.execution import ExecutionStyle
from trading.core.states import UNFINISHED_CHANGE, ChangeKind, ChangeStatus, Purpose

STYLES = [
    (ExecutionStyle.MARKET.value, _("at market")),
    (ExecutionStyle.LIMIT.value, _("limit")),
    (ExecutionStyle.LIMIT_THEN_MARKET.value, _("limit, then at market")),
    (ExecutionStyle.TWAP.value, _("in slices over a time")),
]


class PositionChange(models.Model):
    """What was asked to be done to an open position: the queue of record; a process with the keys carries it out.

    Of an ADD or REDUCE ``share_pct`` is a percentage of what is open at its turn; prices in USDT, times in market time.
    """

    position = models.ForeignKey("trading.Position", on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=6, choices=ChangeKind.choices)
    key = models.CharField(max_length=64, unique=True, help_text=_("the same request again is this one"))
    status = models.CharField(max_length=8, choices=ChangeStatus.choices, default=ChangeStatus.ASKED)
    share_pct = RatioField(null=True, blank=True, help_text=_("of the quantity that is open"))
    stop_price = PriceField(null=True, blank=True)
    take_profit_price = PriceField(null=True, blank=True)
    style = models.CharField(
        max_length=20,
        choices=STYLES,
        blank=True,
        help_text=_("empty: an add as the bot is set, a part close at market"),
    )
    author = models.CharField(max_length=60)
    reason = models.CharField(max_length=300, blank=True)
    decision_id = models.BigIntegerField(null=True, blank=True, help_text=_("row of the adviser's journal"))
    reference_price = PriceField(null=True, blank=True, help_text=_("middle of the book at the decision"))
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    quantity = QuantityField(null=True, blank=True, help_text=_("what it came to"))
    created_at = models.DateTimeField(help_text=_("market time"))
    finished_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))

    class Meta:
        app_label = "trading"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                condition=Q(status__in=sorted(UNFINISHED_CHANGE)),
                name="one_unfinished_change_per_position",
            )
        ]

    def __str__(self) -> str:
        return f"{self.position_id} {self.kind} {self.status}"


class Execution(models.Model):
    """One quantity that is being sent by a style: its orders are written one after the other as the plan says.

    Quantities in base asset, prices in USDT, times in market time.
    """

    position = models.ForeignKey("trading.Position", on_delete=models.PROTECT, related_name="executions")
    change = models.OneToOneField(
        PositionChange, on_delete=models.PROTECT, null=True, blank=True, related_name="execution"
    )
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    style = models.CharField(max_length=20, choices=STYLES)
    quantity = QuantityField()
    limit = PriceField(help_text=_("price of its limit orders"))
    bound = PriceField(help_text=_("worst price of what is sent at market in slices or at the end"))
    reference_price = PriceField(null=True, blank=True, help_text=_("middle of the book at the decision"))
    slices = models.PositiveSmallIntegerField(default=1)
    seconds = models.PositiveIntegerField(help_text=_("of the slices, or until the limit gives way"))
    started_at = models.DateTimeField()
    deadline = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True, blank=True, help_text=_("its owner wants no further order of it"))
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=20, blank=True)

    class Meta:
        app_label = "trading"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["position", "purpose"], condition=Q(ended_at__isnull=True), name="one_running_execution"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="execution_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.position_id} {self.purpose} {self.style}"
