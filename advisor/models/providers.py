"""Those who are asked for answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
