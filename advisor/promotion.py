"""Promotion as a person's act: the change of champion, and the event that tells it."""

from datetime import datetime

from django.db import transaction

from advisor.models import Variant, VariantRole
from advisor.variants import champion, promote
from desk import events
from desk.event_kinds import EventKind


class PromotionRefused(Exception):
    """The variant cannot become champion; the text says why."""


@transaction.atomic
def promote_by_person(variant: Variant, *, author: str, reason: str, now: datetime) -> Variant:
    """Let ``variant`` trade from the next question on. ``now`` is market time. Raises PromotionRefused.

    The one before goes on as a challenger, so that the change can be judged and taken back.
    """
    before = champion(variant.bot)
    if before is not None and before.pk == variant.pk:
        raise PromotionRefused("it is the champion already")
    if variant.role == VariantRole.RETIRED or not promote(variant, author=author, reason=reason):
        raise PromotionRefused("it is no challenger any more")
    events.record(
        EventKind.VARIANT_PROMOTED,
        at=now,
        bot=variant.bot,
        account=variant.bot.account,
        variant=variant.name,
        before=before.name if before else None,
        author=author,
        reason=reason,
    )
    return variant
