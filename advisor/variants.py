"""Champion and challengers of a bot: who trades, who is only listened to, and the change between them."""

from datetime import datetime

from django.db import transaction

from advisor.models import Variant, VariantRole
from desk import events
from desk.event_kinds import EventKind
from desk.models import Bot, newest_event_at
from exchange.clock import wall_now


def champion(bot: Bot) -> Variant | None:
    """The variant that trades; None: the settings do."""
    return Variant.objects.filter(bot=bot, role=VariantRole.CHAMPION).first()


def challengers(bot: Bot) -> list[Variant]:
    return list(Variant.objects.filter(bot=bot, role=VariantRole.CHALLENGER))


@transaction.atomic
def promote(variant: Variant, *, author: str, reason: str, now: datetime | None = None) -> bool:
    """Make a challenger the champion; the one before becomes a challenger. False when it was no challenger any more.

    ``now`` is market time; without it the newest on record.
    """
    before = champion(variant.bot)
    Variant.objects.filter(bot=variant.bot, role=VariantRole.CHAMPION).update(role=VariantRole.CHALLENGER)
    moved = Variant.objects.filter(pk=variant.pk, role=VariantRole.CHALLENGER)
    if not moved.update(role=VariantRole.CHAMPION, author=author, reason=reason):
        transaction.set_rollback(True)
        return False
    variant.refresh_from_db()
    events.record(
        EventKind.VARIANT_PROMOTED,
        at=now or newest_event_at() or wall_now(),
        bot=variant.bot,
        variant=variant.name,
        before=before.name if before else None,
        author=author,
        reason=reason,
    )
    return True
