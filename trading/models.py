"""Positions, orders and fills; the constraints here carry the laws."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from desk.models import Account, Bot, ConfigVersion, new_case
from desk.money import PriceField, QuantityField, RatioField, UsdtField
from exchange.types import PositionSide, Side
from risk.models import RiskVersion
from signals.models import Signal
from signals.strategies.base import Strength
from trading.change_models import Execution as Execution
from trading.change_models import PositionChange as PositionChange
from trading.core.blocks import BlockReason
from trading.core.states import (
    FINAL,
    UNCONFIRMED,
    Book,
    ExitReason,
    OrderStatus,
    PositionStatus,
    Purpose,
)

_STRENGTHS = [(strength.value, strength.value) for strength in Strength]


class Direction(models.TextChoices):
    LONG = "LONG", _("long")
    SHORT = "SHORT", _("short")


class Position(models.Model):
    """One trade from its entry intent to its end. Quantities in base asset, prices in USDT, times in market time.

    pending → open (first fill) → closing (an exit is being worked) → closed; pending → closed when nothing filled.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="positions")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="positions")
    config_version = models.ForeignKey(ConfigVersion, on_delete=models.PROTECT, related_name="+")
    risk_version = models.ForeignKey(
        RiskVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("the account's risk settings it was entered under; empty: the defaults"),
    )
    signal = models.OneToOneField(Signal, on_delete=models.PROTECT, null=True, blank=True, related_name="trade")
    case = models.UUIDField(default=new_case, db_index=True, editable=False)
    symbol = models.CharField(max_length=40)
    direction = models.CharField(max_length=5, choices=Direction.choices)
    hedge_mode = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=PositionStatus.choices, default=PositionStatus.PENDING)
    exit_reason = models.CharField(max_length=20, choices=ExitReason.choices, blank=True)

    leverage = models.PositiveSmallIntegerField()
    margin = UsdtField(help_text=_("USDT meant for the entry"))
    worst_entry_price = PriceField(help_text=_("limit price of the entry; the stop is reckoned from it"))
    stop_loss_ratio = RatioField()
    take_profit_ratio = RatioField()
    stop_price = PriceField()
    take_profit_price = PriceField(null=True, blank=True)

    strength = models.CharField(max_length=8, choices=_STRENGTHS, default=Strength.UNKNOWN.value)
    judged = models.JSONField(default=list, help_text=_("names of the checks that were decided"))
    request_key = models.CharField(
        max_length=64, null=True, blank=True, unique=True, editable=False, help_text=_("of an order by hand: sent once")
    )

    quantity = QuantityField(default=0, help_text=_("open now"))
    entered_quantity = QuantityField(default=0)
    entry_price = PriceField(null=True, blank=True, help_text=_("average fill"))
    exit_price = PriceField(null=True, blank=True, help_text=_("average fill"))
    realized_pnl = UsdtField(default=0, help_text=_("before commission"))
    commission = UsdtField(default=0, help_text=_("in other assets too, once their value is known"))
    mark_price = PriceField(null=True, blank=True)
    liquidation_price = PriceField(null=True, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(help_text=_("market time of the intent"))
    entry_deadline = models.DateTimeField()
    filled_at = models.DateTimeField(null=True, blank=True, help_text=_("first fill"))
    protected_at = models.DateTimeField(null=True, blank=True, help_text=_("a stop stood for the first time"))
    closing_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    naked_since = models.DateTimeField(null=True, blank=True, help_text=_("wall time since which no stop stands"))
    worst_naked_seconds = models.FloatField(default=0, help_text=_("wall time"))
    decision_price = PriceField(null=True, blank=True, help_text=_("middle of the book when the entry was decided"))
    is_executing = models.BooleanField(
        default=False, help_text=_("an entry or add is at work in more than one step: further orders may follow")
    )
    is_shared = models.BooleanField(
        default=False, help_text=_("quantity that is not ours stands in it too: our exits are by quantity")
    )
    trades_of_others_until = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("the exchange's id of the newest trade of others that is known to have closed nothing of ours"),
    )
    flat_checks = models.PositiveSmallIntegerField(
        default=0, help_text=_("checks in a row that found nothing open at the exchange")
    )
    flat_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("market time of the first of them")
    )
    orders_seen_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("wall time; when the exchange was last asked which conditional orders stand"),
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "symbol"], condition=~Q(status="closed"), name="one_position_per_symbol"
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(exit_reason="")
                | ~Q(status="closed") & Q(closed_at__isnull=True),
                name="closed_position_has_reason_and_time",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="position_quantity_not_negative"),
            models.CheckConstraint(condition=~Q(status="closed") | Q(quantity=0), name="closed_position_is_flat"),
            models.CheckConstraint(condition=Q(quantity__lte=F("entered_quantity")), name="open_at_most_entered"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.direction} #{self.pk}"

    @property
    def side(self) -> PositionSide:
        """Direction as the boundary's word."""
        return PositionSide(self.direction)

    @property
    def position_side(self) -> PositionSide:
        """What orders of this position carry: BOTH in one-way mode."""
        return self.side if self.hedge_mode else PositionSide.BOTH

    @property
    def is_over(self) -> bool:
        return self.status == PositionStatus.CLOSED


