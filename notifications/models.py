"""The outbox: what is to be told where, and how far the telling has come; and the inbox of the chat.

All times are wall time.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.models import Event


class Channel(models.TextChoices):
    """Ways to reach the owner."""

    TELEGRAM = "telegram", _("Telegram")
    EMAIL = "email", _("e-mail")


class DeliveryStatus(models.TextChoices):
    """SENDING is claimed by a worker; when its lease ends unanswered, another one sends again."""

    PENDING = "pending", _("pending")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")


class Delivery(models.Model):
    """One event to be told on one channel; at least once, and normally once."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=20, choices=Channel.choices)
    status = models.CharField(max_length=8, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(help_text=_("wall time; for a message being sent, the end of its lease"))
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("wall time"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-event_id"]
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["event", "channel"], name="one_delivery_per_event_and_channel")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(status__in=["pending", "sending"]),
                name="delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} #{self.event_id} {self.status}"


class Cursor(models.Model):
    """How far the outbox has read the events for one channel: every told event up to ``settled_event_id`` has its row.

    It lags behind the newest event, because ids are given out before their transactions commit. ``rests_until`` (wall)
    puts off the sending on a channel that does not answer.
    """

    channel = models.CharField(max_length=20, choices=Channel.choices, primary_key=True)
    settled_event_id = models.BigIntegerField()
    rests_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.channel} up to #{self.settled_event_id}"


class UpdateStatus(models.TextChoices):
    """RECEIVED waits to be worked; ANSWERED is done and its answer waits to be sent; the others are final."""

    RECEIVED = "received", _("received")
    ANSWERED = "answered", _("answered")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")


class TelegramUpdate(models.Model):
    """A message of the owner's chat. Telegram repeats what it thinks was not received; its id is taken once."""

    update_id = models.BigIntegerField(primary_key=True)
    text = models.CharField(max_length=4096)
    status = models.CharField(max_length=8, choices=UpdateStatus.choices, default=UpdateStatus.RECEIVED)
    answer = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("of sending the answer"))
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-update_id"]
        indexes = [
            models.Index(
                fields=["update_id"],
                condition=models.Q(status__in=["received", "answered"]),
                name="telegram_update_due",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.update_id} {self.status}"


class Confirmation(models.Model):
    """An act that the desk has described and that waits for the owner's yes; its code counts once, and not for long."""

    code = models.CharField(max_length=4, primary_key=True)
    action = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.action} {self.code}"
