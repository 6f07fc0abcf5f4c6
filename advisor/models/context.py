"""What is told of the world outside the venue, and how its sources have been. Wall time."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