class Order(models.Model):
    """One order of ours, committed before it is sent. ``client_order_id`` is its identity everywhere."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="orders")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    attempt = models.PositiveSmallIntegerField(default=1, help_text=_("of an entry: its slice"))
    book = models.CharField(max_length=8, choices=Book.choices)
    client_order_id = models.CharField(max_length=36)
    venue_order_id = models.BigIntegerField(null=True, blank=True, help_text=_("order id or algo id at the venue"))
    child_order_id = models.BigIntegerField(
        null=True, blank=True, help_text=_("order id of what a conditional order became")
    )
    status = models.CharField(max_length=16, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    reason = models.CharField(max_length=200, blank=True)
    reason_code = models.IntegerField(null=True, blank=True, help_text=_("error code of the venue"))

    symbol = models.CharField(max_length=40)
    side = models.CharField(max_length=4, choices=[(side.value, side.value) for side in Side])
    order_type = models.CharField(max_length=20)
    quantity = QuantityField(null=True, blank=True, help_text=_("empty: whatever is open"))
    price = PriceField(null=True, blank=True)
    trigger_price = PriceField(null=True, blank=True)
    close_position = models.BooleanField(default=False)
    reduce_only = models.BooleanField(default=False)
    good_till = models.DateTimeField(null=True, blank=True)
    is_immediate = models.BooleanField(default=False, help_text=_("a limit of which the rest is cancelled at once"))
    reference_price = PriceField(
        null=True, blank=True, help_text=_("middle of the book at the decision: slippage is measured against it")
    )
    executed_quantity = QuantityField(default=0)
    average_price = PriceField(null=True, blank=True)

    created_at = models.DateTimeField(help_text=_("market time"))
    committed_at = models.DateTimeField(auto_now_add=True, null=True, help_text=_("wall time of the intent"))
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("wall time"))
    answered_at = models.DateTimeField(null=True, blank=True, help_text=_("wall time"))
    updated_at = models.DateTimeField(auto_now=True, help_text=_("wall time"))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "book", "client_order_id"], name="client_order_id_used_once"),
            models.UniqueConstraint(
                fields=["position", "purpose", "attempt"],
                condition=Q(parent__isnull=True),
                name="one_order_per_attempt",
            ),
            models.UniqueConstraint(
                fields=["position", "attempt"], condition=Q(purpose="entry"), name="one_entry_per_slice"
            ),
            models.UniqueConstraint(
                fields=["position", "purpose"],
                condition=Q(parent__isnull=True, status__in=sorted(UNCONFIRMED)),
                name="one_unconfirmed_order_per_purpose",
            ),
            models.CheckConstraint(
                condition=Q(close_position=False) | Q(quantity__isnull=True, reduce_only=False),
                name="close_position_excludes_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_order_id} {self.status}"

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


class Fill(models.Model):
    """One trade of the venue on an order of ours, or on our position by somebody else (then ``order`` is empty)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="fills")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="fills")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="fills")
    symbol = models.CharField(max_length=40)
    trade_id = models.BigIntegerField()
    side = models.CharField(max_length=4)
    price = PriceField()
    quantity = QuantityField()
    realized_pnl = UsdtField(help_text=_("before commission"))
    commission = UsdtField(help_text=_("positive when paid"))
    commission_asset = models.CharField(max_length=20)
    commission_usdt = UsdtField(
        null=True, blank=True, help_text=_("value of a commission in another asset when it was paid")
    )
    is_maker = models.BooleanField()
    at = models.DateTimeField(help_text=_("market time"))

    class Meta:
        ordering = ["at", "trade_id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "symbol", "trade_id"], name="one_fill_per_trade"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="fill_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.side} {self.quantity:f} @ {self.price:f}"


