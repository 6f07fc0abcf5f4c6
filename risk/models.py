"""What must survive a restart: each account's breaker, and the versions of its risk settings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Account
from risk.states import Tier


class BreakerState(models.Model):
    """The breaker of one account. Its history is in the events; ``version`` counts every change a person could see."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="breaker", primary_key=True)
    tier = models.CharField(
        max_length=10, choices=[(tier.value, tier.value) for tier in Tier], default=Tier.ACTIVE.value
    )
    version = models.PositiveIntegerField(default=0)
    state = models.JSONField(default=dict)
    last_flow_id = models.BigIntegerField(default=0, help_text=_("newest transfer that equity was told of"))
    updated_at = models.DateTimeField(auto_now=True, help_text=_("wall time"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tier__in=[tier.value for tier in Tier]), name="breaker_tier_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.tier}"


class RiskVersion(models.Model):
    """One version of an account's risk settings; never changed, only followed by the next."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="risk_versions")
    number = models.PositiveIntegerField()
    values = models.JSONField()
    author = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["account", "number"], name="one_risk_version_per_number")]

    def __str__(self) -> str:
        return f"{self.account} risk v{self.number}"
