"""Ways to ask, side by side."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Bot


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
