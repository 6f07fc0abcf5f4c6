"""Accounts, bots, versions of their settings, events, and the pulse of the processes."""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.event_kinds import event_kind_choices
from desk.money import UsdtField
from desk.secrets import SecretField


def _new_nonce() -> str:
    return secrets.token_hex(3)


class Installation(models.Model):
    """One row, born with the database. Its nonce is in every client order id: a rebuilt one never meets old ids."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    nonce = models.CharField(max_length=6, default=_new_nonce, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return self.nonce

    @classmethod
    def current(cls) -> "Installation":
        return cls.objects.get_or_create(id=1)[0]


class Lease(models.Model):
    """One row: which run of the desk works on this database. See desk.lease."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    holder = models.CharField(max_length=40, blank=True, help_text=_("name of the run; empty: nobody"))
    host = models.CharField(max_length=255, blank=True)
    pid = models.PositiveBigIntegerField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True, help_text=_("wall time"))
    renewed_at = models.DateTimeField(null=True, blank=True, help_text=_("wall time"))
    started_at = models.DateTimeField(null=True, blank=True, help_text=_("market time of the last start"))

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_lease")]

    def __str__(self) -> str:
        return self.holder or "free"


class Account(models.Model):
    """An account at the venue. Balances are the last that was read there, with the market time of the reading."""

    name = models.CharField(max_length=60, unique=True)
    environment = models.CharField(max_length=10)
    api_key = SecretField(editable=False)
    api_secret = SecretField(editable=False)
    hedge_mode = models.BooleanField(default=False)
    wallet_balance = UsdtField(null=True, blank=True)
    available_balance = UsdtField(null=True, blank=True)
    unrealized_pnl = UsdtField(null=True, blank=True)
    balances_at = models.DateTimeField(null=True, blank=True, help_text=_("market time of the last reading"))
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class BalanceSnapshot(models.Model):
    """The first balance that was read of an account on a UTC market day; USDT."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="balance_snapshots")
    date = models.DateField(help_text=_("UTC market day"))
    wallet_balance = UsdtField()
    unrealized_pnl = UsdtField()
    at = models.DateTimeField(help_text=_("market time of the reading"))

    class Meta:
        ordering = ["-date"]
        constraints = [models.UniqueConstraint(fields=["account", "date"], name="one_balance_snapshot_per_day")]

    def __str__(self) -> str:
        return f"{self.account} {self.date}"


class Bot(models.Model):
    """A strategy with its settings on an account. It enters only while auto_trade is on."""

    name = models.CharField(max_length=60, unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="bots")
    strategy = models.CharField(max_length=60, help_text=_("a name in settings.STRATEGIES"))
    auto_trade = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def config_version(self) -> "ConfigVersion":
        """The settings in force: the newest version. Raises ConfigVersion.DoesNotExist for a bot without any."""
        return self.config_versions.latest("number")


class ConfigVersion(models.Model):
    """One version of a bot's settings; never changed, only followed by the next."""

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="config_versions")
    number = models.PositiveIntegerField()
    values = models.JSONField()
    author = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "number"], name="one_config_per_number")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.bot} v{self.number}"


class Event(models.Model):
    """Something that happened, written in the transaction that made it happen. Never changed, never deleted.

    ``at`` is market time, ``recorded_at`` wall time; ``case`` ties together all that belongs to one signal or trade.
    """

    kind = models.CharField(max_length=40, choices=event_kind_choices)
    case = models.UUIDField(null=True, blank=True, db_index=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    symbol = models.CharField(max_length=40, blank=True, db_index=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        indexes = [models.Index(fields=["kind"], name="event_by_kind")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.symbol}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("events are never changed")
        super().save(*args, **kwargs)


class Heartbeat(models.Model):
    """Pulse of one loop: the wall time of its last full round."""

    loop = models.CharField(max_length=30, primary_key=True)
    beat_at = models.DateTimeField(help_text=_("wall time"))

    def __str__(self) -> str:
        return self.loop


def new_case() -> uuid.UUID:
    """Identity of a case file, born with a signal or a manual order."""
    return uuid.uuid4()


def accounts_of_this_environment() -> "models.QuerySet[Account]":
    return Account.objects.filter(environment=settings.DUOLIVE_ENV)


def newest_event_at() -> datetime | None:
    """Market time of the newest event, for recognising a market clock that lies behind the database."""
    newest: datetime | None = Event.objects.aggregate(newest=models.Max("at"))["newest"]
    return newest