class Income(models.Model):
    """A row of the venue's income ledger, kept as it came: funding and whatever else moves the balance. USDT."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="income")
    income_type = models.CharField(max_length=40)
    transaction_id = models.BigIntegerField()
    symbol = models.CharField(max_length=40, blank=True)
    amount = UsdtField(help_text=_("signed"))
    asset = models.CharField(max_length=20)
    at = models.DateTimeField(help_text=_("market time"))

    class Meta:
        ordering = ["at", "transaction_id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "income_type", "transaction_id"], name="one_row_per_income")
        ]

    def __str__(self) -> str:
        return f"{self.income_type} {self.symbol} {self.amount:f}"


class BooksDay(models.Model):
    """The last comparison of one UTC day's books with the venue's. Sums in USDT, the rest by asset in ``unlike``."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="books_days")
    date = models.DateField(help_text=_("UTC market day"))
    compared_until = models.DateTimeField(help_text=_("market time up to which the rows of the day were compared"))
    compared_at = models.DateTimeField(auto_now=True, help_text=_("wall time"))
    rows = models.PositiveIntegerField()
    income_rows = models.PositiveIntegerField(null=True, help_text=_("of them, those that are no trade's"))
    ours = UsdtField()
    theirs = UsdtField()
    unlike = models.JSONField(default=list, help_text=_("rows that differ, as the alarm names them"))

    class Meta:
        ordering = ["-date"]
        constraints = [models.UniqueConstraint(fields=["account", "date"], name="one_comparison_per_day")]

    def __str__(self) -> str:
        return f"{self.account} {self.date}"


class SymbolBlock(models.Model):
    """Why nothing new is entered on a symbol; gone with its cause."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="symbol_blocks")
    symbol = models.CharField(max_length=40)
    reason = models.CharField(max_length=30, choices=BlockReason.choices)
    detail = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(help_text=_("market time"))

    class Meta:
        ordering = ["symbol", "reason"]
        constraints = [
            models.UniqueConstraint(fields=["account", "symbol", "reason"], name="one_block_per_symbol_and_reason")
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.reason}"

    @property
    def told(self) -> str:
        """The reason in the active language, with what it is about."""
        reason = str(BlockReason(self.reason).label)
        return f"{reason} ({self.detail})" if self.detail else reason


class Adoption(models.Model):
    """A person's wish that a bot takes over a position that is not ours; a process with the keys carries it out."""

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="adoptions")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="adoptions")
    symbol = models.CharField(max_length=40)
    stop_loss_ratio = RatioField()
    take_profit_ratio = RatioField()
    author = models.CharField(max_length=60)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ASKED)
    reason = models.CharField(max_length=200, blank=True)
    position = models.OneToOneField(
        Position, on_delete=models.PROTECT, null=True, blank=True, related_name="adopted_by"
    )
    created_at = models.DateTimeField(help_text=_("market time"))
    decided_at = models.DateTimeField(null=True, blank=True, help_text=_("market time"))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "symbol"], condition=Q(status="asked"), name="one_open_adoption_per_symbol"
            )
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.status}"
